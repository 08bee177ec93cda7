# What a disk is put through, whatever protocol it came by. Results are said with a prefix; the test compares them with the image on its side.

# make_noise FILE MIB
make_noise() {
	dd if=/dev/urandom of="$1" bs=1M count="$2" 2>/dev/null
}

# filesystem_job PREFIX DEVICE: an ext4 of 40 MiB; what was written must be what is read once no cache has it any more
filesystem_job() {
	local prefix=$1 device=$2
	make_noise /tmp/noise 16
	say "${prefix}_noise" "$(digest /tmp/noise)"
	mkfs.ext4 -q -F "$device" 40m
	mount -t ext4 "$device" /mnt
	cp /tmp/noise /mnt/noise
	mkdir /mnt/many
	for i in $(seq 100); do echo "file number $i" >"/mnt/many/$i"; done
	sync
	umount /mnt
	drop_caches
	mount -t ext4 "$device" /mnt
	say "${prefix}_file" "$(digest /mnt/noise)"
	say "${prefix}_many" "$(cat /mnt/many/* | wc -l)"
	umount /mnt
	drop_caches
	e2fsck -fn "$device"
	say "${prefix}_e2fsck" 0
}

# raw_job PREFIX DEVICE: past the page cache. Eight MiB at 48 MiB by eight writers at once, each with another size of its requests; then at an
# odd sector with every size from 1 to 33 sectors; then the last sector
raw_job() {
	local prefix=$1 device=$2 count position last i writers=''
	make_noise /tmp/raw 8
	say "${prefix}_raw" "$(digest /tmp/raw)"
	for i in $(seq 0 7); do
		dd if=/tmp/raw of="$device" bs=$((512 * (1 + i * 9))) count=1M iflag=skip_bytes,count_bytes skip=$((i * 1048576)) \
			oflag=direct,seek_bytes seek=$(((48 + i) * 1048576)) conv=notrunc 2>/dev/null &
		writers="$writers $!"
	done
	for i in $writers; do wait "$i"; done
	dd if="$device" of=/tmp/back bs=1M skip=48 count=8 iflag=direct 2>/dev/null
	cmp /tmp/raw /tmp/back
	position=$((57 * 2048 + 3))
	say "${prefix}_odd_at" $((position * 512))
	: >/tmp/odd
	for count in $(seq 33); do
		dd if=/tmp/raw of=/tmp/piece bs=512 skip=$((count * 100)) count="$count" 2>/dev/null
		dd if=/tmp/piece of="$device" bs=$((count * 512)) count=1 oflag=direct,seek_bytes seek=$((position * 512)) conv=notrunc 2>/dev/null
		dd if="$device" of=/tmp/back bs=$((count * 512)) count=1 iflag=direct,skip_bytes skip=$((position * 512)) 2>/dev/null
		cmp /tmp/piece /tmp/back
		cat /tmp/piece >>/tmp/odd
		position=$((position + count))
	done
	say "${prefix}_odd" "$(digest /tmp/odd)"
	say "${prefix}_odd_bytes" "$(stat -c %s /tmp/odd)"
	last=$(($(blockdev --getsize64 "$device") - 512))
	dd if=/tmp/raw of=/tmp/piece bs=512 count=1 2>/dev/null
	dd if=/tmp/piece of="$device" bs=512 count=1 oflag=direct,seek_bytes seek=$last conv=notrunc 2>/dev/null
	dd if="$device" of=/tmp/back bs=512 count=1 iflag=direct,skip_bytes skip=$last 2>/dev/null
	cmp /tmp/piece /tmp/back
	say "${prefix}_last" "$(digest /tmp/piece)"
}

# load_job PREFIX DEVICE: writes two patterns in turns over the same 8 MiB until the test says `enough`; says which one was the last
load_job() {
	local prefix=$1 device=$2 round=0 file=/tmp/a
	make_noise /tmp/a 8
	make_noise /tmp/b 8
	rm -f /tmp/enough
	(
		while ! [ -e /tmp/enough ]; do
			round=$((round + 1))
			if [ $((round % 2)) = 1 ]; then file=/tmp/a; else file=/tmp/b; fi
			dd if=$file of="$device" bs=16k seek=3072 oflag=direct conv=notrunc 2>/dev/null || exit 1
			dd if="$device" of=/tmp/back bs=16k skip=3072 count=512 iflag=direct 2>/dev/null || exit 1
			cmp $file /tmp/back || exit 1
			echo $round >/tmp/round
			say "${prefix}_round" $round
		done
		cp $file /tmp/final
	) &
	hear enough
	touch /tmp/enough
	wait $!
	say "${prefix}_final" "$(digest /tmp/final)"
}

# far_job PREFIX DEVICE POSITION: 4 MiB at a byte position that is a multiple of 4096, past the page cache, and the last sector
far_job() {
	local prefix=$1 device=$2 position=$3 last
	make_noise /tmp/far 4
	dd if=/tmp/far of="$device" bs=64k oflag=direct,seek_bytes seek="$position" conv=notrunc 2>/dev/null
	dd if="$device" of=/tmp/back bs=64k count=64 iflag=direct,skip_bytes skip="$position" 2>/dev/null
	cmp /tmp/far /tmp/back
	say "${prefix}_far" "$(digest /tmp/far)"
	last=$(($(blockdev --getsize64 "$device") - 512))
	dd if=/tmp/far of=/tmp/piece bs=512 count=1 2>/dev/null
	dd if=/tmp/piece of="$device" bs=512 count=1 oflag=direct,seek_bytes seek=$last conv=notrunc 2>/dev/null
	say "${prefix}_far_last" "$(digest /tmp/piece)"
}

# refused_job PREFIX DEVICE: a read-only disk can be read and says no to a write
refused_job() {
	local prefix=$1 device=$2
	dd if="$device" of=/tmp/back bs=1M count=8 iflag=direct 2>/dev/null
	say "${prefix}_read" "$(digest /tmp/back)"
	if dd if=/dev/zero of="$device" bs=4k count=1 oflag=direct conv=notrunc; then say "${prefix}_write" taken; else say "${prefix}_write" refused; fi
}
