// The system's clock in nanoseconds, as the kernel stamps arriving frames with it (CLOCK_REALTIME, clock_gettime(2)). Node has it only once, at its
// start, and in microseconds: several too far off to say how long a frame is on a veth.
import {libc} from './libc.js';

const CLOCK_REALTIME = 0;
/** The reading between the two closest looks at performance.now() counts. */
const readings = 16;

/** Nanoseconds since 1970 at the moment when performance.now() is `nowMs`; off by less than a microsecond on Linux, by some elsewhere. */
export function realtimeAt(nowMs: number): bigint {
	if (process.platform !== 'linux') return BigInt(Math.round(performance.timeOrigin * 1000)) * 1000n + BigInt(Math.round(nowMs * 1e6));
	const time = new Uint8Array(16);
	const view = new DataView(time.buffer);
	let closest = Number.POSITIVE_INFINITY;
	let found = 0n;
	for (let i = 0; i < readings; i++) {
		const before = performance.now();
		libc.clockGettime(CLOCK_REALTIME, time);
		const after = performance.now();
		if (after - before >= closest) continue;
		closest = after - before;
		const middle = before + closest / 2;
		found = view.getBigInt64(0, true) * 1_000_000_000n + view.getBigInt64(8, true) + BigInt(Math.round((nowMs - middle) * 1e6));
	}
	return found;
}
