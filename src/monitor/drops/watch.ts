// What a person or a script asks of the drop monitor: this interface or all, explained, summed up by kind. Pure but for the source that it reads.
import type {Drop, DropKind, DropSource} from './drop.js';
import {explain, explainPlace} from './reasons.js';

/** The interface that is asked about, in this thread's namespace. */
export interface Wanted {
	readonly iface: string;
	readonly ifindex: number;
	readonly netns: number;
}

/** Whether a drop is of this interface: `unknown` where the source does not say. */
export function belongs({iface, ifindex, netns}: Drop, wanted: Wanted | undefined): 'yes' | 'no' | 'unknown' {
	if (wanted === undefined) return 'yes';
	if (ifindex === 0 && iface === '') return netns !== 0 && netns !== wanted.netns ? 'no' : 'unknown';
	if (ifindex !== wanted.ifindex) return 'no';
	return netns === wanted.netns ? 'yes' : netns === 0 ? 'unknown' : 'no';
}

/** A drop with its explanation: what scripts get. */
export interface Explained extends Drop {
	readonly meaning: string;
	readonly advice: string;
}

export const explained = (drop: Drop): Explained => {
	// a counter's reason is who counts and its name: only the place explains it
	const {meaning, advice} = drop.reason.includes(':') ? explainPlace(drop.place) : explain(drop.reason, drop.symbol);
	return {...drop, meaning, advice: advice.replaceAll('IFACE', drop.iface || 'IFACE')};
};

export const sumOf = (drops: readonly Drop[], kind?: DropKind): number =>
	drops.reduce((sum, drop) => sum + (kind === undefined || drop.kind === kind ? drop.count : 0), 0);

export interface Looked {
	/** Those of the interface that was asked for, or all. */
	readonly drops: Drop[];
	/** Of how many the source does not say whether they are this interface's: beside those with BPF, among them with the others. */
	readonly unattributed: number;
}

/** Reads a source. Where one does not know the interface of a drop it is shown, but with BPF, which knows it for all but a few. */
export function look(source: DropSource, wanted: Wanted | undefined): Looked {
	const all = source.read();
	const of = (drop: Drop) => belongs(drop, wanted);
	return {
		drops: all.filter(drop => of(drop) === 'yes' || (of(drop) === 'unknown' && source.name !== 'bpf')),
		unattributed: sumOf(all.filter(drop => of(drop) === 'unknown')),
	};
}
