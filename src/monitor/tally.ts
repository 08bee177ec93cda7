// What has moved since a run began, over any number of snapshots: counters that wrap or go back in between are added up right, and no frame is counted twice.
import {apart, type Counter, counterKey, kindOf, type Moved} from './counter.js';
import {type Place, type PlaceFacts, placeOrder, places} from './place.js';
import {type CpuDifference, type Difference, difference, type InterfaceDifference, type Snapshot} from './snapshot.js';

/** What was lost at one place, and the counters that say so. */
export interface PlaceLoss {
	readonly place: Place;
	readonly title: string;
	readonly kind: PlaceFacts['kind'];
	/** Frames, each counted once as far as one can know. */
	readonly count: number;
	/** In the order of their share; `value` is their own part (`apart`). */
	readonly counters: readonly Moved[];
}

/** By place, in the order of a frame's way; signs are a kind of their own at the same place. */
export function lossesByPlace(moved: readonly Moved[]): PlaceLoss[] {
	const own = apart(moved).filter(({value}) => value > 0);
	return placeOrder.flatMap(place => {
		const here = own.filter(counter => counter.place === place);
		const kinds = [...new Set(here.map(kindOf))];
		return kinds.map(kind => {
			const counters = here.filter(counter => kindOf(counter) === kind).sort((a, b) => b.value - a.value);
			return {place, title: places[place].title, kind, count: counters.reduce((sum, {value}) => sum + value, 0), counters};
		});
	});
}

const sumOf = (a: Moved, b: Moved): Moved => ({
	...b,
	value: a.value + b.value,
	...(a.reset || b.reset ? {reset: true} : {}),
	...(a.wrapped || b.wrapped ? {wrapped: true} : {}),
});

/** Adds movements of the same counters. */
function addUp(sums: Map<string, Moved>, moved: readonly Moved[]): void {
	for (const counter of moved) {
		const key = counterKey(counter);
		const before = sums.get(key);
		sums.set(key, before === undefined ? counter : sumOf(before, counter));
	}
}

/** Counters outside of interfaces that a tally keeps apart before it folds sockets that are closed. */
const mostCounters = 1000;

interface InterfaceSum extends Omit<InterfaceDifference, 'counters'> {
	readonly counters: Map<string, Moved>;
}

/** Adds up what happens from its first snapshot on. */
export class Tally {
	readonly first: Snapshot;
	#last: Snapshot;
	readonly #interfaces = new Map<string, InterfaceSum>();
	readonly #cpus = new Map<number, CpuDifference>();
	readonly #counters = new Map<string, Moved>();
	readonly #gone = new Set<string>();

	constructor(first: Snapshot) {
		this.first = first;
		this.#last = first;
		for (const [name, {driver}] of first.interfaces)
			this.#interfaces.set(name, {sent: 0, received: 0, sentBytes: 0, receivedBytes: 0, driver, counters: new Map()});
	}

	get last(): Snapshot {
		return this.#last;
	}

	/** Takes the next snapshot; gives what happened since the one before. */
	add(snapshot: Snapshot): Difference {
		const step = difference(snapshot, this.#last);
		this.#last = snapshot;
		for (const [name, one] of step.interfaces) {
			const sum = this.#interfaces.get(name);
			const counters = sum?.counters ?? new Map<string, Moved>();
			addUp(counters, one.counters);
			this.#interfaces.set(name, {
				sent: (sum?.sent ?? 0) + one.sent,
				received: (sum?.received ?? 0) + one.received,
				sentBytes: (sum?.sentBytes ?? 0) + one.sentBytes,
				receivedBytes: (sum?.receivedBytes ?? 0) + one.receivedBytes,
				driver: one.driver,
				...(sum?.came || one.came ? {came: true} : {}),
				...(sum?.reset || one.reset ? {reset: true} : {}),
				counters,
			});
			this.#gone.delete(name);
		}
		for (const one of step.cpus) {
			const sum = this.#cpus.get(one.cpu);
			const plus = (key: 'processed' | 'dropped' | 'squeezed' | 'receivedRps' | 'flowLimit') => (sum?.[key] ?? 0) + one[key];
			this.#cpus.set(one.cpu, {
				cpu: one.cpu,
				processed: plus('processed'),
				dropped: plus('dropped'),
				squeezed: plus('squeezed'),
				receivedRps: plus('receivedRps'),
				flowLimit: plus('flowLimit'),
				backlogLength: one.backlogLength,
			});
		}
		addUp(this.#counters, step.counters);
		this.#fold(snapshot);
		for (const name of step.gone) this.#gone.add(name);
		return step;
	}

	/** Sockets come and go for as long as a run lasts: beyond some, those that are closed become one for each kind. */
	#fold({counters}: Snapshot): void {
		if (this.#counters.size <= mostCounters) return;
		const open = new Set(counters.map(counterKey));
		for (const [key, counter] of this.#counters) {
			if (counter.scope.inode === undefined || open.has(key)) continue;
			this.#counters.delete(key);
			const {total: _, ...rest} = counter;
			addUp(this.#counters, [{...rest, scope: {bound: 'closed sockets'}, total: counter.value}]);
		}
	}

	/** Everything since the first snapshot, in the shape of a difference. */
	total(): Difference {
		return {
			seconds: this.#last.atSeconds - this.first.atSeconds,
			interfaces: new Map([...this.#interfaces].map(([name, {counters, ...rest}]) => [name, {...rest, counters: [...counters.values()]}])),
			gone: [...this.#gone],
			cpus: [...this.#cpus.values()],
			counters: [...this.#counters.values()],
		};
	}
}

/** A counter of a difference as JSON has it. */
export type CounterLine = Pick<Counter, 'place' | 'name' | 'source' | 'value'> & Record<string, unknown>;

/** A counter for people and scripts: its place, kind, raw name and owner; what is not there is left out. */
export const counterLine = (counter: Moved): CounterLine => {
	const {place, name, source, scope, value, total, reset, wrapped, guessed} = counter;
	return {
		place,
		kind: kindOf(counter),
		source,
		name,
		...scope,
		value,
		total,
		...(reset ? {reset} : {}),
		...(wrapped ? {wrapped} : {}),
		...(guessed ? {guessed} : {}),
	};
};

/** A difference as plain objects: `interfaces` with their rates a second, `cpus`, the counters of sockets and protocols, and the losses by place. */
export function differenceObject({seconds, interfaces, gone, cpus, counters}: Difference) {
	const rate = (value: number) => (seconds > 0 ? value / seconds : 0);
	const moved = [...[...interfaces.values()].flatMap(one => one.counters), ...counters];
	return {
		seconds,
		interfaces: [...interfaces].map(([iface, one]) => ({
			iface,
			driver: one.driver,
			received: one.received,
			sent: one.sent,
			receivedBytes: one.receivedBytes,
			sentBytes: one.sentBytes,
			rates: {
				receivedPps: one.came ? null : rate(one.received),
				sentPps: one.came ? null : rate(one.sent),
				receivedBps: one.came ? null : 8 * rate(one.receivedBytes),
				sentBps: one.came ? null : 8 * rate(one.sentBytes),
			},
			...(one.came ? {came: true} : {}),
			...(one.reset ? {reset: true} : {}),
			counters: one.counters.map(counterLine),
		})),
		gone,
		cpus,
		counters: counters.map(counterLine),
		losses: lossesByPlace(moved).map(({place, title, kind, count, counters: from}) => ({
			place,
			title,
			kind,
			count,
			perSecond: rate(count),
			from: from.map(({source, name, scope, value}) => ({source, name, ...scope, value})),
		})),
	};
}
