# Linux's fcoe driver in the guest, VN2VN (drivers/scsi/fcoe/fcoe_transport.c: the module parameters of libfcoe).

# fcoe_start [INTERFACE]: a port on eth0, or on a VLAN of it
fcoe_start() {
	modprobe fcoe
	modprobe sd_mod
	until_true 5 test -e /sys/module/libfcoe/parameters/create_vn2vn
	echo "${1:-eth0}" >/sys/module/libfcoe/parameters/create_vn2vn
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

# fc_lio_start WWPN INITIATOR MIB: LIO's tcm_fc on eth0, a file of that size as LUN 0 for one initiator
fc_lio_start() {
	local wwpn=$1 initiator=$2 mib=$3 portal
	mkdir -p /etc/target
	modprobe target_core_mod
	modprobe target_core_file
	modprobe tcm_fc
	modprobe fcoe
	mount -t configfs config /sys/kernel/config
	cd /sys/kernel/config/target
	truncate -s "${mib}M" /tmp/disk.img
	mkdir -p core/fileio_0/disk
	echo "fd_dev_name=/tmp/disk.img,fd_dev_size=$((mib * 1048576))" >core/fileio_0/disk/control
	echo 1 >core/fileio_0/disk/enable
	portal=fc/$wwpn/tpgt_1
	mkdir -p "$portal/lun/lun_0" "$portal/acls/$initiator/lun_0"
	ln -s /sys/kernel/config/target/core/fileio_0/disk "$portal/lun/lun_0/disk"
	ln -s "/sys/kernel/config/target/$portal/lun/lun_0" "$portal/acls/$initiator/lun_0/disk"
	cd /
	until_true 5 test -e /sys/module/libfcoe/parameters/create_vn2vn
	echo eth0 >/sys/module/libfcoe/parameters/create_vn2vn
	# after a busy time of the host this may take seconds
	until_true 20 sh -c 'grep -q Online /sys/class/fc_host/*/port_state' >&2
}
