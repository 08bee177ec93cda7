// A run of the dashboard: samples in, what the panels show out. Pure: no terminal, no clock; a recording gives the same as the machine did.

import {type Moved, ownerOf} from '../monitor/counter.js';
import {type Drop, type DropKind, mergeDrops} from '../monitor/drops/drop.js';
import {type Knob, type Place, placeOrder, places} from '../monitor/place.js';
import {allMoved, type CpuDifference, type Difference} from '../monitor/snapshot.js';
import {lossesByPlace, type PlaceLoss, Tally} from '../monitor/tally.js';
import {History, type Point, type Rates} from './history.js';
import type {DropSample, Sample, StorageProtocol, StorageSample, StorageTick, TargetProcess} from './sample.js';

/** A place where frames were lost since the start. */
export interface LossRow {
	readonly place: Place;
	readonly title: string;
	readonly kind: PlaceLoss['kind'];
	/** Since the start, and in the last interval a second. */
	readonly count: number;
	readonly perSecond: number;
	/** The counter that has most of them, with its owner, and how many others there are. */
	readonly countedBy: string;
	readonly others: number;
	readonly meaning: string;
	/** The first thing that moves it; '' where nothing does. */
	readonly knob: string;
}

/** A drop reason since the start. */
export interface DropRow extends Drop {
	readonly perSecond: number;
}

export interface InterfaceRow extends Rates {
	readonly iface: string;
	readonly driver: string;
	readonly receivedBps: number;
	readonly sentBps: number;
	/** Lost since the start, by its own counters. */
	readonly lost: number;
	/** Not there at the tick before: no rates yet. */
	readonly came: boolean;
}

export interface CpuRow extends CpuDifference {
	readonly processedPps: number;
	/** Since the start. */
	readonly droppedTotal: number;
	readonly squeezedTotal: number;
}

export interface StorageRow extends StorageSample {
	readonly iops: number;
	readonly bytesPerSecond: number;
	readonly answeredTotal: number;
	readonly againTotal: number;
}

/** All that is shown at one moment. */
export interface Frame {
	/** When the last sample was taken, and when totals began; ISO 8601. */
	readonly time: string;
	readonly started: string;
	/** How long totals have been counted, and the last interval. */
	readonly seconds: number;
	readonly intervalSeconds: number;
	readonly samples: number;
	/** The last two minutes. */
	readonly points: readonly Point[];
	readonly losses: readonly LossRow[];
	readonly drops: readonly DropRow[];
	/** Drops of other network namespaces. */
	readonly dropsElsewhere: number;
	/** Undefined where nobody looked for drop reasons. */
	readonly dropSource: DropSample | undefined;
	readonly interfaces: readonly InterfaceRow[];
	/** Interfaces that were there at the start and are no more. */
	readonly gone: readonly string[];
	readonly cpus: readonly CpuRow[];
	readonly storage: readonly StorageRow[];
	readonly storageTick: StorageTick | undefined;
	readonly targets: readonly TargetProcess[] | undefined;
}

/** The order in which kinds stand: losses first. */
const kinds = ['loss', 'policy', 'harmless', 'sign'] as const;

/** Its owner and its raw name; who counts, too, where that is not plain. CPUs count for every network namespace together. */
const nameOf = (counter: Moved) => {
	const source = counter.scope.inode === undefined ? counter.source : '';
	const note = counter.source === 'softnet' ? '(whole machine)' : '';
	return [ownerOf(counter), source, counter.name, note].filter(word => word !== '').join(' ');
};

/** What an interface's own counters say was lost. */
const ownLosses = (losses: readonly PlaceLoss[]): Map<string, number> => {
	const sums = new Map<string, number>();
	for (const {kind, counters} of losses)
		for (const {scope, value} of kind === 'loss' ? counters : []) if (scope.iface !== undefined) sums.set(scope.iface, (sums.get(scope.iface) ?? 0) + value);
	return sums;
};

export const sumOf = (rows: readonly {readonly kind: string; readonly count: number}[], kind: DropKind | 'sign'): number =>
	rows.reduce((sum, row) => sum + (row.kind === kind ? row.count : 0), 0);

const keyOf = ({reason, symbol, protocol, ifindex, iface, netns, place}: Drop) => `${reason}/${symbol}/${protocol}/${ifindex}/${iface}/${netns}/${place}`;

/** Everything since the first sample, or since the last `reset`. */
export class Run {
	readonly #history = new History();
	#tally: Tally | undefined;
	#last: Sample | undefined;
	#step: Difference | undefined;
	#losses: readonly PlaceLoss[] = [];
	#started = '';
	#drops: readonly Drop[] = [];
	#elsewhere = 0;
	#storage = new Map<StorageProtocol, {answered: number; again: number}>();
	#samples = 0;

	/** Takes the next sample. */
	add(sample: Sample): void {
		this.#samples++;
		this.#last = sample;
		if (this.#tally === undefined) {
			this.#tally = new Tally(sample.snapshot);
			this.#started = sample.time;
			// what was dropped before the first reading of the counters belongs to neither
			return;
		}
		const step = this.#tally.add(sample.snapshot);
		this.#step = step;
		this.#losses = lossesByPlace(allMoved(step));
		const rate = (value: number) => (step.seconds > 0 ? value / step.seconds : 0);
		const lost = ownLosses(this.#losses);
		this.#history.add({
			atSeconds: sample.snapshot.atSeconds,
			seconds: step.seconds,
			lostPps: rate(sumOf(this.#losses, 'loss')),
			interfaces: new Map(
				[...step.interfaces].map(([name, one]) => [
					name,
					{receivedPps: one.came ? 0 : rate(one.received), sentPps: one.came ? 0 : rate(one.sent), lostPps: rate(lost.get(name) ?? 0)},
				]),
			),
		});
		this.#elsewhere += sample.drops?.elsewhere ?? 0;
		if (sample.drops !== undefined) this.#drops = mergeDrops([...this.#drops, ...sample.drops.drops]);
		for (const {protocol, answered, again} of sample.storage?.protocols ?? []) {
			const sum = this.#storage.get(protocol) ?? {answered: 0, again: 0};
			this.#storage.set(protocol, {answered: sum.answered + answered, again: sum.again + again});
		}
	}

	/** Totals begin again at the last sample; the charts go on. */
	reset(): void {
		if (this.#last === undefined) return;
		this.#tally = new Tally(this.#last.snapshot);
		this.#started = this.#last.time;
		this.#step = undefined;
		this.#losses = [];
		this.#drops = [];
		this.#elsewhere = 0;
		this.#storage = new Map();
	}

	/** What the panels show now: plain data that stays as it is while the run goes on. Undefined before the first sample. */
	frame(): Frame | undefined {
		const [last, tally] = [this.#last, this.#tally];
		if (last === undefined || tally === undefined) return undefined;
		const total = tally.total();
		return {
			time: last.time,
			started: this.#started,
			seconds: total.seconds,
			intervalSeconds: this.#step?.seconds ?? 0,
			samples: this.#samples,
			points: [...this.#history.points],
			losses: this.#lossRows(lossesByPlace(allMoved(total))),
			drops: this.#dropRows(),
			dropsElsewhere: this.#elsewhere,
			dropSource: last.drops,
			interfaces: this.#interfaceRows(last, ownLosses(lossesByPlace(allMoved(total)))),
			gone: total.gone,
			cpus: this.#cpuRows(total),
			storage: this.#storageRows(last),
			storageTick: last.storage,
			targets: last.targets,
		};
	}

	#rate(value: number): number {
		const seconds = this.#step?.seconds ?? 0;
		return seconds > 0 ? value / seconds : 0;
	}

	/** Losses, rules, what nobody wanted, signs; each in the order of a frame's way. */
	#lossRows(all: readonly PlaceLoss[]): LossRow[] {
		const now = new Map(this.#losses.map(({place, kind, count}) => [`${place} ${kind}`, count]));
		const rows = all.map(({place, title, kind, count, counters}): LossRow => {
			const [most] = counters;
			const [knob] = places[place].knobs;
			return {
				place,
				title,
				kind,
				count,
				perSecond: this.#rate(now.get(`${place} ${kind}`) ?? 0),
				countedBy: most === undefined ? '' : nameOf(most),
				others: Math.max(0, counters.length - 1),
				meaning: places[place].meaning,
				knob: knob?.command.replaceAll('IFACE', counters.find(({scope}) => scope.iface !== undefined)?.scope.iface ?? 'IFACE') ?? '',
			};
		});
		const known = new Set(rows.map(({place, kind}) => `${place} ${kind}`));
		const ruled = this.#ruled().filter(({place, kind}) => !known.has(`${place} ${kind}`));
		return kinds.flatMap(kind =>
			[...rows, ...ruled].filter(row => row.kind === kind).sort((a, b) => placeOrder.indexOf(a.place) - placeOrder.indexOf(b.place)),
		);
	}

	/** What rules dropped, as the kernel's drop monitor says: netfilter and others have no counter that everybody may read. */
	#ruled(): LossRow[] {
		const drops = this.#dropRows().filter(({kind}) => kind === 'policy');
		return [...new Set(drops.map(({place}) => place))].map((place): LossRow => {
			const here = drops.filter(drop => drop.place === place);
			const {title, meaning, knobs} = places[place];
			return {
				place,
				title,
				kind: 'policy',
				count: sumOf(here, 'policy'),
				perSecond: here.reduce((sum, {perSecond}) => sum + perSecond, 0),
				countedBy: `${this.#last?.drops?.source ?? ''} ${here[0]?.reason ?? ''}`.trim(),
				others: here.length - 1,
				meaning,
				knob: (knobs as readonly Knob[])[0]?.command.replaceAll('IFACE', here[0]?.iface || 'IFACE') ?? '',
			};
		});
	}

	/** Losses first, then the largest. */
	#dropRows(): DropRow[] {
		const now = new Map((this.#step === undefined ? [] : (this.#last?.drops?.drops ?? [])).map(drop => [keyOf(drop), drop.count]));
		const rows = this.#drops.map(drop => ({...drop, perSecond: this.#rate(now.get(keyOf(drop)) ?? 0)}));
		return kinds.flatMap(kind => rows.filter(row => row.kind === kind));
	}

	#interfaceRows(last: Sample, total: ReadonlyMap<string, number>): InterfaceRow[] {
		const now = this.#history.points.at(-1)?.interfaces;
		const step = this.#step?.interfaces;
		return [...last.snapshot.interfaces].map(([iface, {driver}]) => {
			const one = step?.get(iface);
			const rates = (one === undefined ? undefined : now?.get(iface)) ?? {receivedPps: 0, sentPps: 0, lostPps: 0};
			return {
				iface,
				driver,
				...rates,
				receivedBps: one?.came ? 0 : 8 * this.#rate(one?.receivedBytes ?? 0),
				sentBps: one?.came ? 0 : 8 * this.#rate(one?.sentBytes ?? 0),
				lost: total.get(iface) ?? 0,
				came: one?.came === true,
			};
		});
	}

	#cpuRows({cpus}: Difference): CpuRow[] {
		const total = new Map(cpus.map(one => [one.cpu, one]));
		return (this.#step?.cpus ?? []).map(one => ({
			...one,
			processedPps: this.#rate(one.processed),
			droppedTotal: total.get(one.cpu)?.dropped ?? 0,
			squeezedTotal: total.get(one.cpu)?.squeezed ?? 0,
		}));
	}

	/** Protocols that were seen since the start. */
	#storageRows(last: Sample): StorageRow[] {
		const quiet = {answered: 0, readBytes: 0, writtenBytes: 0, again: 0, waiting: 0, latencyUs: null, timed: 0};
		return [...this.#storage].map(([protocol, sum]) => {
			const now = last.storage?.protocols.find(one => one.protocol === protocol) ?? {protocol, ...quiet};
			return {
				...now,
				iops: this.#rate(now.answered),
				bytesPerSecond: this.#rate(now.readBytes + now.writtenBytes),
				answeredTotal: sum.answered,
				againTotal: sum.again,
			};
		});
	}
}
