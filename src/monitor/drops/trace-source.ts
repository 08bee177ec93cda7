// Drops read from a trace buffer of our own: every event in full, so it costs more than counting in the kernel, and under a flood the buffer is overrun. How many
// were overrun is exact. And a buffer that nobody reads, whose events are only counted: the cross-check of the other sources.
import {NetstressError} from '../../base/errors.js';
import {RawPipe, TraceInstance} from '../../sys/tracefs.js';
import {type Drop, type DropSource, mergeDrops} from './drop.js';
import {kernelBtf, reasonNames} from './layout.js';
import {protocolName} from './protocols.js';
import {explain} from './reasons.js';
import {kernelSymbols} from './symbols.js';
import {pageBytes, parseFormat, readPage, type TraceDrop} from './trace-events.js';

const event = 'skb/kfree_skb';
/** For each CPU: 80,000 events, a tenth of a second of a flood. */
const kilobytes = 4096;
const smallest = 64;
const pollMs = 20;

/** Names of the reasons: BTF has those of every subsystem, the format only the core's. */
function namesBesides(core: ReadonlyMap<number, string>): Map<number, string> {
	try {
		return new Map([...core, ...reasonNames(kernelBtf())]);
	} catch {
		return new Map(core);
	}
}

/** Opens the source. ERR_PERMISSION without root; ERR_UNSUPPORTED without tracefs or the event. */
export function openTraceSource(): DropSource {
	const instance = new TraceInstance('drops', kilobytes);
	const pipes: RawPipe[] = [];
	let timer: NodeJS.Timeout | undefined;
	let closed = false;
	const close = () => {
		if (closed) return;
		closed = true;
		clearInterval(timer);
		for (const pipe of pipes) pipe.close();
		instance.close();
	};
	try {
		const format = parseFormat(instance.read(`events/${event}/format`));
		if (format === undefined)
			throw new NetstressError('ERR_UNSUPPORTED', `the format of the trace event ${event} is not one that netstress knows`, {feature: event});
		const names = namesBesides(format.names);
		const symbols = kernelSymbols();
		const bytes = pageBytes(instance.read('events/header_page'));
		for (const cpu of instance.cpus) pipes.push(new RawPipe(instance, cpu, bytes));
		// by location, then by reason and protocol in one Number
		const counts = new Map<bigint, Map<number, number>>();
		const count = ({location, protocol, reason}: TraceDrop) => {
			const here = counts.get(location) ?? new Map<number, number>();
			counts.set(location, here);
			const kind = reason * 0x1_0000 + protocol;
			here.set(kind, (here.get(kind) ?? 0) + 1);
		};
		const drain = () => {
			for (const pipe of pipes) for (let page = pipe.next(); page !== undefined; page = pipe.next()) readPage(page, format, count);
		};
		const dropOf = (location: bigint, value: number, protocol: number, count: number): Drop => {
			const reason = format.reason === undefined ? 'NOT_SPECIFIED' : (names.get(value) ?? `0x${value.toString(16)}`);
			const symbol = symbols.find(location)?.name ?? `0x${location.toString(16)}`;
			const {place, kind} = explain(reason, symbol);
			return {reason, symbol, protocol, protocolName: protocolName(protocol), iface: '', ifindex: 0, netns: 0, namespace: '', place, kind, count};
		};
		instance.event(event, true);
		timer = setInterval(drain, pollMs);
		timer.unref();
		return {
			name: 'tracefs',
			cannotSee: [
				'the interface and the namespace of a drop',
				...(format.reason === undefined ? ['why: this kernel gives no reasons (Linux 5.17), only the function that dropped'] : []),
				...(symbols.hidden === undefined ? [] : [`the functions' names: ${symbols.hidden}`]),
				'what comes faster than it can be read; that is counted as lost events',
				'frames that a card or its driver lost before the kernel had them: netstress monitor',
			],
			read() {
				if (!closed) drain();
				const drops = [...counts].flatMap(([location, kinds]) =>
					[...kinds].map(([kind, count]) => dropOf(location, Math.floor(kind / 0x1_0000), kind % 0x1_0000, count)),
				);
				return mergeDrops(drops);
			},
			lostEvents: () => (closed ? 0 : instance.statistics().reduce((sum, {overrun, dropped}) => sum + overrun + dropped, 0)),
			close,
		};
	} catch (error) {
		close();
		throw error;
	}
}

/** Counts every drop of this kernel without reading one: events in the buffer and events overwritten there add up to all of them, at any rate. */
export class DropTotal {
	readonly #instance: TraceInstance;

	/** `filter` in the words of Documentation/trace/events.rst, section 5, such as `protocol == 0x88a2`. ERR_PERMISSION, ERR_UNSUPPORTED. */
	constructor(filter?: string) {
		this.#instance = new TraceInstance('total', smallest);
		try {
			if (filter !== undefined) this.#instance.write(`events/${event}/filter`, filter);
			this.#instance.event(event, true);
		} catch (error) {
			this.#instance.close();
			throw error;
		}
	}

	/** Since it was opened. */
	read(): number {
		return this.#instance.statistics().reduce((sum, {entries, overrun, dropped}) => sum + entries + overrun + dropped, 0);
	}

	close(): void {
		this.#instance.close();
	}
}
