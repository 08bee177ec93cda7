// AoE requests as an initiator writes them into a port's slot (AoEr11 2, 3).
import type {FramePort} from '../../port/port.js';
import {AOE_ETHERTYPE, AOE_VERSION, ATA_DATA_AT, aoe, aoeAtaRequest, aoeCommand, aoeConfig, ETHERNET_LENGTH} from '../../wire/aoe.js';
import {ataCommand, SECTOR} from '../../wire/ata.js';

export interface AoeTargetAddress {
	/** For messages: `aoe:eth0/1.1`. */
	name: string;
	mac: Uint8Array;
	shelf: number;
	slot: number;
	/** 48-bit commands; without them the device takes 28 bits. */
	lba48: boolean;
	/** FLUSH CACHE EXT is there; without it FLUSH CACHE is tried. */
	flushExt: boolean;
}

export type AtaOperation = 'read' | 'write' | 'flush' | 'identify';

const ARGUMENTS_AT = ETHERNET_LENGTH + aoe.length;
const opcodes: Readonly<Record<AtaOperation, readonly [plain: number, ext: number]>> = {
	read: [ataCommand.read, ataCommand.readExt],
	write: [ataCommand.write, ataCommand.writeExt],
	flush: [ataCommand.flush, ataCommand.flushExt],
	identify: [ataCommand.identify, ataCommand.identify],
};
/** LBA mode and the two bits that were always one in the device register (ACS-4 6.3); Linux sends the same. */
const DEVICE_LBA = 0xe000_0000;

const {fields: common} = aoe;
const {fields: ata} = aoeAtaRequest;

/** Ethernet and AoE header at `at`. */
function writeHeader(port: FramePort, at: number, mac: Uint8Array, shelf: number, slot: number, cmd: number, tag: number): void {
	const {transmitView: view, transmitBytes: bytes} = port;
	for (let i = 0; i < 6; i++) {
		bytes[at + i] = mac[i]!;
		bytes[at + 6 + i] = port.mac[i]!;
	}
	view.setUint16(at + 12, AOE_ETHERTYPE);
	const head = at + ETHERNET_LENGTH;
	view.setUint16(head, 0); // flags and error: the slot arrives dirty
	common.version.write(view, head, AOE_VERSION);
	common.major.write(view, head, shelf);
	common.minor.write(view, head, slot);
	common.cmd.write(view, head, cmd);
	common.tag.write(view, head, tag);
}

/** Writes one ATA request; `data` from `from` on goes along with a write. `position` and `length` are bytes, multiples of 512. Returns the frame's length. */
export function writeAtaRequest(
	port: FramePort,
	at: number,
	target: AoeTargetAddress,
	tag: number,
	operation: AtaOperation,
	position: number,
	data: Uint8Array,
	from: number,
	length: number,
): number {
	const {transmitView: view, transmitBytes: bytes} = port;
	const {mac, shelf, slot, lba48} = target;
	writeHeader(port, at, mac, shelf, slot, aoeCommand.ata, tag);
	const head = at + ARGUMENTS_AT;
	view.setUint32(head, 0);
	view.setUint32(head + 8, 0);
	const moves = operation === 'read' || operation === 'write';
	const lba = moves ? position / SECTOR : 0;
	ata.lba.write(view, head, lba48 ? lba : lba + DEVICE_LBA);
	ata['aflags.e'].write(view, head, lba48 && operation !== 'identify' ? 1 : 0);
	ata['ata.cmd'].write(view, head, opcodes[operation][(operation === 'flush' ? target.flushExt : lba48) ? 1 : 0]);
	ata.sector_count.write(view, head, operation === 'identify' ? 1 : moves ? length / SECTOR : 0);
	if (operation !== 'write') return ATA_DATA_AT;
	ata['aflags.w'].write(view, head, 1);
	bytes.set(data.subarray(from, from + length), at + ATA_DATA_AT);
	return ATA_DATA_AT + length;
}

/** Writes one query config request with config command `ccmd` and a string. Returns the frame's length. */
export function writeConfigRequest(
	port: FramePort,
	at: number,
	mac: Uint8Array,
	shelf: number,
	slot: number,
	tag: number,
	ccmd = 0,
	text: Uint8Array = new Uint8Array(),
): number {
	writeHeader(port, at, mac, shelf, slot, aoeCommand.config, tag);
	const head = at + ARGUMENTS_AT;
	aoeConfig.encode({ccmd, length: text.length}, port.transmitView, head);
	port.transmitBytes.set(text, head + aoeConfig.length);
	return ARGUMENTS_AT + aoeConfig.length + text.length;
}
