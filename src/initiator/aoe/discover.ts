// Finding AoE targets: query config by broadcast, and IDENTIFY DEVICE of one target (AoEr11 3.2, 3.1).
import type {Clock} from '../../base/clock.js';
import {NetstressError} from '../../base/errors.js';
import type {FramePort, FrameVisitor} from '../../port/port.js';
import {
	ALL_SHELVES,
	ALL_SLOTS,
	AOE_ETHERTYPE,
	ATA_DATA_AT,
	aoe,
	aoeAtaResponse,
	aoeCommand,
	aoeConfig,
	aoeErrorNames,
	ETHERNET_LENGTH,
	sectorsPerFrame,
} from '../../wire/aoe.js';
import {ATA_STATUS_FAILED, ataIdentify, identifyBit, LBA28_LIMIT, SECTOR} from '../../wire/ata.js';
import {type AoeTargetAddress, writeAtaRequest, writeConfigRequest} from './request.js';

/** What a target says of itself in a config response. */
export interface AoeTargetInfo {
	mac: Uint8Array;
	shelf: number;
	slot: number;
	/** Largest number of outstanding messages; a target with 0 takes no requests. */
	bufferCount: number;
	firmware: number;
	/** Largest sectors per ATA message; 0 means 2 (aoecmd.c, aoecmd_cfg_rsp). */
	sectors: number;
	config: Uint8Array;
}

/** What IDENTIFY DEVICE says of the drive. */
export interface AoeIdentity {
	model: string;
	serial: string;
	firmware: string;
	lba48: boolean;
	/** FLUSH CACHE EXT is supported (word 83, bit 13). */
	flushExt: boolean;
	/** Bytes. */
	size: number;
}

const BROADCAST = new Uint8Array(6).fill(0xff);
const ARGUMENTS_AT = ETHERNET_LENGTH + aoe.length;
/** Tags of these exchanges: bit 31 and session 127, which sessions never take. */
const CONTROL_TAG = 0xff00_0000;
let sequence = 0;
const freshTag = (): number => {
	sequence = (sequence + 1) & 0xff_ffff;
	return CONTROL_TAG + sequence;
};

/** A frame that is an AoE response to `cmd` from this shelf and slot (or any, for the broadcast numbers). */
function isResponse(view: DataView, at: number, length: number, cmd: number, tag: number | undefined): boolean {
	if (length < ARGUMENTS_AT || view.getUint16(at + 12) !== AOE_ETHERTYPE) return false;
	const head = at + ETHERNET_LENGTH;
	const {response, cmd: command, tag: tagField} = aoe.fields;
	return response.read(view, head) === 1 && command.read(view, head) === cmd && (tag === undefined || tagField.read(view, head) === tag);
}

function readConfig(view: DataView, at: number, length: number): AoeTargetInfo | undefined {
	const string = at + ARGUMENTS_AT + aoeConfig.length;
	if (length < ARGUMENTS_AT + aoeConfig.length) return undefined;
	const {bufcnt, firmware, scnt, length: textLength} = aoeConfig.decode(view, at + ARGUMENTS_AT);
	if (at + length < string + textLength) return undefined;
	const bytes = new Uint8Array(view.buffer, view.byteOffset);
	return {
		mac: bytes.slice(at + 6, at + 12),
		shelf: aoe.fields.major.read(view, at + ETHERNET_LENGTH),
		slot: aoe.fields.minor.read(view, at + ETHERNET_LENGTH),
		bufferCount: bufcnt,
		firmware,
		sectors: scnt,
		config: bytes.slice(string, string + textLength),
	};
}

/** Sends a frame and shows each one that comes back within `timeoutMs`, until `visit` returns true. */
function ask(port: FramePort, clock: Clock, write: (at: number) => number, timeoutMs: number, visit: (...frame: Parameters<FrameVisitor>) => boolean): boolean {
	const at = port.reserve();
	if (at < 0) return false;
	port.commit(write(at));
	port.flush();
	const until = clock.now() + timeoutMs;
	for (let done = false; ; ) {
		port.receive((view, frame, length) => {
			done ||= visit(view, frame, length);
		}, 64);
		if (done) return true;
		const left = until - clock.now();
		if (left <= 0) return false;
		port.wait(Math.min(Math.ceil(left), 50));
	}
}

/**
 * Asks `shelf`.`slot` (all by default) who is there, and listens for `timeoutMs`; with a unicast address the first answer is enough.
 * Sorted by shelf, slot. An empty list is a result, not an error.
 */
export function discoverAoe(port: FramePort, clock: Clock, timeoutMs = 500, shelf = ALL_SHELVES, slot = ALL_SLOTS): AoeTargetInfo[] {
	const found = new Map<string, AoeTargetInfo>();
	const one = shelf !== ALL_SHELVES && slot !== ALL_SLOTS;
	const tag = freshTag();
	ask(
		port,
		clock,
		at => writeConfigRequest(port, at, BROADCAST, shelf, slot, tag),
		timeoutMs,
		(view, at, length) => {
			if (!isResponse(view, at, length, aoeCommand.config, tag)) return false;
			const info = readConfig(view, at, length);
			if (!info || (one && (info.shelf !== shelf || info.slot !== slot))) return false;
			found.set(`${info.shelf}.${info.slot}.${Buffer.from(info.mac).toString('hex')}`, info);
			return one;
		},
	);
	return [...found.values()].sort((a, b) => a.shelf - b.shelf || a.slot - b.slot);
}

function readIdentity(view: DataView, at: number): AoeIdentity {
	const words = ataIdentify.decode(view, at);
	// Linux decides by the same bits (aoecmd.c, ataid_complete).
	const lba48 = (words.word83 & identifyBit.lba48) !== 0 && (words.word86 & identifyBit.lba48) !== 0;
	const sectors = lba48 ? words.lba48 : Math.min(words.lba28, LBA28_LIMIT);
	return {
		model: words.model,
		serial: words.serial,
		firmware: words.firmware,
		lba48,
		flushExt: (words.word83 & identifyBit.flushExt) !== 0,
		size: sectors * SECTOR,
	};
}

/** IDENTIFY DEVICE of one target, `attempts` times of `timeoutMs`. ERR_TIMEOUT without an answer, ERR_IO when the target refuses. */
export function identifyAoe(port: FramePort, clock: Clock, target: AoeTargetAddress, timeoutMs = 500, attempts = 6): AoeIdentity {
	let identity: AoeIdentity | undefined;
	let refusal: NetstressError | undefined;
	for (let i = 0; i < attempts && !identity && !refusal; i++) {
		const tag = freshTag();
		const write = (at: number) => writeAtaRequest(port, at, target, tag, 'identify', 0, BROADCAST, 0, 0);
		ask(port, clock, write, timeoutMs, (view, at, length) => {
			if (!isResponse(view, at, length, aoeCommand.ata, tag)) return false;
			const head = at + ETHERNET_LENGTH;
			if (aoe.fields.flags_error.read(view, head) === 1) {
				const code = aoe.fields.error.read(view, head);
				refusal = new NetstressError('ERR_IO', `${target.name} refused IDENTIFY: ${aoeErrorNames[code] ?? `error ${code}`}`, {aoeError: code});
				return true;
			}
			if (length < ATA_DATA_AT + SECTOR || (aoeAtaResponse.fields['ata.status'].read(view, at + ARGUMENTS_AT) & ATA_STATUS_FAILED) !== 0) return false;
			identity = readIdentity(view, at + ATA_DATA_AT);
			return true;
		});
	}
	if (refusal) throw refusal;
	if (!identity)
		throw new NetstressError('ERR_TIMEOUT', `${target.name} does not answer IDENTIFY; is another initiator holding it, or its MAC list closed to us?`);
	return identity;
}

/** Sectors a frame may carry to this target: our MTU's limit and the target's own. */
export const agreedSectors = (port: FramePort, info: AoeTargetInfo): number =>
	Math.max(1, Math.min(sectorsPerFrame(port.mtu), info.sectors === 0 ? 2 : info.sectors));
