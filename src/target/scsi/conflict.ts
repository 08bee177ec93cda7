// Which commands a reservation keeps out (SPC-4 table 44, SBC-3 table 13, SPC-2 table 10).
import {scsiOpcode as op, scsiStatus} from '../../wire/scsi-names.js';
import type {Nexus} from './nexus.js';
import type {Done} from './outcome.js';
import type {Access, Reservations} from './reservations.js';

export const reservationConflict: Done = {kind: 'done', status: scsiStatus.reservationConflict, sense: undefined};

/** Starting is always allowed, stopping and power conditions are not. */
const starts = (view: DataView, at: number) => (view.getUint8(at + 4) & 0xf1) === 0x01;
const prevents = (view: DataView, at: number) => (view.getUint8(at + 4) & 0x03) !== 0;

/** What a command does to the unit. Commands that are not served count as harmless: they are refused for what they are. */
function accessOf(code: number, view: DataView, at: number): Access {
	switch (code) {
		case op.read6:
		case op.read10:
		case op.read12:
		case op.read16:
		case op.verify10:
		case op.verify12:
		case op.verify16:
		case op.modeSense6:
		case op.modeSense10:
		case op.maintenanceIn:
			return 'reads';
		case op.write6:
		case op.write10:
		case op.write12:
		case op.write16:
		case op.writeVerify10:
		case op.writeVerify12:
		case op.writeVerify16:
		case op.synchronizeCache10:
		case op.synchronizeCache16:
			return 'writes';
		case op.startStopUnit:
			return starts(view, at) ? 'always' : 'writes';
		case op.preventAllow:
			return prevents(view, at) ? 'writes' : 'always';
		default:
			return 'always';
	}
}

/** What another's RESERVE lets through; INQUIRY, REPORT LUNS and REQUEST SENSE never come here. */
function passesLegacy(code: number, access: Access): boolean {
	if (code === op.release6 || code === op.release10) return true;
	return access === 'always' && (code === op.readCapacity10 || code === op.serviceActionIn16 || code === op.startStopUnit || code === op.preventAllow);
}

/** RESERVATION CONFLICT when the unit is reserved against this command; undefined when it may go on. */
export function conflict(reservations: Reservations, nexus: Nexus, code: number, view: DataView, at: number): Done | undefined {
	const {legacy} = reservations;
	if (legacy === undefined && reservations.type === undefined) return undefined;
	const access = accessOf(code, view, at);
	const excluded = legacy !== undefined ? legacy !== nexus && !passesLegacy(code, access) : reservations.excludes(nexus.id, access);
	return excluded ? reservationConflict : undefined;
}
