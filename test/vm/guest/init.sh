#!/bin/busybox sh
# The guest's first process: a console, a network card, then the test's script, then off.
# ttyS0 is the kernel's console and gets what the script says and does; ttyS1 is the line to the test: results go out, words come in.
/bin/busybox --install -s
export PATH=/sbin:/bin:/usr/sbin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm
mount -t tmpfs -o mode=1777 tmp /tmp
mount -t tmpfs run /run
echo /sbin/modprobe >/proc/sys/kernel/modprobe
# iscsid asks who its callers are
echo root:x:0:0:root:/:/bin/sh >/etc/passwd

stty -F /dev/ttyS1 raw -echo
exec 8>/dev/ttyS1 9</dev/ttyS1
. /lib/netstress/lib.sh

# netstress.NAME=VALUE on the kernel's command line becomes a variable
for word in $(cat /proc/cmdline); do
	case $word in netstress.*) export "${word#netstress.}" ;; esac
done
modprobe qemu_fw_cfg
modprobe virtio_pci
modprobe virtio_rng 2>/dev/null
modprobe "$driver"
ip link set lo up
ip link set eth0 mtu "$mtu"
ip link set eth0 up
ip address add "$address/24" dev eth0

cat /sys/firmware/qemu_fw_cfg/by_name/opt/netstress/script/raw >/tmp/script.sh
sh -eux -c '. /lib/netstress/lib.sh; . /tmp/script.sh' </dev/null >/dev/console 2>&1
status=$?
if [ $status != 0 ]; then dmesg | tail -n 12 >/dev/console; fi
say exit $status
poweroff -f
