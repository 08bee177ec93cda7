// SCSI under iSCSI: the command descriptor block, what a command returns, sense data and status (SPC-4, SBC-3). Layers are named `scsi` as in
// Wireshark, which does not list them among the frame's protocols.
import type {Header, Node} from '../../wire/header.js';
import {cdbHeaders} from '../../wire/scsi.js';
import {
	blockCharacteristics,
	blockDescriptor,
	blockLimits,
	blockProvisioning,
	cachingPage,
	capacity10,
	capacity16,
	controlPage,
	designator,
	exceptionsPage,
	inquiryData,
	lunListHead,
	modeHead6,
	modeHead10,
	sense,
	vpdHead,
} from '../../wire/scsi-data.js';
import {scsiOpcode, scsiOpcodeNames, serviceAction, statusNames} from '../../wire/scsi-names.js';
import {reserveOutAction, reserveOutParameters} from '../../wire/scsi-reservation.js';
import {generated, type Layer, present, type Source, type Walk} from '../tree.js';
import {reservationData} from './scsi-reservation.js';

/** A command that its response refers to. */
export interface Task {
	readonly frame: number;
	readonly time: bigint;
	/** The two bytes of a single-level LUN without the address mode. */
	readonly lun: number;
	/** The CDB, copied. */
	readonly cdb: Uint8Array;
}

const opcodeOf = (task: Task): number => task.cdb[0] as number;
export const commandName = (task: Task): string => scsiOpcodeNames[opcodeOf(task)] ?? `opcode 0x${opcodeOf(task).toString(16).padStart(2, '0')}`;

/** The CDB of a command: 16 bytes at `at`. */
export function dissectCdb(walk: Walk, source: Source, at: number, task: Task): void {
	const end = at + task.cdb.length;
	const layer = walk.layer('scsi', `SCSI CDB ${commandName(task)}`, source, at, task.cdb.length, [generated('scsi.lun', task.lun, at)], null);
	const table = tableOf(task);
	if (table !== undefined) {
		const idle = idleFields(task);
		layer.children.push(...present(table, source.view, at, end).filter(node => !idle.includes(node.name)));
		return;
	}
	layer.children.push(generated('scsi_sbc.opcode', opcodeOf(task), at, 1), generated('scsi.cdb', task.cdb, at, task.cdb.length));
}

/** Fields that mean nothing in this very command, which Wireshark then leaves out. */
function idleFields(task: Task): readonly string[] {
	const flags = task.cdb[1] as number;
	switch (opcodeOf(task)) {
		case scsiOpcode.inquiry:
			// the page code counts only with EVPD set (SPC-4 6.6.1)
			return (flags & 1) === 1 ? [] : ['scsi.inquiry.evpd.pagecode'];
		case scsiOpcode.reserve10:
		case scsiOpcode.release10:
			// a third party with a short identifier (SPC-2 7.22)
			return (flags & 0x12) === 0x10 ? [] : ['scsi.release.thirdpartyid'];
		case scsiOpcode.persistentReserveOut: {
			const withoutType: readonly number[] = [reserveOutAction.register, reserveOutAction.registerAndIgnore, reserveOutAction.clear];
			return withoutType.includes(flags & 0x1f) ? ['scsi.persresv.scope', 'scsi.persresv.type'] : [];
		}
		default:
			return [];
	}
}

/** The table of a command, when its service action is one that the table describes. */
function tableOf(task: Task): Header | undefined {
	const action = (task.cdb[1] as number) & 0x1f;
	const opcode = opcodeOf(task);
	if (opcode === scsiOpcode.serviceActionIn16 && action !== serviceAction.readCapacity16) return undefined;
	if (opcode === scsiOpcode.maintenanceIn && action !== serviceAction.reportSupportedOpcodes) return undefined;
	return cdbHeaders[opcode];
}

/** What all layers that refer to a command begin with. */
const reference = (task: Task, at: number): Node[] => [
	generated('scsi.lun', task.lun, at),
	generated('scsi_sbc.opcode', opcodeOf(task), at),
	generated('scsi.request_frame', task.frame, at),
];

/** How data travels: with the command, in a PDU of its own, from the target, from the target together with the status. */
export type Way = 'immediate' | 'out' | 'in' | 'last';

/** Data that travels with a command; `offset` is where it belongs in the whole transfer. */
export function dissectData(walk: Walk, source: Source, at: number, end: number, task: Task | undefined, offset: number, way: Way): void {
	if (task === undefined) {
		walk.data(source, at, end);
		return;
	}
	const out = way === 'immediate' || way === 'out';
	const label = `SCSI Payload (${commandName(task)} ${out ? 'Request' : 'Response'} Data)`;
	const layer = walk.layer('scsi', label, source, at, end - at, reference(task, at), null);
	// of the parameter lists only this one has a form that is known here; REGISTER AND MOVE has another
	const listed = opcodeOf(task) === scsiOpcode.persistentReserveOut && ((task.cdb[1] as number) & 0x1f) !== reserveOutAction.registerAndMove && offset === 0;
	if (out && listed) {
		layer.children.push(...present(reserveOutParameters, source.view, at, end));
		return;
	}
	if (way === 'out') walk.data(source, at, end);
	if (out) return;
	if (way === 'last') layer.children.push(generated('scsi.response_frame', walk.frame.number, at));
	const known = offset === 0 && response(layer, source, at, end, task);
	if (!known) layer.children.push(generated('scsi.data', source.bytes.subarray(at, end), at, end - at));
}

/** The nodes of returned data whose form the command fixes; false when it has none. Cut short by an allocation length is no fault (SPC-4 4.2.5.6). */
function response(layer: Layer, source: Source, at: number, end: number, task: Task): boolean {
	const add = (...nodes: Node[]) => layer.children.push(...nodes);
	switch (opcodeOf(task)) {
		case scsiOpcode.inquiry:
			if (((task.cdb[1] as number) & 1) === 1) add(...vitalProductData(source, at, end));
			else add(...present(inquiryData, source.view, at, end));
			return true;
		case scsiOpcode.readCapacity10:
			add(...present(capacity10, source.view, at, end));
			return true;
		case scsiOpcode.serviceActionIn16:
			if (tableOf(task) === undefined) return false;
			add(...present(capacity16, source.view, at, end));
			return true;
		case scsiOpcode.reportLuns:
			add(...present(lunListHead, source.view, at, end));
			for (let place = at + lunListHead.length; place + 8 <= end; place += 8) {
				add(generated('scsi.reportluns.entry', source.view.getBigUint64(place), place, 8));
			}
			return true;
		case scsiOpcode.persistentReserveIn: {
			const nodes = reservationData(source, at, end, (task.cdb[1] as number) & 0x1f);
			if (nodes === undefined) return false;
			add(...nodes);
			return true;
		}
		case scsiOpcode.requestSense:
			add(...present(sense, source.view, at, end));
			return true;
		case scsiOpcode.modeSense6:
			add(...modeParameters(source, at, end, modeHead6, 'getUint8', 3));
			return true;
		case scsiOpcode.modeSense10:
			add(...modeParameters(source, at, end, modeHead10, 'getUint16', 6));
			return true;
		default:
			return false;
	}
}

/** Text up to the first NUL, as Wireshark shows it; what is not printable becomes a dot. */
function cString(bytes: Uint8Array): string {
	const nul = bytes.indexOf(0);
	const letters = Array.from(nul < 0 ? bytes : bytes.subarray(0, nul), byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
	return letters.join('');
}

const pages: Readonly<Record<number, Header>> = {176: blockLimits, 177: blockCharacteristics, 178: blockProvisioning};

/** A vital product data page (SPC-4 7.8). */
function vitalProductData(source: Source, at: number, end: number): Node[] {
	const code = end - at >= 2 ? (source.bytes[at + 1] as number) : -1;
	const table = pages[code] ?? vpdHead;
	const nodes = present(table, source.view, at, end);
	if (end - at < vpdHead.length) return nodes;
	const body = at + vpdHead.length;
	const stop = Math.min(end, body + source.view.getUint16(at + 2));
	const text = (name: string, from: number, to: number) => generated(name, cString(source.bytes.subarray(from, to)), from, to - from);
	if (code === 0x00)
		for (let place = body; place < stop; place++) nodes.push(generated('scsi.inquiry.evpd.supported_page', source.bytes[place] as number, place, 1));
	else if (code === 0x80 && stop > body) nodes.push(text('scsi.inquiry.evpd.product_serial_number', body, stop));
	else if (code === 0x83) {
		for (let place = body; place + designator.length <= stop; ) {
			const from = place + designator.length;
			const to = Math.min(stop, from + (source.bytes[place + 3] as number));
			nodes.push(...present(designator, source.view, place, stop));
			// code sets 2 and 3 are ASCII and UTF-8 (SPC-4 7.8.6.1)
			const ascii = ((source.bytes[place] as number) & 0x0f) >= 2;
			const vendor = ((source.bytes[place + 1] as number) & 0x0f) === 1 && to - from >= 8 ? from + 8 : from;
			if (ascii && vendor > from) nodes.push(text('scsi.inquiry.vendor_id', from, vendor));
			if (ascii) nodes.push(text('scsi.inquiry.evpd.devid.identifier_str', vendor, to));
			else nodes.push(generated('scsi.inquiry.evpd.devid.identifier_bytes', source.bytes.subarray(from, to), from, to - from));
			place = Math.max(to, from);
		}
	}
	return nodes;
}

const modePages: Readonly<Record<number, Header>> = {8: cachingPage, 10: controlPage, 28: exceptionsPage};

/** Mode parameter list (SPC-4 7.5.4): header, block descriptor, pages. */
function modeParameters(source: Source, at: number, end: number, head: Header, read: 'getUint8' | 'getUint16', lengthAt: number): Node[] {
	const nodes = present(head, source.view, at, end);
	if (end - at < head.length) return nodes;
	const descriptors = source.view[read](at + lengthAt);
	let place = at + head.length;
	if (descriptors > 0) nodes.push(...present(blockDescriptor, source.view, place, Math.min(end, place + descriptors)));
	place += descriptors;
	while (place + 2 <= end) {
		const table = modePages[(source.bytes[place] as number) & 0x3f];
		const size = 2 + (source.bytes[place + 1] as number);
		if (table !== undefined) nodes.push(...present(table, source.view, place, Math.min(end, place + size)));
		place += size;
	}
	return nodes;
}

/** Sense data of a response: behind the two bytes of its length. */
export function dissectSense(walk: Walk, source: Source, at: number, end: number, task: Task | undefined): void {
	const layer = walk.layer('scsi', 'SCSI: SNS Info', source, at, end - at, [], null);
	if (task !== undefined) layer.children.push(generated('scsi.lun', task.lun, at));
	layer.children.push(...present(sense, source.view, at, end));
}

/** The end of a command: status and time. */
export function dissectStatus(walk: Walk, source: Source, at: number, status: number, task: Task): void {
	const label = `SCSI Response (${commandName(task)}) ${statusNames[status as keyof typeof statusNames] ?? status}`;
	const layer = walk.layer('scsi', label, source, at, 0, reference(task, at), null);
	layer.children.push(generated('scsi.time', walk.frame.time - task.time, at), generated('scsi.status', status, at));
}
