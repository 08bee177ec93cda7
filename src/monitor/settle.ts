// Some drivers ask their card for its counters by a timer, once in a second or two: read at once after a run, they do not know its last losses yet.
import {setTimeout as sleep} from 'node:timers/promises';
import {movement} from './counter.js';
import {rowOf} from './drivers/table.js';
import {type ReadOptions, readCounters, type Snapshot} from './snapshot.js';

export interface SettleOptions extends ReadOptions {
	/** The longest to wait; three times as long as the slowest driver here takes when not given. */
	readonly mostSeconds?: number;
	/** For tests. */
	readonly read?: () => Snapshot;
	readonly wait?: (seconds: number) => Promise<unknown>;
}

/** How long the slowest of these drivers lets its counters stand still, in seconds; 0 where all of them answer at once. */
export const lateSeconds = ({interfaces}: Snapshot): number => Math.max(0, ...[...interfaces.values()].map(({driver}) => rowOf(driver)?.lateSeconds ?? 0));

const moved = (after: Snapshot, before: Snapshot): boolean =>
	[...after.interfaces].some(([name, {counters, driver}]) => {
		if ((rowOf(driver)?.lateSeconds ?? 0) === 0) return false;
		return movement(counters, before.interfaces.get(name)?.counters ?? []).length > 0;
	});

/**
 * Waits until the loss counters of drivers that are late have stood still for as long as the slowest of them may be late. At once where none is.
 * `settled` is false when they still moved after `mostSeconds`.
 */
export async function settle({
	mostSeconds,
	read,
	wait = seconds => sleep(seconds * 1000),
	...options
}: SettleOptions = {}): Promise<{snapshot: Snapshot; settled: boolean}> {
	const take = read ?? (() => readCounters(options));
	let snapshot = take();
	const late = lateSeconds(snapshot);
	const most = mostSeconds ?? 3 * late;
	const pause = late / 4;
	let quiet = 0;
	let waited = 0;
	while (quiet < late) {
		if (waited + pause > most + 1e-9) return {snapshot, settled: false};
		await wait(pause);
		waited += pause;
		const next = take();
		quiet = moved(next, snapshot) ? 0 : quiet + pause;
		snapshot = next;
	}
	return {snapshot, settled: true};
}
