// What netstress drops prints for people: losses first, then what a rule dropped, then what nobody here wanted; what each means; who counted, and what it cannot see.
import {type Drop, type DropKind, mergeDrops} from '../src/monitor/drops/drop.js';
import {interfaceText} from '../src/monitor/drops/sample-file.js';
import {explained, sumOf} from '../src/monitor/drops/watch.js';
import {places} from '../src/monitor/place.js';
import {type Column, table, telling} from '../src/report/table.js';

const columns: readonly Column<Drop>[] = [
	{title: 'frames', cell: ({count}) => String(count), align: 'right'},
	{title: 'reason', cell: ({reason}) => reason},
	{title: 'protocol', cell: ({protocolName}) => protocolName, rank: 1},
	{title: 'at', cell: interfaceText, rank: 2},
	{title: 'dropped in', cell: ({symbol}) => symbol, rank: 3},
	{title: 'place', cell: ({place}) => places[place].title, rank: 4},
];

const titles: readonly (readonly [DropKind, string])[] = [
	['loss', 'lost'],
	['policy', 'dropped by a rule'],
	['harmless', 'harmless: nobody here wanted them'],
];

/** Words in lines of at most `width`, the later ones indented. */
export function wrap(text: string, width: number, indent = '  '): string {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		if (line !== '' && line.length + 1 + word.length > width) {
			lines.push(line);
			line = indent + word;
		} else line = line === '' ? word : `${line} ${word}`;
	}
	return [...lines, line].join('\n');
}

/** A line for each reason of loss or policy: what it means and what to do. */
function explanations(drops: readonly Drop[], width: number): string[] {
	const told = new Set<string>();
	return drops.flatMap(drop => {
		const {reason, meaning, advice} = explained(drop);
		const text = `${reason}: ${meaning}${advice === '' ? '' : `; ${advice}`}`;
		if (drop.kind === 'harmless' || told.has(text)) return [];
		told.add(text);
		return [wrap(text, width)];
	});
}

export interface DropsReport {
	readonly drops: readonly Drop[];
	readonly source: string;
	readonly cannotSee: readonly string[];
	readonly lostEvents: number;
	readonly unattributed: number;
	/** The interface that was asked for. */
	readonly iface: string | undefined;
}

/** The report, lines of at most `width` where that is possible. */
export function showDrops({drops, source, cannotSee, lostEvents, unattributed, iface}: DropsReport, width: number): string {
	const blocks = titles.flatMap(([kind, title]) => {
		const rows = mergeDrops(drops.filter(drop => drop.kind === kind));
		return rows.length === 0 ? [] : [`${sumOf(rows)} ${title}\n${table(telling(columns, rows), rows, width)}`];
	});
	if (blocks.length === 0) blocks.push('nothing was dropped');
	const why = explanations(drops, width);
	const notes = [
		...(lostEvents > 0 ? [`${lostEvents} more drops happened that are not in this list: ${source} could not count them`] : []),
		...(unattributed > 0 && iface !== undefined
			? [`${unattributed} drops ${source === 'bpf' ? 'beside' : 'in'} this list may be of ${iface} or not: ${source} cannot tell`]
			: []),
		`counted by ${source}, which cannot see: ${cannotSee.join('; ')}`,
	].map(note => wrap(note, width));
	return [...blocks, ...(why.length > 0 ? [why.join('\n')] : []), notes.join('\n')].join('\n\n');
}

/** One line of what came lately, for the live figures. */
export const liveLine = (drops: readonly Drop[]): string =>
	mergeDrops(drops)
		.map(drop => `${drop.count} ${drop.reason}${interfaceText(drop) === '' ? '' : ` at ${interfaceText(drop)}`}`)
		.join(', ') || 'nothing';
