// Offloads through SIOCETHTOOL, so that ethtool need not be installed. With segmentation and coalescing on, a "frame" between two namespaces
// can be 64 KiB, and no count of frames means what a wire would carry (linux/ethtool.h; net/ethtool/ioctl.c, the legacy commands).
import {NetstressError} from '../base/errors.js';
import {errno, errnos, libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';

const SIOCETHTOOL = 0x8946;
const AF_INET = 2;
const SOCK_DGRAM = 2;
/** ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO (linux/ethtool.h). */
const setters = {tso: 0x1f, gso: 0x24, gro: 0x2c} as const;
/** IFNAMSIZ with the terminating NUL (linux/if.h). */
const nameLength = 16;

/** Writes a struct ifreq's name at byte 0. ERR_USAGE-like ERR_FIELD_RANGE when the name is too long for the kernel. */
function putName(memory: Mapping, iface: string): void {
	const name = new TextEncoder().encode(iface);
	if (name.length >= nameLength) throw new NetstressError('ERR_FIELD_RANGE', `interface name "${iface}" is longer than ${nameLength - 1} bytes`);
	memory.bytes.fill(0, 0, nameLength);
	memory.bytes.set(name);
}

/** Switches TSO, GSO and GRO of an interface of this namespace off. What the driver does not know is off already. ERR_SYSCALL, ERR_PERMISSION. */
export function switchOffloadsOff(iface: string): void {
	const memory = new Mapping(4096, 'an ethtool request');
	const fd = libc.socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0) throw syscallError('open a socket for ethtool requests', 'socket');
	try {
		const value = 64; // struct ethtool_value {u32 cmd; u32 data}, behind the struct ifreq
		for (const [name, command] of Object.entries(setters)) {
			putName(memory, iface);
			memory.view.setBigUint64(nameLength, BigInt(memory.address(value)), true);
			memory.view.setUint32(value, command, true);
			memory.view.setUint32(value + 4, 0, true);
			if (libc.ioctl(fd, SIOCETHTOOL, memory.address()) >= 0) continue;
			if (errno() !== errnos.EOPNOTSUPP) throw syscallError(`switch ${name} of ${iface} off`, 'SIOCETHTOOL');
		}
	} finally {
		libc.close(fd);
		memory.close();
	}
}
