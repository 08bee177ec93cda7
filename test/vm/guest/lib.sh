# What the tests' scripts have at hand.
. /lib/netstress/jobs.sh
. /lib/netstress/iscsi.sh
. /lib/netstress/fcoe.sh
. /lib/netstress/ring.sh
. /lib/netstress/lio.sh
. /lib/netstress/pktgen.sh

# say NAME VALUE: one result for the test
say() {
	echo "$1=$2" >&8
}

# hear WORD: waits until the test says it
hear() {
	local word
	while read -r word <&9; do
		[ "$word" = "$1" ] && return 0
	done
	return 1
}

# until_true SECONDS COMMAND...: tries ten times a second
until_true() {
	local tries=$(($1 * 10))
	shift
	while ! "$@"; do
		tries=$((tries - 1))
		if [ $tries -le 0 ]; then
			echo "gave up waiting for: $*"
			return 1
		fi
		usleep 100000
	done
}

# digest FILE...: SHA-256 in hexadecimal
digest() {
	sha256sum "$@" | cut -d ' ' -f 1
}

drop_caches() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
}
