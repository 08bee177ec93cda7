# open-iscsi in the guest.

# iscsi_start: the daemon, with a name of its own
iscsi_start() {
	mkdir -p /run/lock/iscsi
	echo InitiatorName=iqn.2026-11.netstress:guest >/etc/iscsi/initiatorname.iscsi
	modprobe iscsi_tcp
	modprobe sd_mod
	# in the foreground, and in the background of this shell: its own way there waits for a system manager
	iscsid -f >/tmp/iscsid.log 2>&1 &
	until_true 10 sh -c 'iscsiadm -m session 2>&1 | grep -q "No active sessions"'
}

# iscsi_disk LUN: waits for the unit and prints its device
iscsi_disk() {
	until_true 20 sh -c "ls -d /sys/class/scsi_disk/*:$1/device/block/* >/dev/null 2>&1" >&2
	echo "/dev/$(basename /sys/class/scsi_disk/*:"$1"/device/block/*)"
	until_true 5 test -b "/dev/$(basename /sys/class/scsi_disk/*:"$1"/device/block/*)" >&2
}

# scsi_disks: how many there are
scsi_disks() {
	ls /sys/class/scsi_disk | wc -l
}
