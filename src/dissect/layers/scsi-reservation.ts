// What PERSISTENT RESERVE IN returns, as nodes (SPC-4 6.15).

import type {Node} from '../../wire/header.js';
import {
	fullStatusDescriptor,
	reservationCapabilities,
	reservationDescriptor,
	reservationKey,
	reserveInAction,
	reserveInHead,
} from '../../wire/scsi-reservation.js';
import {transportIdText} from '../../wire/scsi-transport-id.js';
import {generated, present, type Source} from '../tree.js';

/** The nodes of the data between `at` and `end`; undefined for a service action that is not known. */
export function reservationData(source: Source, at: number, end: number, action: number): Node[] | undefined {
	const {view, bytes} = source;
	if (action === reserveInAction.reportCapabilities) return present(reservationCapabilities, view, at, end);
	if (action > reserveInAction.readFullStatus) return undefined;
	const nodes = present(reserveInHead, view, at, end);
	if (end - at < reserveInHead.length) return nodes;
	const first = at + reserveInHead.length;
	const stop = Math.min(end, first + view.getUint32(at + 4));
	if (action === reserveInAction.readReservation) {
		if (stop > first) nodes.push(...present(reservationDescriptor, view, first, stop));
	} else if (action === reserveInAction.readKeys) {
		for (let place = first; place + reservationKey.length <= stop; place += reservationKey.length) nodes.push(...present(reservationKey, view, place, stop));
	} else {
		for (let place = first; place + fullStatusDescriptor.length <= stop; ) {
			nodes.push(...present(fullStatusDescriptor, view, place, stop));
			const from = place + fullStatusDescriptor.length;
			const to = Math.min(stop, from + view.getUint32(place + 20));
			if (to > from) nodes.push(generated('scsi.persresvin.full_status.transport_id', transportIdText(bytes.subarray(from, to)), from, to - from));
			place = to;
		}
	}
	return nodes;
}
