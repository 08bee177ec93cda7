// Both sides of a run, joined into its ledger.
import {usage} from '../../base/errors.js';
import {closeLedger, type ReceiverCount, type SenderCount} from './close.js';
import type {Ledger} from './hop.js';
import {ownersFrom} from './owners.js';
import type {SideRecord} from './side.js';

/** What has to be known to read the rows. */
function notesOn({monitor}: SideRecord, where: string, blind: boolean): string[] {
	const lost = monitor.lostEvents > 0 ? [`the drop monitor (${monitor.source}) itself lost ${monitor.lostEvents} events`] : [];
	return [...lost, ...(blind ? monitor.cannotSee.map(what => `not seen by ${monitor.source}: ${what}`) : [])].map(sentence => `${where}: ${sentence}`);
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
		owners: ownersFrom(from, to),
	});
	// what a monitor cannot see is worth a word where something is missing, or where it sees little
	const blind = ledger.unexplained !== 0 || reasons === undefined;
	return {...ledger, notes: [...new Set([...notesOn(from, from.host, blind), ...notesOn(to, to.host, blind), ...resets])]};
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
