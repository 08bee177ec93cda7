// What a driver counts by itself, as `ethtool -S` shows it: names and 64-bit numbers (linux/ethtool.h; net/ethtool/ioctl.c, ethtool_get_strings and
// ethtool_get_stats). Names are the driver's own and promise nothing.
import {errno, errnos, libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';

const SIOCETHTOOL = 0x8946;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const command = {strings: 0x1b, statistics: 0x1d, sets: 0x37} as const;
/** ETH_SS_STATS, ETH_GSTRING_LEN. */
const statisticsSet = 1;
const nameBytes = 32;
/** struct ifreq: IFNAMSIZ bytes of name, then a pointer. */
const ifnamsiz = 16;
const argumentAt = 64;
/** More than any driver has; mlx5 has some thousands. */
const most = 16_384;

/** Asks for the counters of one interface after the other, with one socket and one piece of memory. */
export class DriverStatistics {
	readonly #memory = new Mapping(argumentAt + 12 + most * nameBytes, 'driver statistics');
	readonly #fd: number;

	/** ERR_SYSCALL without sockets. */
	constructor() {
		this.#fd = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
		if (this.#fd >= 0) return;
		this.#memory.close();
		throw syscallError('open a socket for ethtool requests', 'socket');
	}

	/**
	 * The driver's counters of an interface of this namespace; empty where it has none. A name that comes more than once, for each queue (vmxnet3), is summed. ERR_SYSCALL.
	 */
	read(iface: string): Map<string, number> {
		const {view, bytes} = this.#memory;
		const ask = (fill: () => void): boolean => {
			bytes.fill(0, 0, ifnamsiz);
			bytes.set(new TextEncoder().encode(iface).subarray(0, ifnamsiz - 1), 0);
			view.setBigUint64(ifnamsiz, BigInt(this.#memory.address(argumentAt)), true);
			view.setUint32(argumentAt + 4, 0, true);
			fill();
			if (libc.ioctl(this.#fd, SIOCETHTOOL, this.#memory.address()) >= 0) return true;
			if (errno() === errnos.EOPNOTSUPP) return false;
			throw syscallError(`read the driver's statistics of ${iface}`, 'SIOCETHTOOL');
		};
		// struct ethtool_sset_info: cmd, reserved, u64 mask, u32 data[]
		const known = ask(() => {
			view.setUint32(argumentAt, command.sets, true);
			view.setBigUint64(argumentAt + 8, 1n << BigInt(statisticsSet), true);
		});
		const count = known && view.getBigUint64(argumentAt + 8, true) !== 0n ? Math.min(most, view.getUint32(argumentAt + 16, true)) : 0;
		if (count === 0) return new Map();
		// struct ethtool_gstrings: cmd, string_set, len, data[]
		const named = ask(() => {
			view.setUint32(argumentAt, command.strings, true);
			view.setUint32(argumentAt + 4, statisticsSet, true);
			view.setUint32(argumentAt + 8, count, true);
		});
		if (!named) return new Map();
		const decoder = new TextDecoder();
		const names = Array.from({length: count}, (_, i) => {
			const at = argumentAt + 12 + i * nameBytes;
			const text = bytes.subarray(at, at + nameBytes);
			const end = text.indexOf(0);
			return decoder.decode(end < 0 ? text : text.subarray(0, end));
		});
		// struct ethtool_stats: cmd, n_stats, u64 data[]
		const told = ask(() => {
			view.setUint32(argumentAt, command.statistics, true);
			view.setUint32(argumentAt + 4, count, true);
		});
		if (!told) return new Map();
		const values = new Map<string, number>();
		names.forEach((text, i) => {
			values.set(text, (values.get(text) ?? 0) + Number(view.getBigUint64(argumentAt + 8 + 8 * i, true)));
		});
		return values;
	}

	close(): void {
		libc.close(this.#fd);
		this.#memory.close();
	}
}

/** The driver's counters of one interface, as `DriverStatistics.read` gives them. ERR_SYSCALL. */
export function driverStatistics(iface: string): Map<string, number> {
	const ethtool = new DriverStatistics();
	try {
		return ethtool.read(iface);
	} finally {
		ethtool.close();
	}
}
