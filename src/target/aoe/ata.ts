// Command 0: ATA (AoEr11 3.1). Reads go from the volume straight into the transmit slot, writes from the receive slot straight to the volume.
import type {VolumeFault} from '../../disk/volume.js';
import {ATA_DATA_AT, aoeAtaRequest, aoeAtaResponse, aoeError, sectorsPerFrame} from '../../wire/aoe.js';
import {ataCommand, ataError, ataStatus, LBA28_LIMIT, SECTOR} from '../../wire/ata.js';
import type {AoeExport} from './export.js';
import {writeIdentify} from './identify.js';
import {ARGUMENTS_AT, type Exchange, refuse} from './reply.js';

const request = aoeAtaRequest.fields;
const response = aoeAtaResponse.fields;

/** Writes the registers of the reply. After success the sector count is what remains: 0. */
function registers(exchange: Exchange, status: number, error: number, count: number): void {
	const {outView, to} = exchange;
	response['ata.status'].write(outView, to + ARGUMENTS_AT, status);
	response.err_feature.write(outView, to + ARGUMENTS_AT, error);
	response.sector_count.write(outView, to + ARGUMENTS_AT, count);
}

/** An ATA error: no data, the sectors not transferred stay in the count. Returns the reply's length. */
function fail(exchange: Exchange, target: AoeExport, error: number, count: number, status: number = ataStatus.drdy | ataStatus.err): number {
	target.counters.ataErrors++;
	registers(exchange, status, error, count);
	return ATA_DATA_AT;
}

/** How ATA says a volume's refusal (ACS-4 6.2): address beyond the end, write to a protected medium, unreadable, drive gone. */
function failFault(exchange: Exchange, target: AoeExport, fault: VolumeFault, count: number, writing: boolean): number {
	if (fault === 'range') return fail(exchange, target, ataError.idnf, count);
	if (fault === 'write-protected') return fail(exchange, target, ataError.abrt, count);
	if (writing) return fail(exchange, target, ataError.abrt, count, ataStatus.drdy | ataStatus.df | ataStatus.err);
	return fail(exchange, target, ataError.unc, count);
}

function succeed(exchange: Exchange, count = 0): number {
	registers(exchange, ataStatus.drdy, 0, count);
	return ATA_DATA_AT;
}

/** 48 bits as they stand with the E flag, else 28: the device nibble in the fourth byte is no address. */
function lbaOf(exchange: Exchange): number {
	const at = exchange.at + ARGUMENTS_AT;
	const lba = request.lba.read(exchange.view, at);
	return request['aflags.e'].read(exchange.view, at) === 1 ? lba : lba % (LBA28_LIMIT + 1);
}

function read(exchange: Exchange, target: AoeExport, count: number): number {
	if (count === 0 || count > sectorsPerFrame(exchange.port.mtu)) return fail(exchange, target, ataError.abrt, count);
	const length = count * SECTOR;
	const position = lbaOf(exchange) * SECTOR;
	const address = exchange.direct ? (target.volume.address?.(position, length) ?? 0) : 0;
	if (address !== 0) {
		// The kernel copies from the page cache into the frame: no read of our own, one copy less.
		exchange.dataAddress = address;
		exchange.dataLength = length;
		target.counters.reads++;
		target.counters.readBytes += length;
		return succeed(exchange);
	}
	const fault = target.volume.read(exchange.out, exchange.to + ATA_DATA_AT, length, position);
	if (fault !== undefined) return failFault(exchange, target, fault, count, false);
	target.counters.reads++;
	target.counters.readBytes += length;
	return succeed(exchange) + length;
}

function write(exchange: Exchange, target: AoeExport, count: number): number {
	if (count === 0 || count > sectorsPerFrame(exchange.port.mtu)) return fail(exchange, target, ataError.abrt, count);
	const length = count * SECTOR;
	// Fewer bytes than announced: the frame was cut. Nothing is written.
	if (exchange.length < ATA_DATA_AT + length) return refuse(exchange, target, aoeError.badArgument);
	const fault = target.volume.write(exchange.bytes, exchange.at + ATA_DATA_AT, length, lbaOf(exchange) * SECTOR);
	if (fault !== undefined) return failFault(exchange, target, fault, count, true);
	target.counters.writes++;
	target.counters.writtenBytes += length;
	return succeed(exchange);
}

function verify(exchange: Exchange, target: AoeExport, count: number): number {
	target.counters.others++;
	const sectors = count === 0 ? 256 : count;
	return lbaOf(exchange) + sectors > target.volume.size / SECTOR ? fail(exchange, target, ataError.idnf, count) : succeed(exchange);
}

function flush(exchange: Exchange, target: AoeExport): number {
	const fault = target.volume.flush();
	if (fault !== undefined) return failFault(exchange, target, fault, 0, true);
	target.counters.flushes++;
	return succeed(exchange);
}

function identify(exchange: Exchange, target: AoeExport): number {
	target.counters.others++;
	writeIdentify(exchange.outView, exchange.to + ATA_DATA_AT, target);
	return succeed(exchange) + SECTOR;
}

/** Answers one ATA request; the caller has echoed the header and the arguments. Returns the reply's length. */
export function answerAta(exchange: Exchange, target: AoeExport): number {
	if (exchange.length < ATA_DATA_AT) return refuse(exchange, target, aoeError.badArgument);
	const {view} = exchange;
	const at = exchange.at + ARGUMENTS_AT;
	const opcode = request['ata.cmd'].read(view, at);
	if (opcode === ataCommand.identify) return identify(exchange, target);
	// Others than the holders of a reservation may look at the drive (vblade does the same), and touch nothing.
	if (!target.reservation.empty && !target.reservation.has(exchange.bytes, exchange.at + 6)) return refuse(exchange, target, aoeError.reserved);
	const count = request.sector_count.read(view, at);
	switch (opcode) {
		case ataCommand.read:
		case ataCommand.readExt:
			return read(exchange, target, count);
		case ataCommand.write:
		case ataCommand.writeExt:
			return write(exchange, target, count);
		case ataCommand.flush:
		case ataCommand.flushExt:
			return flush(exchange, target);
		case ataCommand.readVerify:
		case ataCommand.readVerifyExt:
			return verify(exchange, target, count);
		case ataCommand.checkPowerMode:
			target.counters.others++;
			return succeed(exchange, 0xff); // active or idle (ACS-4 7.2)
		default:
			return fail(exchange, target, ataError.abrt, count);
	}
}
