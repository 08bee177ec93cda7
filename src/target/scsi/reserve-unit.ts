// RESERVE and RELEASE (6) and (10) (SPC-2 7.21 to 7.24), and how they get on with persistent reservations (SPC-4 5.13.3).
import {reserve10} from '../../wire/scsi.js';
import {reservationConflict} from './conflict.js';
import type {Nexus} from './nexus.js';
import {type Done, good, invalidField} from './outcome.js';
import type {Reservations} from './reservations.js';

/** Third parties, extents and long identifiers are obsolete and refused. */
function refuse(view: DataView, at: number, long: boolean): Done | undefined {
	const {fields} = reserve10;
	if (fields._3rdpty.read(view, at) !== 0) return invalidField(1, 4);
	if (long && fields._longid.read(view, at) !== 0) return invalidField(1, 1);
	return fields._extent.read(view, at) === 0 ? undefined : invalidField(1, 0);
}

/** What persistent reservations say first: GOOD without doing anything, a conflict, or nothing. */
function persistent(reservations: Reservations, nexus: Nexus): Done | undefined {
	if (reservations.sparesLegacy(nexus.id)) return good;
	return reservations.registrations.size > 0 ? reservationConflict : undefined;
}

export function serveReserve(reservations: Reservations, nexus: Nexus, view: DataView, at: number, long: boolean): Done {
	const done = refuse(view, at, long) ?? persistent(reservations, nexus);
	if (done !== undefined) return done;
	if (reservations.legacy !== undefined && reservations.legacy !== nexus) return reservationConflict;
	reservations.legacy = nexus;
	return good;
}

/** A release by somebody who holds nothing is GOOD and changes nothing (SPC-2 7.21). */
export function serveRelease(reservations: Reservations, nexus: Nexus, view: DataView, at: number, long: boolean): Done {
	const done = refuse(view, at, long) ?? persistent(reservations, nexus);
	if (done !== undefined) return done;
	if (reservations.legacy === nexus) reservations.legacy = undefined;
	return good;
}
