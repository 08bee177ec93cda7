// The ledger of runs between an interface of this thread and a peer (inject-peer.ts): where the frames that left and did not come were lost.
import {hostname, release} from 'node:os';
import {protocolName} from '../src/monitor/drops/protocols.js';
import type {SenderCount} from '../src/monitor/ledger/close.js';
import type {Ledger} from '../src/monitor/ledger/hop.js';
import {joinSides} from '../src/monitor/ledger/join.js';
import {Station} from '../src/monitor/ledger/station.js';
import {DropWatch} from '../src/monitor/ledger/watch.js';
import type {Arrived} from './inject-peer.js';
import type {PlannedStream} from './inject-plan.js';

/** The EtherTypes of what these streams send. Takes their first frame: plan them again for sending. */
export const etherTypesOf = (streams: readonly PlannedStream[]): Set<number> =>
	new Set(
		streams.map(({source}) => {
			const bytes = new Uint8Array(source.maxLength);
			const view = new DataView(bytes.buffer);
			source.write(bytes, view, 0, 0);
			return bytes.length < 14 ? 0 : view.getUint16(12);
		}),
	);

export class PeerLedger {
	readonly #iface: string;
	readonly #watch: DropWatch;
	readonly #protocols: readonly string[];
	#station: Station;

	/** One for all runs of these EtherTypes on `iface`. */
	constructor(iface: string, types: ReadonlySet<number>) {
		this.#iface = iface;
		this.#watch = new DropWatch(types);
		this.#protocols = [...types].map(protocolName);
		this.#station = new Station(iface);
	}

	/** A run begins: what is counted from now on belongs to it. */
	begin(): void {
		this.#station = new Station(this.#iface);
		this.#watch.mark();
	}

	/** The run has ended: what the sender made of it, and what came. */
	async close(run: string, sender: Omit<SenderCount, 'iface' | 'again'>, {received, end, counters}: Arrived): Promise<Ledger> {
		const iface = this.#iface;
		const {reasons, unseen, monitor} = this.#watch.since(this.#station.end, end);
		const shared = {type: 'side', run, host: hostname(), kernel: release(), at: new Date().toISOString(), monitor} as const;
		const of = (side: 'from' | 'to') => (reasons === undefined ? {} : {reasons: reasons.filter(reason => reason.side === side)});
		const {unique, corrupted, late, ringDropped} = received;
		return joinSides(
			{
				...shared,
				side: 'from',
				iface,
				unseen: 0,
				sender: {...sender, iface, again: 0},
				protocols: this.#protocols,
				...(await this.#station.moved()),
				...of('from'),
			},
			{
				...shared,
				side: 'to',
				iface: end.iface,
				unseen,
				receiver: {iface: end.iface, kind: 'tap', unique, corrupted, late, ringDropped},
				...counters,
				...of('to'),
			},
			true,
		);
	}

	end(): void {
		this.#watch.close();
	}
}
