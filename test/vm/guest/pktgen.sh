# The kernel's packet generator (Documentation/networking/pktgen.rst).

# pktgen_devices NAME...: the devices of the first thread, and no others; eth0, or eth0@0, eth0@1, ... for several with a counter each
pktgen_devices() {
	local thread=/proc/net/pktgen/kpktgend_0 name
	echo rem_device_all >$thread
	for name in "$@"; do echo "add_device $name" >$thread; done
}

# pktgen_set NAME WORDS...: one setting
pktgen_set() {
	local device=/proc/net/pktgen/$1
	shift
	echo "$*" >"$device"
}

# pktgen_run NAME...: sends, and says SENT/NAME, the packets that it counts itself
pktgen_run() {
	local name
	echo start >/proc/net/pktgen/pgctrl
	for name in "$@"; do say "sent/$name" "$(awk '/pkts-sofar:/ {print $2; exit}' "/proc/net/pktgen/$name")"; done
}
