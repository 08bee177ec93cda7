// The drop monitor: the best source that this kernel and this user allow, and why the better ones were passed over.
import {NetstressError} from '../../base/errors.js';
import {openBpfSource} from './bpf-source.js';
import type {DropSource, SourceName} from './drop.js';

export interface OpenedDrops {
	readonly source: DropSource;
	/** The sources that were tried before this one, each with the reason in words. */
	readonly passedOver: readonly {readonly name: SourceName; readonly why: string}[];
}

const openers: readonly (readonly [SourceName, () => DropSource])[] = [['bpf', () => openBpfSource()]];

/**
 * Opens one source: the preferred one or nothing (its own error), else the first that works. It sees every network namespace where it can; the caller filters
 * by `netns` and `ifindex`. ERR_UNSUPPORTED (exit status 4) when none works.
 */
export function openDrops({prefer}: {prefer?: SourceName | undefined} = {}): OpenedDrops {
	const passedOver: {name: SourceName; why: string}[] = [];
	for (const [name, open] of openers) {
		if (prefer !== undefined && prefer !== name) continue;
		try {
			return {source: open(), passedOver};
		} catch (error) {
			if (prefer !== undefined || !(error instanceof NetstressError)) throw error;
			passedOver.push({name, why: error.message});
		}
	}
	throw new NetstressError('ERR_UNSUPPORTED', `drops cannot be watched here: ${passedOver.map(({name, why}) => `${name}: ${why}`).join('; ')}`, {
		feature: 'drops',
	});
}
