// PERSISTENT RESERVE OUT (SPC-4 5.13, 6.16): register, reserve, release, clear, preempt. REGISTER AND MOVE, SPEC_I_PT and APTPL are refused.
import {persistentReserveOut} from '../../wire/scsi.js';
import {additionalSense, senseKey} from '../../wire/scsi-names.js';
import {reserveOutAction as action, reservationTypeNames, reserveOutParameters} from '../../wire/scsi-reservation.js';
import {reservationConflict} from './conflict.js';
import type {Nexus} from './nexus.js';
import {check, type Done, good, invalidField, type Outcome} from './outcome.js';
import {forAllRegistrants, forRegistrants, type Reservations} from './reservations.js';

/** Registrations of one unit: above it there are no resources, so that ports that come and go cannot fill the memory. */
const maxRegistrations = 1024;
/** Bytes of a parameter list that is still taken in, although only the first 24 mean something. */
const maxList = 0x2000;

/** What a service action works on. */
interface Scene {
	readonly reservations: Reservations;
	readonly lun: number;
	readonly nexus: Nexus;
	/** Everybody who is logged in: who hears of it, if it concerns them. */
	readonly attached: Iterable<Nexus>;
	readonly scope: number;
	readonly type: number;
	readonly key: bigint;
	readonly actionKey: bigint;
	readonly allTargetPorts: boolean;
}

const wrongParameter = (field: number, bit?: number) => check(senseKey.illegalRequest, additionalSense.invalidFieldInParameters, field, bit);
const wrongLength = () => check(senseKey.illegalRequest, additionalSense.parameterListLength);

/** A unit attention for every port that `concerns` picks, but for the one whose command this is. */
function tell({nexus, attached, lun}: Scene, code: number, concerns: (id: string) => boolean): void {
	for (const each of attached) if (each.id !== nexus.id && concerns(each.id)) each.attend(lun, code);
}

const validType = (scene: Scene) => scene.scope === 0 && Object.hasOwn(reservationTypeNames, scene.type);

/** REGISTER and REGISTER AND IGNORE EXISTING KEY (SPC-4 5.13.7, tables 45 and 46). */
function register(scene: Scene): Done {
	const {reservations, nexus, actionKey, allTargetPorts} = scene;
	const {registrations} = reservations;
	const own = registrations.get(nexus.id);
	if (actionKey === 0n) {
		if (own === undefined) return good;
		const {type} = reservations;
		// a registrants-only reservation that goes is told to those who could use it; if all held it, nobody is left (SPC-4 5.13.11.2.2)
		if (reservations.remove(nexus.id) && type !== undefined && forRegistrants(type))
			tell(scene, additionalSense.reservationsReleased, id => registrations.has(id));
	} else if (own !== undefined) {
		own.key = actionKey;
		own.allTargetPorts = allTargetPorts;
	} else {
		if (registrations.size >= maxRegistrations) return check(senseKey.illegalRequest, additionalSense.insufficientRegistrationResources);
		registrations.set(nexus.id, {id: nexus.id, transportId: nexus.transportId, key: actionKey, allTargetPorts});
	}
	reservations.generation = (reservations.generation + 1) >>> 0;
	return good;
}

/** RESERVE (SPC-4 5.13.9): a holder may ask again for what it has, nobody for anything else. */
function reserve(scene: Scene): Done {
	const {reservations, nexus, type} = scene;
	if (!validType(scene)) return invalidField(2);
	if (reservations.type === undefined) reservations.reserve(nexus.id, type);
	else if (!reservations.isHolder(nexus.id) || reservations.type !== type) return reservationConflict;
	return good;
}

/** RELEASE (SPC-4 5.13.11.2.1): by who holds nothing it changes nothing. */
function release(scene: Scene): Done {
	const {reservations, nexus, type} = scene;
	if (reservations.type === undefined || !reservations.isHolder(nexus.id)) return good;
	if (scene.scope !== 0 || reservations.type !== type) return check(senseKey.illegalRequest, additionalSense.invalidRelease);
	reservations.release();
	if (forRegistrants(type)) tell(scene, additionalSense.reservationsReleased, id => reservations.registrations.has(id));
	return good;
}

/** CLEAR (SPC-4 5.13.11.2.6). */
function clear(scene: Scene): Done {
	const {reservations} = scene;
	tell(scene, additionalSense.reservationsPreempted, id => reservations.registrations.has(id));
	reservations.release();
	reservations.registrations.clear();
	reservations.generation = (reservations.generation + 1) >>> 0;
	return good;
}

/** PREEMPT and PREEMPT AND ABORT (SPC-4 5.13.11.2.4, 5.13.11.2.5). */
function preempt(scene: Scene, abort: boolean): Done {
	const {reservations, nexus, type, actionKey} = scene;
	const {registrations} = reservations;
	const before = reservations.type;
	const heldByAll = before !== undefined && forAllRegistrants(before);
	if (actionKey === 0n && !heldByAll) return wrongParameter(8);
	const takesOver = before !== undefined && reservations.heldKey === actionKey;
	const named = [...registrations.values()].filter(({id, key}) => (actionKey === 0n ? id !== nexus.id : key === actionKey)).map(({id}) => id);
	if (named.length === 0 && !takesOver) return reservationConflict;
	if (takesOver && !validType(scene)) return invalidField(2);
	// who takes the reservation over keeps its registration; who only removes registrations may remove its own
	const gone = new Set(takesOver ? named.filter(id => id !== nexus.id) : named);
	if (takesOver) {
		for (const id of gone) registrations.delete(id);
		reservations.reserve(nexus.id, type);
		if (before !== type) tell(scene, additionalSense.reservationsReleased, id => registrations.has(id));
	} else for (const id of gone) reservations.remove(id);
	tell(scene, additionalSense.registrationsPreempted, id => gone.has(id));
	if (abort) for (const each of scene.attached) if (gone.has(each.id)) each.abortTasks(scene.lun);
	reservations.generation = (reservations.generation + 1) >>> 0;
	return good;
}

function perform(code: number, scene: Scene): Done {
	const own = scene.reservations.registrations.get(scene.nexus.id);
	if (code === action.registerAndIgnore) return register(scene);
	// a port that is not registered shows the key 0 to register; everything else needs the key that it has (SPC-4 5.13.7, 5.13.8)
	if (code === action.register) return (own?.key ?? 0n) === scene.key ? register(scene) : reservationConflict;
	if (own === undefined || own.key !== scene.key) return reservationConflict;
	switch (code) {
		case action.reserve:
			return reserve(scene);
		case action.release:
			return release(scene);
		case action.clear:
			return clear(scene);
		default:
			return preempt(scene, code === action.preemptAndAbort);
	}
}

/** Begins the command: it is carried out when its parameter list is here (`ParameterWrite`). */
export function serveReserveOut(reservations: Reservations, nexus: Nexus, attached: Iterable<Nexus>, lun: number, view: DataView, at: number): Outcome {
	const {fields} = persistentReserveOut;
	const code = fields['.scsi.persresvout.svcaction'].read(view, at);
	const scope = fields['.scsi.persresv.scope'].read(view, at);
	const type = fields['.scsi.persresv.type'].read(view, at);
	const length = fields['.scsi.cdb.paramlen16'].read(view, at);
	if (code > action.registerAndIgnore) return invalidField(1, 4);
	if (length < reserveOutParameters.length || length > maxList) return wrongLength();
	const registers = code === action.register || code === action.registerAndIgnore;
	const act = (list: Uint8Array): Done => {
		// somebody may have reserved the unit while the list was on its way
		if (reservations.legacy) return reservationConflict;
		const given = reserveOutParameters.decode(new DataView(list.buffer, list.byteOffset, list.length));
		if (given['persresv.control.spec_i_pt'] === 1) return wrongParameter(20, 3);
		if (length !== reserveOutParameters.length) return wrongLength();
		if (registers && given['persresv.control.aptpl'] === 1) return wrongParameter(20, 0);
		const scene = {reservations, lun, nexus, attached, scope, type, key: given._key, actionKey: given._action_key};
		return perform(code, {...scene, allTargetPorts: given['persresv.control.all_tg_pt'] === 1});
	};
	return {kind: 'write', mode: 'parameters', length, list: new Uint8Array(length), received: 0, act};
}
