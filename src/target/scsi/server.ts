// The SCSI device server under iSCSI and FCoE: a CDB comes in, an outcome goes out. No sockets, no clock, no waiting.
import {cdbLength, reportLuns, requestSense} from '../../wire/scsi.js';
import {lunListHead} from '../../wire/scsi-data.js';
import {additionalSense, scsiOpcode as op, senseKey, serviceAction} from '../../wire/scsi-names.js';
import {serveCapacity10, serveCapacity16, serveRead, serveSynchronize, serveVerify, serveWrite, serveWriteVerify, storeData} from './block.js';
import {conflict, reservationConflict} from './conflict.js';
import {type DeviceIdentity, serveInquiry} from './inquiry.js';
import {serveModeSense} from './mode.js';
import {type AbortTasks, type InitiatorPort, Nexus} from './nexus.js';
import {serveSupportedOpcodes} from './opcodes.js';
import {check, type DataOut, type Done, good, invalidField, type Outcome, sense, volumeFault} from './outcome.js';
import {Reservations} from './reservations.js';
import {serveReserveIn} from './reserve-in.js';
import {serveReserveOut} from './reserve-out.js';
import {serveRelease, serveReserve} from './reserve-unit.js';
import {type LogicalUnit, lunAddress, lunNumber} from './unit.js';

export type IdentityOptions = Partial<DeviceIdentity>;

const defaults: DeviceIdentity = {
	vendor: 'NETSTRES',
	product: 'volume',
	revision: '0.1',
	portName: '',
	deviceName: '',
	protocol: 5,
	// SAM-5, SPC-4, SBC-3, iSCSI, no version claimed (SPC-4 annex E)
	standards: [0x00a0, 0x0460, 0x04c0, 0x0960],
	maxTransferBlocks: 0x8000,
};

const unsupportedLun = (): Done => check(senseKey.illegalRequest, additionalSense.lunNotSupported);
const nacaBit = 0x04;

export class DeviceServer {
	readonly units: ReadonlyMap<number, LogicalUnit>;
	readonly identity: DeviceIdentity;
	readonly #nexuses = new Set<Nexus>();
	/** By LUN. */
	readonly #reservations: ReadonlyMap<number, Reservations>;

	constructor(units: Iterable<LogicalUnit>, identity: IdentityOptions = {}) {
		this.units = new Map([...units].map(unit => [unit.lun, unit]));
		this.identity = {...defaults, ...identity};
		this.#reservations = new Map([...this.units.keys()].map(lun => [lun, new Reservations()]));
	}

	/**
	 * An initiator port has come: it hears of the power-on of every unit first (SAM-5 5.14.1). `port` says which one, so that it finds its
	 * registrations again; without it the nexus is nobody's but its own. `abortTasks` lets another preempt and abort its commands.
	 */
	attach(port?: InitiatorPort, abortTasks?: AbortTasks): Nexus {
		const nexus = new Nexus(port, abortTasks);
		for (const lun of this.units.keys()) nexus.attend(lun, additionalSense.powerOn);
		this.#nexuses.add(nexus);
		return nexus;
	}

	/** The nexus is lost: what it held by RESERVE is free (SPC-2 5.5.1), its registrations stay (SPC-4 5.13.5). */
	detach(nexus: Nexus): void {
		this.#nexuses.delete(nexus);
		for (const each of this.#reservations.values()) if (each.legacy === nexus) each.legacy = undefined;
	}

	/** The unit that an eight-byte LUN addresses. */
	unit(address: bigint): LogicalUnit | undefined {
		const lun = lunNumber(address);
		return lun === undefined ? undefined : this.units.get(lun);
	}

	/**
	 * Resets one unit or, without `lun`, all: everybody but `by` hears of it, or everybody when `by` is undefined (SAM-5 6.3.3).
	 * RESERVE is undone, persistent reservations stay (SPC-2 5.5.1, SPC-4 5.13.5).
	 */
	reset(code: number, lun?: number, by?: Nexus): void {
		const luns = lun === undefined ? [...this.units.keys()] : [lun];
		for (const each of luns) {
			const reservations = this.#reservations.get(each);
			if (reservations) reservations.legacy = undefined;
		}
		for (const nexus of this.#nexuses) {
			if (nexus === by) continue;
			for (const each of luns) {
				nexus.clearAttentions(each);
				nexus.attend(each, code);
			}
		}
	}

	/**
	 * Begins a command: `view` holds the CDB at `at`, at least 16 bytes (SAM-5 5.2). Data for the initiator is cut to the allocation
	 * length, not to what the transport expects.
	 */
	execute(nexus: Nexus, address: bigint, view: DataView, at: number): Outcome {
		const code = view.getUint8(at);
		const unit = this.unit(address);
		const length = cdbLength(code);
		if (length > 0 && (view.getUint8(at + length - 1) & nacaBit) !== 0) return invalidField(length - 1, 2);
		// these three answer for a unit that is absent or has a unit attention waiting (SPC-4 6.6, 6.33, 6.39)
		if (code === op.inquiry) return serveInquiry(this.identity, unit, view, at);
		if (code === op.reportLuns) return this.#reportLuns(view, at);
		if (code === op.requestSense) return this.#requestSense(nexus, unit, view, at);
		if (unit === undefined) return unsupportedLun();
		const attention = nexus.takeAttention(unit.lun);
		if (attention !== undefined) return check(senseKey.unitAttention, attention);
		const reservations = this.#reservations.get(unit.lun);
		if (reservations === undefined) return unsupportedLun();
		return (
			conflict(reservations, nexus, code, view, at) ?? this.#reserve(reservations, nexus, unit.lun, code, view, at) ?? this.#serve(unit, code, length, view, at)
		);
	}

	/** The commands about reservations; undefined for every other. */
	#reserve(reservations: Reservations, nexus: Nexus, lun: number, code: number, view: DataView, at: number): Outcome | undefined {
		switch (code) {
			case op.reserve6:
			case op.reserve10:
				return serveReserve(reservations, nexus, view, at, code === op.reserve10);
			case op.release6:
			case op.release10:
				return serveRelease(reservations, nexus, view, at, code === op.release10);
			// while RESERVE holds the unit these conflict for everybody (SPC-2 5.5.1)
			case op.persistentReserveIn:
				return reservations.legacy ? reservationConflict : serveReserveIn(reservations, view, at);
			case op.persistentReserveOut:
				return reservations.legacy ? reservationConflict : serveReserveOut(reservations, nexus, this.#nexuses, lun, view, at);
			default:
				return undefined;
		}
	}

	#serve(unit: LogicalUnit, code: number, length: number, view: DataView, at: number): Outcome {
		const max = this.identity.maxTransferBlocks;
		switch (code) {
			case op.read6:
			case op.read10:
			case op.read12:
			case op.read16:
				return serveRead(unit, view, at, length, max);
			case op.write6:
			case op.write10:
			case op.write12:
			case op.write16:
				return serveWrite(unit, view, at, length, max);
			case op.writeVerify10:
			case op.writeVerify12:
			case op.writeVerify16:
				return serveWriteVerify(unit, view, at, length, max);
			case op.verify10:
			case op.verify12:
			case op.verify16:
				return serveVerify(unit, view, at, length, max);
			case op.synchronizeCache10:
			case op.synchronizeCache16:
				return serveSynchronize(unit, view, at, length);
			case op.testUnitReady:
				return good;
			case op.readCapacity10:
				return serveCapacity10(unit, view, at);
			case op.serviceActionIn16:
				return (view.getUint8(at + 1) & 0x1f) === serviceAction.readCapacity16 ? serveCapacity16(unit, view, at) : invalidField(1, 4);
			case op.maintenanceIn:
				return (view.getUint8(at + 1) & 0x1f) === serviceAction.reportSupportedOpcodes ? serveSupportedOpcodes(view, at) : invalidField(1, 4);
			case op.modeSense6:
				return serveModeSense(unit, view, at, false);
			case op.modeSense10:
				return serveModeSense(unit, view, at, true);
			case op.startStopUnit:
				// nothing can be ejected, and there is no power condition but "active" (SBC-3 5.20)
				return (view.getUint8(at + 4) & 0xf2) !== 0 ? invalidField(4) : good;
			case op.preventAllow:
				return (view.getUint8(at + 4) & 0x02) !== 0 ? invalidField(4, 1) : good;
			default:
				return check(senseKey.illegalRequest, additionalSense.invalidOpcode, 0);
		}
	}

	/** Takes `length` bytes of a command's data, `offset` bytes into it, in order. Returns why the command fails, or undefined. */
	store(write: DataOut, from: Uint8Array, at: number, length: number, offset: number): Done | undefined {
		if (write.mode !== 'parameters') return storeData(write, from, at, length, offset);
		write.list.set(from.subarray(at, at + Math.min(length, write.list.length - offset)), offset);
		write.received = offset + length;
		return undefined;
	}

	/**
	 * Ends a command whose data has come: a parameter list is acted upon, or refused when the initiator sent less of it than the CDB says
	 * (SPC-4 4.2.5.5); with FUA the medium must have what was written (SBC-3 5.42).
	 */
	finish(write: DataOut): Done {
		if (write.mode === 'parameters') {
			return write.received < write.length ? check(senseKey.illegalRequest, additionalSense.parameterListLength) : write.act(write.list);
		}
		if (!write.fua) return good;
		const fault = write.volume.flush();
		return fault === undefined ? good : volumeFault(fault, 'write');
	}

	#reportLuns(view: DataView, at: number): Outcome {
		const select = reportLuns.fields['.scsi.spc.select_report'].read(view, at);
		const allocation = reportLuns.fields['.scsi.cdb.alloclen32'].read(view, at);
		if (select > 2) return invalidField(2);
		if (allocation < 16) return invalidField(6);
		// 1 asks for well-known units only, of which there are none (SPC-4 6.33)
		const luns = select === 1 ? [] : [...this.units.keys()].sort((a, b) => a - b);
		const data = new Uint8Array(lunListHead.length + 8 * luns.length);
		const out = new DataView(data.buffer);
		lunListHead.encode({'reportluns.lun_list_length': 8 * luns.length}, out);
		for (const [i, lun] of luns.entries()) out.setBigUint64(8 + 8 * i, lunAddress(lun));
		return {kind: 'reply', data: data.subarray(0, allocation)};
	}

	#requestSense(nexus: Nexus, unit: LogicalUnit | undefined, view: DataView, at: number): Outcome {
		// descriptor-format sense is not made here (SPC-4 6.39: then the field is invalid)
		if (requestSense.fields._desc.read(view, at) !== 0) return invalidField(1, 0);
		const attention = unit && nexus.takeAttention(unit.lun);
		const data =
			unit === undefined
				? sense(senseKey.illegalRequest, additionalSense.lunNotSupported)
				: attention === undefined
					? sense(senseKey.noSense, additionalSense.none)
					: sense(senseKey.unitAttention, attention);
		return {kind: 'reply', data: data.subarray(0, requestSense.fields['.scsi.cdb.alloclen'].read(view, at))};
	}
}
