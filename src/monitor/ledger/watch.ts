// The drop monitor over a run: what the kernel dropped of the run's frames at its two ends, and what it dropped without showing the monitor.
import {NetstressError} from '../../base/errors.js';
import type {Drop} from '../drops/drop.js';
import {type OpenedDrops, openDrops} from '../drops/open.js';
import {DropTotal} from '../drops/trace-source.js';
import type {ReasonCount} from './close.js';
import {dropsSince, type End, reasonsOf} from './reasons.js';
import type {MonitorFacts} from './side.js';

/** Undefined where this kernel or user has none. */
function where<T>(open: () => T): {opened: T | undefined; why: string} {
	try {
		return {opened: open(), why: ''};
	} catch (error) {
		if (!(error instanceof NetstressError) || (error.code !== 'ERR_UNSUPPORTED' && error.code !== 'ERR_PERMISSION')) throw error;
		return {opened: undefined, why: error.message};
	}
}

/** What was seen since a mark. */
export interface Watched {
	/** Undefined where there is no monitor with reasons. */
	readonly reasons: readonly ReasonCount[] | undefined;
	/** Drops that a trace buffer has counted and the monitor has not. */
	readonly unseen: number;
	readonly monitor: MonitorFacts;
}

/** What a watch looks at. */
export interface WatchSources {
	drops(): OpenedDrops;
	/** Counts every drop that the filter lets through. */
	total(filter: string): Pick<DropTotal, 'read' | 'close'>;
}

const thisKernel: WatchSources = {drops: () => openDrops(), total: filter => new DropTotal(filter)};

export class DropWatch {
	readonly #opened: OpenedDrops | undefined;
	readonly #why: string;
	readonly #total: ReturnType<WatchSources['total']> | undefined;
	readonly #types: ReadonlySet<number>;
	#before: readonly Drop[] = [];
	#totalBefore = 0;
	#lostBefore = 0;

	/**
	 * `types`: EtherTypes of the run's frames, host order. `total`: count too what the monitor is not shown; for EtherTypes that nobody else on this machine uses.
	 * Never fails for want of a right: it then says what it cannot see. `sources` are for tests.
	 */
	constructor(types: ReadonlySet<number>, total = true, sources: WatchSources = thisKernel) {
		const {opened, why} = where(() => sources.drops());
		this.#opened = opened;
		this.#why = why;
		this.#types = types;
		// its count is exact, without reasons; the monitor's has reasons and may not be exact
		const filter = [...types].map(type => `protocol == ${type}`).join(' || ');
		this.#total = total && opened?.source.name === 'bpf' ? where(() => sources.total(filter)).opened : undefined;
		this.mark();
	}

	/** Both counts, of the same moment: others may be dropping while they are read, so the total is read on both sides of the drops. */
	#look(): {drops: readonly Drop[]; total: number} {
		const earlier = this.#total?.read() ?? 0;
		const drops = this.#opened?.source.read() ?? [];
		const later = this.#total?.read() ?? 0;
		return {drops, total: Math.round((earlier + later) / 2)};
	}

	/** What is dropped from now on counts. */
	mark(): void {
		const {drops, total} = this.#look();
		this.#before = drops;
		this.#totalBefore = total;
		this.#lostBefore = this.#opened?.source.lostEvents() ?? 0;
	}

	/** What was dropped since the mark at these ends; `oneWay` as in reasonsOf. */
	since(from: End | undefined, to: End | undefined, oneWay = false): Watched {
		const source = this.#opened?.source;
		const now = this.#look();
		const drops = dropsSince(now.drops, this.#before);
		const counted = drops.reduce((sum, drop) => sum + (this.#types.has(drop.protocol) ? drop.count : 0), 0);
		return {
			reasons: source === undefined || source.name === 'counters' ? undefined : reasonsOf(drops, this.#types, from, to, oneWay),
			unseen: this.#total === undefined ? 0 : Math.max(0, now.total - this.#totalBefore - counted),
			monitor: {
				source: source?.name ?? 'none',
				cannotSee: source === undefined ? [`why frames are dropped: ${this.#why}`] : source.cannotSee,
				lostEvents: Math.max(0, (source?.lostEvents() ?? 0) - this.#lostBefore),
			},
		};
	}

	close(): void {
		this.#opened?.source.close();
		this.#total?.close();
	}
}
