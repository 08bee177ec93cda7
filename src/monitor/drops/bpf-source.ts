// Drops counted in the kernel by a program of ours (program.ts): every namespace, with interface, and no event on its way to us that could be lost.
import {NetstressError} from '../../base/errors.js';
import {attachType, closeBpf, loadProgram, openRawTracepoint, programMisses, programType} from '../../sys/bpf.js';
import type {Instruction} from '../../sys/bpf-assembler.js';
import {ArrayMap, CounterMap, possibleCpus, QueueMap, ScratchMap} from '../../sys/bpf-maps.js';
import {PerfBuffer} from '../../sys/perf-buffer.js';
import {realtimeAt} from '../../sys/realtime.js';
import {type Drop, type DropSource, mergeDrops} from './drop.js';
import {dropKey} from './key.js';
import {kernelBtf, type Layout, notDrops, readLayout, reasonNames} from './layout.js';
import {KernelNames, type Names} from './names.js';
import {type Access, dropProgram, lostEntry} from './program.js';
import {protocolName} from './protocols.js';
import {explain} from './reasons.js';
import {parseSample} from './sample.js';
import {sampleLength} from './sample-program.js';
import {slotEntries, slotsLength, slotsWork} from './slots.js';
import {kernelSymbols, type Symbols} from './symbols.js';
import {DropTotal} from './trace-source.js';

/** Kinds of drop that are told apart; what comes beyond is counted as lost. 4,096 cost 0.4 MiB and as much for each CPU. */
const kinds = 4096;
/** Samples that wait to be taken. */
const waiting = 1024;
/** For each CPU: some 400 samples. */
const ringPages = 64;

/** Nanoseconds from CLOCK_MONOTONIC, which a program in the kernel has, to 1970. */
const epoch = (): bigint => realtimeAt(performance.now()) - process.hrtime.bigint();

/** A key of the counters as a drop. */
export function dropOf(key: Uint8Array, count: number, reasons: ReadonlyMap<number, string>, symbols: Symbols, names: Names): Drop {
	const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
	const location = view.getBigUint64(dropKey.location, true);
	const value = view.getUint32(dropKey.reason, true);
	const ifindex = view.getUint32(dropKey.ifindex, true);
	const netns = view.getUint32(dropKey.netns, true);
	const protocol = view.getUint16(dropKey.protocol);
	const reason = reasons.size === 0 ? 'NOT_SPECIFIED' : (reasons.get(value) ?? `0x${value.toString(16)}`);
	const symbol = symbols.find(location)?.name ?? `0x${location.toString(16)}`;
	const {place, kind} = explain(reason, symbol);
	const where = {iface: names.iface(netns, ifindex), ifindex, netns, namespace: names.namespace(netns)};
	return {reason, symbol, protocol, protocolName: protocolName(protocol), ...where, place, kind, count};
}

/** The second count; undefined where there is no tracefs. */
function openTotal(closers: (() => void)[]): DropTotal | undefined {
	try {
		const total = new DropTotal();
		closers.push(() => total.close());
		return total;
	} catch {
		return undefined;
	}
}

/** total - counted while frames go by: both are read until nothing came between, a few times at most; then the lower one. */
function agreed(counted: () => number, total: () => number): number {
	let least = Number.POSITIVE_INFINITY;
	for (let i = 0; i < 4; i++) {
		const before = counted();
		const all = total();
		const after = counted();
		if (before === after) return all - after;
		least = Math.min(least, all - after);
	}
	return least;
}

/** Rings for samples; undefined where perf_event_open(2) is not for us: samples then hold no more than linear parts. */
function openRings(closers: (() => void)[]): PerfBuffer | undefined {
	try {
		const rings = new PerfBuffer('netstress_events', ringPages);
		closers.push(() => rings.close());
		return rings;
	} catch {
		return undefined;
	}
}

/** Loads the program, with direct access where the verifier agrees: it knows best what it can check on this kernel. */
function load(layout: Layout, code: (access: Access) => Instruction[]): {fd: number; access: Access} {
	const name = 'netstress_drops';
	try {
		return {access: 'direct', fd: loadProgram(name, programType.tracing, attachType.traceRawTracepoint, 0, code('direct'), layout.typeId)};
	} catch (error) {
		if (error instanceof NetstressError && error.code === 'ERR_PERMISSION') throw error;
		return {access: 'probe', fd: loadProgram(name, programType.rawTracepoint, 0, 0, code('probe'))};
	}
}

/**
 * Loads and attaches the program. `samplesPerKind`: frames of each kind to keep, for each CPU. `check`: every drop is counted a second time, by a trace buffer that
 * nobody reads, and `lostEvents` is exact; without, it knows only what the program itself could not count.
 * ERR_PERMISSION without CAP_BPF and CAP_PERFMON; ERR_UNSUPPORTED without BTF; ERR_SYSCALL with the verifier's words.
 */
export function openBpfSource({samplesPerKind = 0, check = false}: {samplesPerKind?: number | undefined; check?: boolean | undefined} = {}): DropSource {
	const closers: (() => void)[] = [];
	const owned = <T extends {close(): void}>(thing: T): T => {
		closers.push(() => thing.close());
		return thing;
	};
	const close = () => {
		for (const undo of closers.splice(0).reverse()) undo();
	};
	try {
		const btf = kernelBtf();
		const layout = readLayout(btf);
		const reasons = reasonNames(btf);
		const symbols = kernelSymbols();
		const names = new KernelNames();
		const counters = owned(new CounterMap('netstress_drops', dropKey.length, 1, kinds));
		const cpus = possibleCpus();
		const slots = slotsWork() ? owned(new ArrayMap('netstress_slots', slotsLength(cpus))) : undefined;
		const lost = owned(new ArrayMap('netstress_lost', lostEntry.length));
		const queue = samplesPerKind > 0 ? owned(new QueueMap('netstress_frames', sampleLength, waiting)) : undefined;
		const scratch = queue === undefined ? undefined : owned(new ScratchMap('netstress_frame', sampleLength));
		const events = queue === undefined ? undefined : openRings(closers);
		const program = load(layout, access => {
			const samples = queue && scratch && {scratch: scratch.fd, queue: queue.fd, events: access === 'direct' ? events?.fd : undefined, most: samplesPerKind};
			const maps = {counters: counters.fd, slots: slots && {fd: slots.fd, cpus}, lost: lost.fd, samples};
			return dropProgram(layout, access, maps, notDrops(reasons));
		});
		closers.push(() => closeBpf(program.fd));
		const link = openRawTracepoint(program.fd, program.access === 'probe' ? 'kfree_skb' : undefined);
		closers.push(() => closeBpf(link));
		const total = check ? openTotal(closers) : undefined;
		const entries = () => [...(slots ? slotEntries(slots) : []), ...counters.entries().map(({key, counts}) => ({key, count: counts[0] as number}))];
		const counted = () => entries().reduce((sum, {count}) => sum + count, 0);
		// what came between the two attachments is in one of them only
		const ahead = total === undefined ? 0 : agreed(counted, () => total.read());
		const lostOf = (at: number) => Number(new DataView(lost.read().buffer).getBigUint64(at, true));
		return {
			name: 'bpf',
			cannotSee: [
				...(layout.position.reason === undefined ? ['why: this kernel gives no reasons (Linux 5.17), only the function that dropped'] : []),
				...(symbols.hidden === undefined ? [] : [`the functions' names: ${symbols.hidden}`]),
				...(check && total === undefined ? ['drops that the kernel does not show to BPF programs: there is no tracefs to compare with'] : []),
				'frames that a card or its driver lost before the kernel had them: netstress monitor',
			],
			read: () => mergeDrops(entries().map(({key, count}) => dropOf(key, count, reasons, symbols, names))),
			lostEvents() {
				const own = lostOf(lostEntry.drops) + programMisses(program.fd);
				return total === undefined ? own : Math.max(own, agreed(counted, () => total.read()) - ahead);
			},
			samples: () =>
				[...(events?.take() ?? []), ...(queue?.take() ?? [])]
					.map(bytes => parseSample(bytes, key => dropOf(key, 1, reasons, symbols, names), symbols, epoch()))
					.sort((a, b) => (a.time < b.time ? -1 : 1)), // each CPU has its own ring
			lostSamples: () => lostOf(lostEntry.samples), // rings that are full refuse, too
			close,
		};
	} catch (error) {
		close();
		if (!(error instanceof NetstressError) || error.code !== 'ERR_PERMISSION' || error.details.syscall === undefined) throw error;
		const {syscall, errno} = error.details;
		// capabilities(7): those of the first user namespace
		throw new NetstressError(
			'ERR_PERMISSION',
			`a program at a tracepoint needs root on the host itself (CAP_BPF and CAP_PERFMON; ${syscall} says ${errno}), which a lab does not give`,
			error.details,
			error,
		);
	}
}
