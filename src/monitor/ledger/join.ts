// Both sides of a run, joined into its ledger.
import {usage} from '../../base/errors.js';
import {closeLedger, type ReceiverCount, type SenderCount} from './close.js';
import type {Ledger} from './hop.js';
import {ownersFrom} from './owners.js';
import type {SideRecord} from './side.js';

/** What has to be known to read the rows. */
function notesOn({monitor}: SideRecord, where: string): string[] {
	const lost = monitor.lostEvents > 0 ? [`the drop monitor (${monitor.source}) itself lost ${monitor.lostEvents} events`] : [];
	return [...lost, ...monitor.cannotSee].map(sentence => `${where}: ${sentence}`);
}

/** The ledger of the run that `from` sent and `to` received. */
export function joinSides(from: SideRecord, to: SideRecord): Ledger {
	const reasons = from.reasons === undefined && to.reasons === undefined ? undefined : [...(from.reasons ?? []), ...(to.reasons ?? [])];
	const notes = [...new Set([...notesOn(from, from.host), ...notesOn(to, to.host)])];
	const resets = [...from.moved, ...to.moved]
		.filter(({reset}) => reset)
		.map(({name, scope}) => `${name}${scope.iface ? ` of ${scope.iface}` : ''} was reset during the run`);
	return closeLedger({
		sender: from.sender as SenderCount,
		receiver: to.receiver as ReceiverCount,
		reasons,
		owners: ownersFrom(from, to),
		notes: [...notes, ...new Set(resets)],
	});
}

/** The two sides of one run among recorded ones. ERR_USAGE names the runs that there are. */
export function matchSides(sides: readonly SideRecord[], wanted?: string): {from: SideRecord; to: SideRecord} {
	const runs = (side: 'from' | 'to') => [...new Set(sides.filter(record => record.side === side).map(({run}) => run))];
	const both = runs('from').filter(run => runs('to').includes(run) && (wanted === undefined || run === wanted));
	const list = (side: 'from' | 'to') => runs(side).join(', ') || 'none';
	if (both.length === 0)
		throw usage(`no run${wanted === undefined ? '' : ` ${wanted}`} is in the recordings with both its sides: sent ${list('from')}; received ${list('to')}`);
	if (both.length > 1) throw usage(`the recordings have several runs: ${both.join(', ')}; name one with --run`);
	const last = (side: 'from' | 'to') => sides.filter(record => record.side === side && record.run === both[0]).at(-1) as SideRecord;
	return {from: last('from'), to: last('to')};
}
