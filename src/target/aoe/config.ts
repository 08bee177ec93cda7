// Command 1: query config information (AoEr11 3.2).

import type {FramePort} from '../../port/port.js';
import {AOE_VERSION, aoeConfig, aoeError, CONFIG_STRING_LIMIT, configCommand, sectorsPerFrame} from '../../wire/aoe.js';
import type {AoeExport} from './export.js';
import {ARGUMENTS_AT, type Exchange, refuse} from './reply.js';

const STRING_AT = ARGUMENTS_AT + aoeConfig.length;
/** Our firmware version as the protocol carries it. */
const FIRMWARE = 0x0001;

/**
 * How many requests an initiator may have outstanding: a quarter of the receive ring, because several initiators share it and each
 * request waits there until it is served; 256 at the most.
 */
export const bufferCount = (port: FramePort, target: AoeExport): number => target.bufferCount ?? Math.max(1, Math.min(256, Math.floor(port.receiveSlots / 4)));

/** Writes arguments and string of a config reply. Returns the reply's length. */
export function writeConfig(exchange: Exchange, target: AoeExport, ccmd: number): number {
	const {port, out, outView, to} = exchange;
	// A string that does not fit the frame is cut: the length says what is there.
	const length = Math.min(target.config.length, port.mtu + 14 - STRING_AT);
	aoeConfig.encode(
		{bufcnt: bufferCount(port, target), firmware: FIRMWARE, scnt: sectorsPerFrame(port.mtu), version: AOE_VERSION, ccmd, length},
		outView,
		to + ARGUMENTS_AT,
	);
	out.set(target.config.subarray(0, length), to + STRING_AT);
	return STRING_AT + length;
}

const startsWith = (whole: Uint8Array, prefix: Uint8Array): boolean => prefix.length <= whole.length && prefix.every((byte, i) => byte === whole[i]);

/** Answers one config request. Returns the reply's length, or 0 for no reply: a test that does not match is met with silence. */
export function answerConfig(exchange: Exchange, target: AoeExport): number {
	if (exchange.length < STRING_AT) return refuse(exchange, target, aoeError.badArgument);
	const {view, bytes, at} = exchange;
	const ccmd = aoeConfig.fields.ccmd.read(view, at + ARGUMENTS_AT);
	const length = aoeConfig.fields.length.read(view, at + ARGUMENTS_AT);
	// Compared with what follows the arguments, not with the frame: padding is no string.
	if (length > CONFIG_STRING_LIMIT || length > exchange.length - STRING_AT) return refuse(exchange, target, aoeError.badArgument);
	const given = bytes.subarray(at + STRING_AT, at + STRING_AT + length);
	const equal = length === target.config.length && startsWith(target.config, given);
	const silent = (): number => {
		target.counters.unanswered++;
		return 0;
	};
	switch (ccmd) {
		case configCommand.read:
			break;
		case configCommand.testExact:
			if (!equal) return silent();
			break;
		case configCommand.testPrefix:
			if (!startsWith(target.config, given)) return silent();
			break;
		case configCommand.setIfEmpty:
			if (target.config.length > 0 && !equal) {
				refuse(exchange, target, aoeError.configPresent);
				return writeConfig(exchange, target, ccmd);
			}
			target.config = given.slice();
			break;
		case configCommand.forceSet:
			target.config = given.slice();
			break;
		default:
			return refuse(exchange, target, aoeError.badArgument);
	}
	target.counters.others++;
	return writeConfig(exchange, target, ccmd);
}
