// Reads one tick of this thread's network namespace: counters, drops, storage, targets.

import type {Drop, SourceName} from '../monitor/drops/drop.js';
import {type OpenedDrops, openDrops} from '../monitor/drops/open.js';
import {look, sumOf, type Wanted} from '../monitor/drops/watch.js';
import {dropsSince} from '../monitor/ledger/reasons.js';
import {Programs} from '../monitor/programs.js';
import {readCounters} from '../monitor/snapshot.js';
import {interfaceInfo} from '../sys/interface.js';
import {ownNamespace} from '../sys/namespace-visit.js';
import type {Sample} from './sample.js';
import {StorageWatch} from './storage/watch.js';
import {Targets} from './targets.js';

export interface SamplerOptions {
	/** This interface alone; all when not given. */
	readonly iface: string | undefined;
	/** The source of drop reasons, or the best that there is. */
	readonly source: SourceName | undefined;
	/** Listen to storage on the wire. */
	readonly storage: boolean;
}

export class Sampler {
	readonly #iface: string | undefined;
	readonly #netns = ownNamespace();
	readonly #wanted: Wanted | undefined;
	readonly #drops: OpenedDrops;
	readonly #programs = new Programs();
	readonly #targets = new Targets();
	readonly #storage: StorageWatch | undefined;
	#before: readonly Drop[] = [];

	/** ERR_USAGE for an interface that is not there; ERR_UNSUPPORTED and ERR_PERMISSION for a drop source that was asked for by name. */
	constructor({iface, source, storage}: SamplerOptions) {
		this.#iface = iface;
		this.#wanted = iface === undefined ? undefined : {iface, ifindex: interfaceInfo(iface).index, netns: this.#netns};
		// not counted twice: that would cost the frames more than it tells here, where the counters stand beside
		this.#drops = openDrops({prefer: source, check: false});
		this.#storage = storage ? new StorageWatch(iface) : undefined;
	}

	read(): Sample {
		const snapshot = this.#programs.annotate(readCounters(this.#iface === undefined ? {} : {ifaces: [this.#iface]}));
		const {source, passedOver} = this.#drops;
		this.#storage?.search(snapshot.atSeconds, new Map([...snapshot.interfaces].map(([name, {index}]) => [index, name])));
		const {drops} = look(source, this.#wanted);
		const since = dropsSince(drops, this.#before);
		this.#before = drops;
		// the counters are this namespace's, and so are the reasons beside them; a source that knows no namespace shows all
		const here = since.filter(({netns}) => netns === 0 || netns === this.#netns);
		return {
			time: new Date().toISOString(),
			snapshot,
			drops: {source: source.name, drops: here, elsewhere: sumOf(since) - sumOf(here), lostEvents: source.lostEvents(), passedOver},
			storage: this.#storage?.read(),
			targets: this.#targets.read(snapshot.atSeconds),
		};
	}

	/** Takes what waits in the rings of storage; between two readings. */
	poll(): void {
		this.#storage?.poll();
	}

	close(): void {
		this.#storage?.close();
		this.#drops.source.close();
	}
}
