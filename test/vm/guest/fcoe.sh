# Linux's fcoe driver in the guest, VN2VN (drivers/scsi/fcoe/fcoe_transport.c: the module parameters of libfcoe).

# fcoe_start: a port on eth0
fcoe_start() {
	modprobe fcoe
	modprobe sd_mod
	until_true 5 test -e /sys/module/libfcoe/parameters/create_vn2vn
	echo eth0 >/sys/module/libfcoe/parameters/create_vn2vn
}

# fcoe_stop: logs out and takes the port away
fcoe_stop() {
	echo eth0 >/sys/module/libfcoe/parameters/destroy
}

# fcoe_disk LUN: waits for the unit and prints its device
fcoe_disk() {
	until_true 30 sh -c "ls -d /sys/class/scsi_disk/*:$1/device/block/* >/dev/null 2>&1" >&2
	echo "/dev/$(basename /sys/class/scsi_disk/*:"$1"/device/block/*)"
	until_true 5 test -b "/dev/$(basename /sys/class/scsi_disk/*:"$1"/device/block/*)" >&2
}

# fcoe_remote ATTRIBUTE: what the driver says of the first remote port
fcoe_remote() {
	cat "$(ls -d /sys/class/fc_remote_ports/rport-* | head -n 1)/$1"
}
