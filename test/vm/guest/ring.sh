# What a network card's own counters say of a flood.

# counter NAME: the sum over all lines of `ethtool -S` with exactly that name; 0 when there is none
counter() {
	ethtool -S eth0 | awk -F: -v name="$1" '{sub(/^ +/, "", $1)} $1 == name {sum += $2} END {print sum + 0}'
}

# statistic NAME: of the interface, as sysfs has it
statistic() {
	cat "/sys/class/net/eth0/statistics/$1"
}

# ring: how many receive descriptors there are now
ring() {
	ethtool -g eth0 | awk '/^Current/ {now = 1} now && /^RX:/ {print $2; exit}'
}

# counters FILE: every counter that there is, one NAME VALUE a line
counters() {
	{
		ethtool -S eth0 | awk -F: 'NF > 1 && $2 ~ /[0-9]/ {sub(/^ +/, "", $1); gsub(/ /, "_", $1); sum[$1] += $2} END {for (name in sum) print name, sum[name]}'
		for name in /sys/class/net/eth0/statistics/*; do echo "sysfs/$(basename "$name") $(cat "$name")"; done
	} >"$1"
}

# settled: waits until the card has received nothing more for half a second
settled() {
	local before=-1 now
	now=$(statistic rx_packets)
	while [ "$now" != "$before" ]; do
		usleep 500000
		before=$now
		now=$(statistic rx_packets)
	done
}

# flood PREFIX: the test floods between `ready` and `sent`; says each counter that moved as PREFIX/NAME
flood() {
	local prefix=$1 name value
	settled
	counters /tmp/before
	say "${prefix}/ready" 1
	hear sent
	settled
	counters /tmp/after
	awk 'NR == FNR {before[$1] = $2; next} $2 != before[$1] {print $1, $2 - before[$1]}' /tmp/before /tmp/after | while read -r name value; do
		say "$prefix/$name" "$value"
	done
	say "$prefix/done" 1
}
