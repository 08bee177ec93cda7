// What really left: the kernel's word for each frame, and the interface's own counters against it. Frames that an XDP program redirects do not pass
// the stack; what counts them is the driver's business: veth counts them in /proc/net/dev once the peer's NAPI has taken them, and at once in
// `ethtool -S` as tx_queue_N_xdp_xmit (drivers/net/veth.c, veth_get_stats64 and veth_xdp_xmit); others have counters of such names, or only the usual one.
import {setTimeout as sleep} from 'node:timers/promises';

/** Reads an interface's counters. */
export interface CounterReader {
	/** Frames sent, as /proc/net/dev has them. */
	sent(): number;
	/** The driver's own counters (`ethtool -S`). */
	driver(): ReadonlyMap<string, number>;
}

/** Drivers may count late: how long until what is missing is believed to be missing. */
const settleMs = 2000;
const lookMs = 20;
/** Driver counters of frames that XDP handed to a driver and that it took: veth, mlx5, ena, virtio_net and their like. */
const xdpSent = /(^|_)xdp_(xmit|tx_xmit)$|^tx\d*_xdp_tx$|^tx_xdp_xmit$/;

const xdpTotal = (counters: ReadonlyMap<string, number>): number | undefined => {
	const own = [...counters].filter(([name]) => xdpSent.test(name));
	return own.length === 0 ? undefined : own.reduce((sum, [, value]) => sum + value, 0);
};

/** What is asked about frames that left. */
export type Departed = Pick<Departures, 'counter' | 'settled'>;

/** Where no counter can be read: what the kernel took is believed. */
export const believed: Departed = {counter: 'none', settled: expected => Promise.resolve(expected)};

/** Frames that left an interface since this was made. */
export class Departures {
	readonly #reader: CounterReader;
	readonly #xdp: boolean;
	readonly #before: number;
	readonly #driverBefore: number | undefined;

	/** `xdp`: they are handed to the driver by XDP. */
	constructor(reader: CounterReader, xdp: boolean) {
		this.#reader = reader;
		this.#xdp = xdp;
		this.#before = reader.sent();
		this.#driverBefore = xdp ? xdpTotal(reader.driver()) : undefined;
	}

	/** What counts them: the name for people. */
	get counter(): string {
		return this.#driverBefore === undefined ? 'tx_packets' : 'xdp_xmit';
	}

	/** So far. Never negative, also when a driver was reset. */
	now(): number {
		const driver = this.#xdp ? xdpTotal(this.#reader.driver()) : undefined;
		const left = driver === undefined || this.#driverBefore === undefined ? this.#reader.sent() - this.#before : driver - this.#driverBefore;
		return Math.max(0, left);
	}

	/** Once they are `expected`, or once it is sure that they will not be. */
	async settled(expected: number, patienceMs = settleMs): Promise<number> {
		for (const until = performance.now() + patienceMs; ; ) {
			const left = this.now();
			if (left >= expected || performance.now() > until) return left;
			await sleep(lookMs);
		}
	}
}
