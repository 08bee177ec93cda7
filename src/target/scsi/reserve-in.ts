// PERSISTENT RESERVE IN (SPC-4 6.15): who has registered, who has reserved, what is supported.
import {persistentReserveIn} from '../../wire/scsi.js';
import {
	reserveInAction as action,
	fullStatusDescriptor,
	reservationCapabilities,
	reservationDescriptor,
	reservationKey,
	reserveInHead,
} from '../../wire/scsi-reservation.js';
import {invalidField, type Outcome} from './outcome.js';
import type {Reservations} from './reservations.js';

/** The port's number in page 83 and here: there is one. */
const targetPort = 1;

function listOf(reservations: Reservations, length: number): {data: Uint8Array; view: DataView} {
	const data = new Uint8Array(reserveInHead.length + length);
	const view = new DataView(data.buffer);
	reserveInHead.encode({'persresvin.generation_number': reservations.generation, 'persresvin.additional_length': length}, view);
	return {data, view};
}

function keys(reservations: Reservations): Uint8Array {
	const {registrations} = reservations;
	const {data, view} = listOf(reservations, registrations.size * reservationKey.length);
	let at = reserveInHead.length;
	for (const {key} of registrations.values()) {
		reservationKey.encode({_key: key}, view, at);
		at += reservationKey.length;
	}
	return data;
}

function reservation(reservations: Reservations): Uint8Array {
	const {type} = reservations;
	if (type === undefined) return listOf(reservations, 0).data;
	const {data, view} = listOf(reservations, reservationDescriptor.length);
	reservationDescriptor.encode({_key: reservations.heldKey, 'persresv.type': type}, view, reserveInHead.length);
	return data;
}

/** All six types; other initiator ports cannot be named, and nothing outlives the process. ALLOW COMMANDS 0: nothing is said about it. */
function capabilities(): Uint8Array {
	const data = new Uint8Array(reservationCapabilities.length);
	const name = 'persresvin.capabilities';
	reservationCapabilities.encode(
		{
			[`${name}.length`]: data.length,
			[`${name}.crh`]: 1,
			[`${name}.atp_c`]: 1,
			[`${name}.tmv`]: 1,
			[`${name}.wr_ex`]: 1,
			[`${name}.ex_ac`]: 1,
			[`${name}.wr_ex_ro`]: 1,
			[`${name}.ex_ac_ro`]: 1,
			[`${name}.wr_ex_ar`]: 1,
			[`${name}.ex_ac_ar`]: 1,
		},
		new DataView(data.buffer),
	);
	return data;
}

function fullStatus(reservations: Reservations): Uint8Array {
	const all = [...reservations.registrations.values()];
	const {data, view} = listOf(
		reservations,
		all.reduce((sum, {transportId}) => sum + fullStatusDescriptor.length + transportId.length, 0),
	);
	let at = reserveInHead.length;
	for (const {id, key, transportId, allTargetPorts} of all) {
		const holds = reservations.isHolder(id);
		fullStatusDescriptor.encode(
			{
				'persresvin.full_status.key': key,
				'persresvin.full_status.all_tg_pt': allTargetPorts ? 1 : 0,
				'persresvin.full_status.r_holder': holds ? 1 : 0,
				'persresvin.full_status.type': holds ? (reservations.type ?? 0) : 0,
				'persresvin.full_status.rel_tpi': targetPort,
				'persresvin.full_status.additional_length': transportId.length,
			},
			view,
			at,
		);
		data.set(transportId, at + fullStatusDescriptor.length);
		at += fullStatusDescriptor.length + transportId.length;
	}
	return data;
}

const serve: Readonly<Record<number, (reservations: Reservations) => Uint8Array>> = {
	[action.readKeys]: keys,
	[action.readReservation]: reservation,
	[action.reportCapabilities]: capabilities,
	[action.readFullStatus]: fullStatus,
};

export function serveReserveIn(reservations: Reservations, view: DataView, at: number): Outcome {
	const {fields} = persistentReserveIn;
	const answer = serve[fields['.scsi.persresvin.svcaction'].read(view, at)];
	if (answer === undefined) return invalidField(1, 4);
	return {kind: 'reply', data: answer(reservations).subarray(0, fields['.scsi.cdb.alloclen16'].read(view, at))};
}
