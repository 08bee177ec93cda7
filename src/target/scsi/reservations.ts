// Who has registered with a logical unit and who has reserved it: persistent reservations (SPC-4 5.13) and RESERVE/RELEASE (SPC-2 5.5).
// A registration belongs to an initiator port, not to its session: it stays when the session is lost and through every reset, and goes with the process.
import {reservationType as type} from '../../wire/scsi-reservation.js';
import type {Nexus} from './nexus.js';

export interface Registration {
	/** The initiator port: `Nexus.id`. */
	readonly id: string;
	readonly transportId: Uint8Array;
	key: bigint;
	/** Registered with ALL_TG_PT. There is one target port, so it means nothing more. */
	allTargetPorts: boolean;
}

/** Types whose reservation all registrants hold together (SPC-4 5.13.9). */
export const forAllRegistrants = (kind: number): boolean => kind === type.writeExclusiveAllRegistrants || kind === type.exclusiveAccessAllRegistrants;
/** Types that let every registrant in. */
export const forRegistrants = (kind: number): boolean => kind >= type.writeExclusiveRegistrantsOnly;
const excludesReads = (kind: number) =>
	kind === type.exclusiveAccess || kind === type.exclusiveAccessRegistrantsOnly || kind === type.exclusiveAccessAllRegistrants;

/** What a command does, as far as reservations care: see conflict.ts. */
export type Access = 'always' | 'reads' | 'writes';

export class Reservations {
	/** Counts what changes registrations (PRGENERATION, SPC-4 5.13.6). */
	generation = 0;
	/** By `Nexus.id`. */
	readonly registrations = new Map<string, Registration>();
	/** The type of the persistent reservation; undefined when there is none. */
	type: number | undefined;
	/** `Nexus.id` of who holds it; undefined when all registrants do. */
	#holder: string | undefined;
	/** Who holds a reservation of RESERVE(6) or (10). */
	legacy: Nexus | undefined;

	isHolder(id: string): boolean {
		if (this.type === undefined) return false;
		return forAllRegistrants(this.type) ? this.registrations.has(id) : this.#holder === id;
	}

	/** The key of the reservation as READ RESERVATION gives it: 0 when all registrants hold it (SPC-4 6.15.3.2). */
	get heldKey(): bigint {
		return this.#holder === undefined ? 0n : (this.registrations.get(this.#holder)?.key ?? 0n);
	}

	reserve(id: string, kind: number): void {
		this.type = kind;
		this.#holder = forAllRegistrants(kind) ? undefined : id;
	}

	release(): void {
		this.type = undefined;
		this.#holder = undefined;
	}

	/** Removes a registration, and the reservation with it when it was its last holder's. True when the reservation went. */
	remove(id: string): boolean {
		const wasHolder = this.isHolder(id);
		this.registrations.delete(id);
		if (!wasHolder || (this.#holder === undefined && this.registrations.size > 0)) return false;
		this.release();
		return true;
	}

	/** Whether the persistent reservation keeps a command of this nexus out (SPC-4 table 44, SBC-3 table 13). */
	excludes(id: string, access: Access): boolean {
		if (this.type === undefined || access === 'always' || this.isHolder(id)) return false;
		if (forRegistrants(this.type) && this.registrations.has(id)) return false;
		return access === 'writes' || excludesReads(this.type);
	}

	/** Whether RESERVE and RELEASE of this nexus do nothing and say GOOD (SPC-4 5.13.3, CRH). */
	sparesLegacy(id: string): boolean {
		return this.type !== undefined && (this.isHolder(id) || (forRegistrants(this.type) && this.registrations.has(id)));
	}
}
