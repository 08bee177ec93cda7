// Both sides of a run, joined into its ledger.
import {usage} from '../../base/errors.js';
import {closeLedger, type ReceiverCount, type SenderCount} from './close.js';
import type {Ledger} from './hop.js';
import {ownersFrom} from './owners.js';
import type {SideRecord} from './side.js';

/** What has to be known to read the rows. */
function notesOn({monitor}: SideRecord, where: string, blind: boolean): string[] {
	const lost = monitor.lostEvents > 0 ? [`the drop monitor (${monitor.source}) itself lost ${monitor.lostEvents} events`] : [];
	const unseen =
		blind && monitor.cannotSee.length > 0
			? [`${monitor.source === 'none' ? 'this netstress' : monitor.source} cannot see: ${monitor.cannotSee.join('; ')}`]
			: [];
	return [...lost, ...unseen].map(sentence => `${where}: ${sentence}`);
}

/** The ledger of the run that `from` sent and `to` received. `retries`: the sender tried again what was refused. */
export function joinSides(from: SideRecord, to: SideRecord, retries = false): Ledger {
	const reasons = from.reasons === undefined && to.reasons === undefined ? undefined : [...(from.reasons ?? []), ...(to.reasons ?? [])];
	const resets = [...from.moved, ...to.moved]
		.filter(({reset}) => reset)
		.map(({name, scope}) => `${name}${scope.iface ? ` of ${scope.iface}` : ''} was reset during the run`);
	const ledger = closeLedger({
		sender: from.sender as SenderCount,
		receiver: to.receiver as ReceiverCount,
		reasons,
		retries,
		protocol: from.protocols?.length === 1 ? from.protocols[0] : undefined,
		owners: ownersFrom(from, to),
	});
	// what a monitor cannot see is worth a word where something is missing, or where it sees little
	const blind = ledger.unexplained !== 0 || reasons === undefined;
	const others = to.otherRuns ?? 0;
	const mixed =
		others > 0
			? [`${to.host}: ${others} other ${others > 1 ? 'runs' : 'run'} came in the same time, the counters there are of all: the losses may be theirs`]
			: [];
	return {...ledger, notes: [...new Set([...mixed, ...notesOn(from, from.host, blind), ...notesOn(to, to.host, blind), ...resets])]};
}

type SideName = SideRecord['side'];
const verbs: Readonly<Record<SideName, string>> = {from: 'sent', to: 'received'};

/** The one record of a side; the same record twice (a file that is given twice) is one. ERR_USAGE where there are several. */
function onlyOne(sides: readonly SideRecord[], side: SideName, run: string): SideRecord {
	const found = [...new Map(sides.filter(record => record.side === side && record.run === run).map(record => [JSON.stringify(record), record])).values()];
	const [first] = found as [SideRecord, ...SideRecord[]];
	if (found.length === 1) return first;
	const where = found.map(({host, iface, at}) => `on ${host} ${iface} until ${at}`).join(', ');
	throw usage(`run ${run} was ${verbs[side]} ${found.length} times: ${where}; give the files of one of them, or record again with another --run`);
}

/** The two sides of one run among recorded ones, in any order. ERR_USAGE names the runs that there are. */
export function matchSides(sides: readonly SideRecord[], wanted?: string): {from: SideRecord; to: SideRecord} {
	const runs = (side: SideName) => [...new Set(sides.filter(record => record.side === side).map(({run}) => run))].sort();
	const both = runs('from').filter(run => runs('to').includes(run) && (wanted === undefined || run === wanted));
	const list = (side: SideName) => `${verbs[side]} ${runs(side).join(', ') || 'none'}`;
	const [run] = both;
	if (run === undefined)
		throw usage(
			`no run${wanted === undefined ? '' : ` ${wanted}`} is in the recordings with both its sides: ${list('from')}; ${list('to')}; record both at the same time: --from IFACE on the one host, --to IFACE on the other`,
		);
	if (both.length > 1) throw usage(`the recordings have several runs with both their sides: ${both.join(', ')}; name one with --run`);
	return {from: onlyOne(sides, 'from', run), to: onlyOne(sides, 'to', run)};
}
