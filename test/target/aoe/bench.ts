// What the tests of the AoE target share: a target on one end of a memory pair, and requests written from the wire tables.
import {type MemoryVolumeOptions, memoryVolume} from '../../../src/disk/memory.js';
import {memoryPair} from '../../../src/port/memory.js';
import type {FramePort} from '../../../src/port/port.js';
import {AoeExport, type AoeExportOptions} from '../../../src/target/aoe/export.js';
import {AoeTarget} from '../../../src/target/aoe/target.js';
import {AOE_ETHERTYPE, ATA_DATA_AT, aoe, aoeAtaRequest, aoeAtaResponse, aoeConfig, aoeMask, aoeMaskDirective, aoeReserve, type ReprOf} from './tables.js';

export const ARGUMENTS_AT = 24;

/** Whether two runs of bytes are equal; deepEqual walks a megabyte element by element. */
export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

export interface Reply {
	frame: Uint8Array;
	view: DataView;
	head: ReprOf<typeof aoe.fields>;
	/** ATA registers, for command 0. */
	ata: ReprOf<typeof aoeAtaResponse.fields>;
	data: Uint8Array;
}

export interface Bench {
	client: FramePort;
	target: AoeTarget;
	unit: AoeExport;
	volume: ReturnType<typeof memoryVolume>;
	/** Sends a frame as it is and gives what comes back. */
	send(frame: Uint8Array): Reply[];
}

export function bench(options: {size?: number; mtu?: number; volume?: MemoryVolumeOptions; unit?: Partial<AoeExportOptions>; more?: AoeExport[]} = {}): Bench {
	const {size = 1 << 20, mtu = 1500, more = []} = options;
	const [client, server] = memoryPair({mtu});
	const volume = memoryVolume(size, options.volume);
	for (let i = 0; i < size; i++) volume.bytes[i] = (i * 7 + (i >> 9)) & 0xff;
	const unit = new AoeExport({shelf: 3, slot: 4, volume, ...options.unit});
	const target = new AoeTarget(server, [unit, ...more]);
	return {
		client,
		target,
		unit,
		volume,
		send(frame) {
			client.transmitBytes.set(frame);
			client.commit(frame.length);
			target.poll(64);
			const replies: Reply[] = [];
			client.receive((view, at, length) => {
				const copy = new Uint8Array(view.buffer.slice(view.byteOffset + at, view.byteOffset + at + length) as ArrayBuffer);
				const inside = new DataView(copy.buffer);
				const ata = length >= ATA_DATA_AT ? aoeAtaResponse.decode(inside, ARGUMENTS_AT) : ({} as Reply['ata']);
				replies.push({frame: copy, view: inside, head: aoe.decode(inside, 14), ata, data: copy.subarray(ATA_DATA_AT)});
			}, 64);
			return replies;
		},
	};
}

export const ME = Uint8Array.of(2, 0, 0, 0, 0, 1);
export const OTHER = Uint8Array.of(2, 0, 0, 0, 0, 9);
const TARGET = Uint8Array.of(2, 0, 0, 0, 0, 2);

/** A frame of `length` bytes with its Ethernet and AoE header; `write` fills in the rest. */
export function frameOf(length: number, head: Partial<ReprOf<typeof aoe.fields>>, write: (view: DataView) => void = () => {}, from = ME): Uint8Array {
	const frame = new Uint8Array(length);
	const view = new DataView(frame.buffer);
	frame.set(TARGET);
	frame.set(from, 6);
	view.setUint16(12, AOE_ETHERTYPE);
	aoe.encode({version: 1, major: 3, minor: 4, tag: 0xdeadbeef, ...head}, view, 14);
	write(view);
	return frame;
}

/** An ATA request; `data` follows the registers. */
export const ataFrame = (
	registers: Partial<ReprOf<typeof aoeAtaRequest.fields>>,
	data = new Uint8Array(),
	head: Partial<ReprOf<typeof aoe.fields>> = {},
	from = ME,
): Uint8Array => {
	const frame = frameOf(ATA_DATA_AT + data.length, {cmd: 0, ...head}, view => aoeAtaRequest.encode(registers, view, ARGUMENTS_AT), from);
	frame.set(data, ATA_DATA_AT);
	return frame;
};

/** A config request with its string. */
export const configFrame = (
	ccmd: number,
	text = '',
	options: {length?: number; head?: Partial<ReprOf<typeof aoe.fields>>; padding?: number} = {},
): Uint8Array => {
	const bytes = new TextEncoder().encode(text);
	const size = ARGUMENTS_AT + aoeConfig.length + bytes.length + (options.padding ?? 0);
	const frame = frameOf(size, {cmd: 1, ...options.head}, view => aoeConfig.encode({ccmd, length: options.length ?? bytes.length}, view, ARGUMENTS_AT));
	frame.set(bytes, ARGUMENTS_AT + aoeConfig.length);
	return frame;
};

/** A MAC mask request with its directives. */
export const maskFrame = (mcmd: number, directives: Array<[dcmd: number, mac: Uint8Array]>, from = ME, dcount = directives.length): Uint8Array =>
	frameOf(
		ARGUMENTS_AT + aoeMask.length + directives.length * 8,
		{cmd: 2},
		view => {
			aoeMask.encode({mcmd, dcount}, view, ARGUMENTS_AT);
			directives.forEach(([dcmd, mac], i) => {
				aoeMaskDirective.encode({'dir.dcmd': dcmd, 'dir.mac': mac}, view, ARGUMENTS_AT + aoeMask.length + i * 8);
			});
		},
		from,
	);

/** A reserve/release request with its addresses. */
export const reserveFrame = (rcmd: number, macs: Uint8Array[], from = ME): Uint8Array => {
	const frame = frameOf(
		ARGUMENTS_AT + aoeReserve.length + macs.length * 6,
		{cmd: 3},
		view => aoeReserve.encode({rcmd, nmacs: macs.length}, view, ARGUMENTS_AT),
		from,
	);
	macs.forEach((mac, i) => {
		frame.set(mac, ARGUMENTS_AT + aoeReserve.length + i * 6);
	});
	return frame;
};
