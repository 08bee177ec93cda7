// The drop monitor: the best source that this kernel and this user allow, and why the better ones were passed over.
import {NetstressError} from '../../base/errors.js';
import {openBpfSource} from './bpf-source.js';
import {openCounterSource} from './counter-source.js';
import type {DropSource, SourceName} from './drop.js';
import {openNetlinkSource} from './netlink-source.js';
import {openTraceSource} from './trace-source.js';

export interface OpenedDrops {
	readonly source: DropSource;
	/** The sources that were tried before this one, each with the reason in words. */
	readonly passedOver: readonly {readonly name: SourceName; readonly why: string}[];
}

export interface DropOptions {
	/** This source or none. */
	readonly prefer?: SourceName | undefined;
	/** Frames of each kind to keep, where the source has their bytes; `bpf`: for each CPU. */
	readonly samplesPerKind?: number | undefined;
	/** `bpf`: counts every drop a second time, so that `lostEvents` is exact; it costs about as much again as the program. */
	readonly check?: boolean | undefined;
}

/** The order in which they are tried: the ones that see more first. */
const openers: Readonly<Record<SourceName, (options: DropOptions) => DropSource>> = {
	bpf: openBpfSource,
	tracefs: openTraceSource,
	netlink: openNetlinkSource,
	counters: openCounterSource,
};
export const sourceNames = Object.keys(openers) as SourceName[];

/**
 * Opens one source: the preferred one or nothing (its own error), else the first that works. It sees every network namespace where it can; the caller filters
 * by `netns` and `ifindex`. ERR_UNSUPPORTED (exit status 4) when none works.
 */
export function openDrops(options: DropOptions = {}): OpenedDrops {
	const passedOver: {name: SourceName; why: string}[] = [];
	for (const name of options.prefer === undefined ? sourceNames : [options.prefer]) {
		try {
			return {source: openers[name](options), passedOver};
		} catch (error) {
			if (options.prefer !== undefined || !(error instanceof NetstressError)) throw error;
			passedOver.push({name, why: error.message});
		}
	}
	throw new NetstressError('ERR_UNSUPPORTED', `drops cannot be watched here: ${passedOver.map(({name, why}) => `${name}: ${why}`).join('; ')}`, {
		feature: 'drops',
	});
}
