// Which driver an interface has: ETHTOOL_GDRVINFO (linux/ethtool.h, struct ethtool_drvinfo: u32 command, 32 bytes of driver, ...; net/ethtool/ioctl.c).
import {libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';

const SIOCETHTOOL = 0x8946;
const ETHTOOL_GDRVINFO = 3;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const ifnamsiz = 16;
const argumentAt = 64;
const driverBytes = 32;

/** The drivers of interfaces of the calling thread's namespace; undefined where the kernel does not say (the loopback, some virtual links). ERR_SYSCALL without sockets. */
export function driverNames(ifaces: readonly string[]): Map<string, string | undefined> {
	const fd = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
	if (fd < 0) throw syscallError('open a socket for ethtool requests', 'socket');
	const memory = new Mapping(4096, 'ethtool requests');
	const ask = (iface: string): string | undefined => {
		memory.bytes.fill(0);
		memory.bytes.set(new TextEncoder().encode(iface).subarray(0, ifnamsiz - 1));
		memory.view.setBigUint64(ifnamsiz, BigInt(memory.address(argumentAt)), true);
		memory.view.setUint32(argumentAt, ETHTOOL_GDRVINFO, true);
		if (libc.ioctl(fd, SIOCETHTOOL, memory.address()) < 0) return undefined;
		const text = memory.bytes.subarray(argumentAt + 4, argumentAt + 4 + driverBytes);
		const end = text.indexOf(0);
		return new TextDecoder().decode(end < 0 ? text : text.subarray(0, end)) || undefined;
	};
	try {
		return new Map(ifaces.map(iface => [iface, ask(iface)]));
	} finally {
		libc.close(fd);
		memory.close();
	}
}
