// What netstress ledger prints: the sum, row by row, and what moves each loss.
import {showShare} from '../src/base/units.js';
import type {Hop, Ledger} from '../src/monitor/ledger/hop.js';
import {places} from '../src/monitor/place.js';
import {type Column, table, telling} from '../src/report/table.js';
import {wrap} from './drops-report.js';

interface Line {
	readonly frames: number;
	readonly what: string;
	readonly protocol: string;
	readonly where: string;
	readonly why: string;
	readonly by: string;
	readonly also: string;
}

/** Where a row happened. Two interfaces of one name, in two namespaces or hosts, are told apart by the flag that named them. */
function whereOf({iface = '', side}: Hop, alike: boolean): string {
	return alike && iface !== '' && side !== 'between' ? `${side} ${iface}` : iface;
}

const withSymbol = ({source, symbol}: Hop) => (symbol === undefined || symbol === '' ? source : `${source} at ${symbol}`);

/** The lines of the sum: what was sent, what came, and each place between. */
function linesOf({sent, again, received, hops, unexplained}: Ledger, alike: boolean): Line[] {
	const plain = (frames: number, what: string): Line => ({frames, what, protocol: '', where: '', why: '', by: '', also: ''});
	return [
		plain(sent, 'sent'),
		...(again > 0 ? [plain(again, 'offered again')] : []),
		...hops.map(
			(hop): Line => ({
				frames: -hop.count,
				what: `  ${places[hop.place].title}`,
				protocol: hop.protocol ?? '',
				where: whereOf(hop, alike),
				why: hop.reason ?? '',
				by: withSymbol(hop),
				also: hop.confirmed.map(({source, value}) => `${source} ${value}`).join(', '),
			}),
		),
		plain(received, 'received'),
		plain(unexplained, 'unexplained'),
	];
}

const columns: readonly Column<Line>[] = [
	{title: 'frames', cell: ({frames}) => String(frames), align: 'right'},
	{title: '', cell: ({what}) => what},
	{title: 'at', cell: ({where}) => where, rank: 1},
	{title: 'protocol', cell: ({protocol}) => protocol, rank: 4},
	{title: 'counted by', cell: ({by}) => by, rank: 2},
	{title: 'seen too by', cell: ({also}) => also, rank: 3},
];

/** The report for people, lines of at most `width` where that is possible. `alike`: both interfaces have the same name. */
export function showLedger(ledger: Ledger, width: number, alike = false): string {
	const {hops, sent, received} = ledger;
	const rows = linesOf(ledger, alike);
	const lines = [table(telling(columns, rows), rows, width)];
	const say = (text: string) => lines.push(wrap(text, width));
	if (ledger.again > 0) say('offered again: frames that the kernel had thrown away and told so, tried once more');
	if (ledger.unexplained < 0)
		say(
			`${-ledger.unexplained} more were counted as lost than are missing: a counter above has other traffic in it too, of the same EtherType or of another run; its row is too high`,
		);
	if (sent > 0) say(`${received} of ${sent} came: ${showShare((sent - received) / sent)} lost`);
	const told = new Set<string>();
	for (const {place, iface, knobs} of hops) {
		if (told.has(place)) continue;
		told.add(place);
		const {title, meaning} = places[place];
		say(`${title}: ${meaning}`);
		// a command is not broken: it is there to be copied
		for (const {name, command} of knobs) lines.push(`  ${name}: ${command.replaceAll('IFACE', iface ?? 'IFACE')}`);
	}
	for (const note of ledger.notes) say(`note: ${note}`);
	return lines.join('\n');
}
