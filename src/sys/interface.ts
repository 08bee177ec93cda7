// What the kernel says of a network interface, by ioctl: sysfs may show another namespace's devices, an ioctl never does. Elsewhere than on Linux ifconfig says it.
import {NetstressError} from '../base/errors.js';
import {ifconfig} from './bsd.js';
import {errno, errnos, libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';

/** include/uapi/linux/sockios.h */
const SIOCGIFNAME = 0x8910;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const SIOCGIFMTU = 0x8921;
const SIOCGIFHWADDR = 0x8927;
const SIOCGIFINDEX = 0x8933;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
/** struct ifreq, include/uapi/linux/if.h: 16 bytes of name, then a union. */
const IFNAMSIZ = 16;
const IFREQ = 40;
const IFF_UP = 1;
const IFF_LOOPBACK = 8;
const IFF_RUNNING = 0x40;

export interface InterfaceInfo {
	readonly name: string;
	readonly index: number;
	readonly mac: Uint8Array;
	/** Bytes behind the Ethernet header. */
	readonly mtu: number;
	readonly up: boolean;
	/** Up, and the link is there (IFF_RUNNING): a cable, or the other end of a pair that is up. */
	readonly running: boolean;
	readonly loopback: boolean;
}

/** The bytes of a name that can be one. ERR_USAGE. */
function checkName(name: string): Uint8Array {
	const encoded = new TextEncoder().encode(name);
	if (encoded.length === 0 || encoded.length >= IFNAMSIZ || /[\s/]/.test(name)) {
		throw new NetstressError('ERR_USAGE', `${JSON.stringify(name)} is no interface name: 1 to 15 bytes without space or slash; see: ip link`);
	}
	return encoded;
}

type Ask = (request: number, prepare?: (request: Mapping) => void) => void;

/** Does `work` with ioctls about `name`. ERR_USAGE when there is no such interface here. */
function withRequests<T>(name: string, work: (ask: Ask, memory: Mapping) => T): T {
	const encoded = checkName(name);
	const fd = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
	if (fd < 0) throw syscallError('open a socket', 'socket');
	const memory = new Mapping(4096, 'an interface request');
	const ask: Ask = (request, prepare) => {
		memory.bytes.fill(0, 0, IFREQ);
		memory.bytes.set(encoded);
		prepare?.(memory);
		if (libc.ioctl(fd, request, memory.address()) >= 0) return;
		if (errno() === errnos.ENODEV) {
			throw new NetstressError('ERR_USAGE', `there is no interface ${name} in this network namespace; see: ip link`, {iface: name});
		}
		throw syscallError(`ask about interface ${name}`, 'ioctl');
	};
	try {
		return work(ask, memory);
	} finally {
		libc.close(fd);
		memory.close();
	}
}

/** Reads index, station address, MTU and flags of `name`; the index is 0 elsewhere than on Linux. ERR_USAGE when there is no such interface here. */
export const interfaceInfo = (name: string): InterfaceInfo => (process.platform === 'linux' ? askKernel(name) : askIfconfig(name));

function askIfconfig(name: string): InterfaceInfo {
	checkName(name);
	const {mac, mtu, flags} = ifconfig(name);
	return {
		name,
		index: 0,
		mac: mac ?? new Uint8Array(6),
		mtu,
		up: flags.includes('UP'),
		running: flags.includes('RUNNING'),
		loopback: flags.includes('LOOPBACK'),
	};
}

const askKernel = (name: string): InterfaceInfo =>
	withRequests(name, (ask, memory) => {
		ask(SIOCGIFINDEX);
		const index = memory.view.getInt32(IFNAMSIZ, true);
		ask(SIOCGIFHWADDR);
		const mac = memory.bytes.slice(IFNAMSIZ + 2, IFNAMSIZ + 8);
		ask(SIOCGIFMTU);
		const mtu = memory.view.getInt32(IFNAMSIZ, true);
		ask(SIOCGIFFLAGS);
		const flags = memory.view.getUint16(IFNAMSIZ, true);
		return {name, index, mac, mtu, up: (flags & IFF_UP) !== 0, running: (flags & IFF_RUNNING) !== 0, loopback: (flags & IFF_LOOPBACK) !== 0};
	});

/** Brings an interface up: `ip link set NAME up`. ERR_PERMISSION. */
export const bringUp = (name: string): void =>
	withRequests(name, (ask, memory) => {
		ask(SIOCGIFFLAGS);
		const flags = memory.view.getUint16(IFNAMSIZ, true);
		ask(SIOCSIFFLAGS, request => request.view.setUint16(IFNAMSIZ, flags | IFF_UP, true));
	});

/** The name of the interface with this index in this thread's namespace; undefined when there is none. ERR_SYSCALL. */
export function interfaceName(index: number): string | undefined {
	const fd = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
	if (fd < 0) throw syscallError('open a socket', 'socket');
	const memory = new Mapping(4096, 'an interface request');
	try {
		memory.view.setInt32(IFNAMSIZ, index, true);
		if (libc.ioctl(fd, SIOCGIFNAME, memory.address()) < 0) return undefined;
		const name = memory.bytes.slice(0, IFNAMSIZ);
		return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
	} finally {
		libc.close(fd);
		memory.close();
	}
}
