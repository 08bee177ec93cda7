# Linux's own target, LIO, set up through configfs as targetcli does it.

# lio_start IQN MIB: a file of that size as LUN 0, on port 3260 of every address, open to everybody
lio_start() {
	local iqn=$1 mib=$2 portal
	mkdir -p /etc/target
	modprobe target_core_mod
	modprobe target_core_file
	modprobe iscsi_target_mod
	mount -t configfs config /sys/kernel/config
	cd /sys/kernel/config/target
	truncate -s "${mib}M" /tmp/disk.img
	mkdir -p core/fileio_0/disk
	echo "fd_dev_name=/tmp/disk.img,fd_dev_size=$((mib * 1048576))" >core/fileio_0/disk/control
	echo 1 >core/fileio_0/disk/enable
	portal=iscsi/$iqn/tpgt_1
	mkdir -p "$portal/lun/lun_0" "$portal/np/0.0.0.0:3260"
	ln -s /sys/kernel/config/target/core/fileio_0/disk "$portal/lun/lun_0/disk"
	echo 0 >"$portal/attrib/authentication"
	echo 1 >"$portal/attrib/generate_node_acls"
	echo 1 >"$portal/attrib/cache_dynamic_acls"
	echo 0 >"$portal/attrib/demo_mode_write_protect"
	echo 1 >"$portal/enable"
	cd /
}
