// The two packet sockets of a VN_Port on an interface: FCoE and FIP have an EtherType each, and a socket bound to neither would see, and cost, every frame.

import {NetstressError} from '../base/errors.js';
import type {FramePort} from '../port/port.js';
import {openRingPort, type RingPortOptions} from '../port/ring.js';
import {FC_PAYLOAD_MIN} from '../wire/fc.js';
import {FCOE_ETHERTYPE, FCOE_MTU, fcPayloadLimit} from '../wire/fcoe.js';
import {FIP_ETHERTYPE} from '../wire/fip.js';

/** What FIP needs: some claims padded to the longest frame. */
const FIP_BYTES = 256 << 10;

/** Opens FCoE's and FIP's port on `iface`, in this order. Errors as `openRingPort`; ERR_USAGE for an MTU that holds no FC frame worth the name. */
export function openFcoePorts(iface: string, options: RingPortOptions = {}): readonly FramePort[] {
	const data = openRingPort(iface, {...options, etherType: FCOE_ETHERTYPE});
	try {
		if (fcPayloadLimit(data.mtu) < FC_PAYLOAD_MIN) {
			throw new NetstressError('ERR_USAGE', `${iface} has MTU ${data.mtu}: too small for FCoE; use ${FCOE_MTU} or more: ip link set ${iface} mtu 2500`, {
				iface,
			});
		}
		return [data, openRingPort(iface, {etherType: FIP_ETHERTYPE, receiveBytes: FIP_BYTES})];
	} catch (error) {
		data.close();
		throw error;
	}
}
