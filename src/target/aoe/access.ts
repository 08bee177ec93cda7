// Command 2, MAC mask list, and command 3, reserve/release (AoEr11 3.3, 3.4): who may talk to an export.
// Protection against accidents, not security: a source address can be forged.
import {aoeError, aoeMask, aoeMaskDirective, aoeReserve, aoeReserveEntry, maskCommand, maskDirective, maskError, reserveCommand} from '../../wire/aoe.js';
import type {AoeExport} from './export.js';
import {ARGUMENTS_AT, type Exchange, refuse} from './reply.js';

const DIRECTIVES_AT = ARGUMENTS_AT + aoeMask.length;
const ADDRESSES_AT = ARGUMENTS_AT + aoeReserve.length;
const mask = aoeMask.fields;
const directive = aoeMaskDirective.fields;

/** The list as a reply: every entry as an "add" directive, as many as fit the frame. */
function writeMask(exchange: Exchange, target: AoeExport): number {
	const {outView, to, port} = exchange;
	const room = Math.floor((port.mtu + 14 - DIRECTIVES_AT) / aoeMaskDirective.length);
	const entries = target.mask.entries.slice(0, Math.min(room, 255));
	aoeMask.encode({mcmd: aoeMask.fields.mcmd.read(exchange.view, exchange.at + ARGUMENTS_AT), dcount: entries.length}, outView, to + ARGUMENTS_AT);
	entries.forEach((mac, i) => {
		aoeMaskDirective.encode({'dir.dcmd': maskDirective.add, 'dir.mac': mac}, outView, to + DIRECTIVES_AT + i * aoeMaskDirective.length);
	});
	return DIRECTIVES_AT + entries.length * aoeMaskDirective.length;
}

/** Refuses an edit in the protocol's own words: which directive failed, by the count of those done. */
function failMask(exchange: Exchange, target: AoeExport, merror: number, done: number): number {
	target.counters.protocolErrors++;
	aoeMask.encode({mcmd: maskCommand.edit, merror, dcount: done}, exchange.outView, exchange.to + ARGUMENTS_AT);
	return DIRECTIVES_AT;
}

/** Answers one MAC mask request. */
export function answerMask(exchange: Exchange, target: AoeExport): number {
	if (exchange.length < DIRECTIVES_AT) return refuse(exchange, target, aoeError.badArgument);
	const {view, bytes, at} = exchange;
	const mcmd = mask.mcmd.read(view, at + ARGUMENTS_AT);
	if (mcmd !== maskCommand.read && mcmd !== maskCommand.edit) return refuse(exchange, target, aoeError.badArgument);
	if (mcmd === maskCommand.edit) {
		const count = mask.dcount.read(view, at + ARGUMENTS_AT);
		if (exchange.length < DIRECTIVES_AT + count * aoeMaskDirective.length) return refuse(exchange, target, aoeError.badArgument);
		for (let i = 0; i < count; i++) {
			const entry = at + DIRECTIVES_AT + i * aoeMaskDirective.length;
			const dcmd = directive['dir.dcmd'].read(view, entry);
			if (dcmd === maskDirective.none) continue;
			if (dcmd === maskDirective.delete) target.mask.delete(bytes, entry + directive['dir.mac'].at);
			else if (dcmd !== maskDirective.add) return failMask(exchange, target, maskError.badDirective, i);
			else if (!target.mask.add(bytes, entry + directive['dir.mac'].at)) return failMask(exchange, target, maskError.full, i);
		}
	}
	target.counters.others++;
	return writeMask(exchange, target);
}

function writeReservation(exchange: Exchange, target: AoeExport): number {
	const {outView, to, port} = exchange;
	const room = Math.floor((port.mtu + 14 - ADDRESSES_AT) / aoeReserveEntry.length);
	const entries = target.reservation.entries.slice(0, Math.min(room, 255));
	aoeReserve.encode({rcmd: aoeReserve.fields.rcmd.read(exchange.view, exchange.at + ARGUMENTS_AT), nmacs: entries.length}, outView, to + ARGUMENTS_AT);
	entries.forEach((mac, i) => {
		aoeReserveEntry.encode({mac}, outView, to + ADDRESSES_AT + i * aoeReserveEntry.length);
	});
	return ADDRESSES_AT + entries.length * aoeReserveEntry.length;
}

/** Answers one reserve/release request: only a holder may change a reservation, force-set excepted; an empty set releases. */
export function answerReserve(exchange: Exchange, target: AoeExport): number {
	if (exchange.length < ADDRESSES_AT) return refuse(exchange, target, aoeError.badArgument);
	const {view, bytes, at} = exchange;
	const rcmd = aoeReserve.fields.rcmd.read(view, at + ARGUMENTS_AT);
	if (rcmd > reserveCommand.forceSet) return refuse(exchange, target, aoeError.badArgument);
	if (rcmd !== reserveCommand.read) {
		const count = aoeReserve.fields.nmacs.read(view, at + ARGUMENTS_AT);
		if (exchange.length < ADDRESSES_AT + count * aoeReserveEntry.length) return refuse(exchange, target, aoeError.badArgument);
		const held = !target.reservation.empty && !target.reservation.has(bytes, at + 6);
		if (rcmd === reserveCommand.set && held) {
			refuse(exchange, target, aoeError.reserved);
			return writeReservation(exchange, target);
		}
		target.reservation.assign(Array.from({length: count}, (_, i) => bytes.subarray(at + ADDRESSES_AT + i * 6, at + ADDRESSES_AT + (i + 1) * 6)));
	}
	target.counters.others++;
	return writeReservation(exchange, target);
}
