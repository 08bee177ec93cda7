// What a VN_Port sends apart from FCP: link services of one frame, in FCoE or in FIP, and FIP's own messages.
import type {FramePort} from '../port/port.js';
import {FC_HEADER_LENGTH, fcType, RX_ID_UNKNOWN} from '../wire/fc.js';
import {FCOE_MTU} from '../wire/fcoe.js';
import {allP2p, allVn2vn, vlanSubcode} from '../wire/fip.js';
import type {ElsWriter} from './els.js';
import {encapsulatedAt, type Speaker, writeEncapsulated, writeVlan, writeVn2vn} from './fip-frames.js';
import {type FrameWriter, vnMac, writeFcHead} from './frame.js';
import type {Features} from './vn2vn.js';

/** Who sends. */
export interface SenderNames {
	readonly wwpn: bigint;
	readonly wwnn: bigint;
	readonly roles: Features;
	readonly portId: () => number;
}

/** Where a link service belongs: the exchange and its sides. */
export interface ServiceHead {
	readonly rCtl: number;
	readonly type: number;
	readonly fCtl: number;
	readonly dId: number;
	readonly oxId: number;
	/** Unknown when left out. */
	readonly rxId?: number;
}

/** FIP's part of a link service in FIP. */
export interface FipEnvelope {
	readonly subcode: number;
	readonly descriptor: number;
	readonly to: Uint8Array;
	/** Whether it offers or grants the MAC address of its N_Port_ID. */
	readonly withMac: boolean;
}

export class Sender {
	readonly #out: FramePort;
	readonly #writer: FrameWriter;
	readonly #names: SenderNames;
	#seqId = 0;

	constructor(out: FramePort, writer: FrameWriter, names: SenderNames) {
		this.#out = out;
		this.#writer = writer;
		this.#names = names;
	}

	get speaker(): Speaker {
		const {wwpn, wwnn, roles} = this.#names;
		const portId = this.#names.portId();
		return {enodeMac: this.#out.mac, vnMac: vnMac(portId), portId, wwpn, wwnn, fcoeSize: Math.min(FCOE_MTU, this.#out.mtu), features: roles};
	}

	/** A VN2VN message; to everybody when `to` is undefined. */
	vn2vn(sub: number, to: Uint8Array | undefined, pointToPoint: boolean, padTo = 0): void {
		const at = this.#reserve();
		if (at < 0) return;
		const group = pointToPoint ? allP2p : allVn2vn;
		this.#out.commit(writeVn2vn(this.#out.transmitView, at, this.speaker, sub, to ?? group, pointToPoint, padTo));
	}

	/** Asks everybody for VLANs. */
	vlanRequest(): void {
		this.#vlan(vlanSubcode.request, allVn2vn, []);
	}

	vlanNotification(to: Uint8Array, vlans: readonly number[]): void {
		this.#vlan(vlanSubcode.vn2vnNotification, to, vlans);
	}

	#vlan(sub: number, to: Uint8Array, vlans: readonly number[]): void {
		const at = this.#reserve();
		if (at >= 0) this.#out.commit(writeVlan(this.#out.transmitView, at, this.speaker, sub, to, vlans));
	}

	/** A link service of one FCoE frame. */
	service(write: ElsWriter, head: ServiceHead): void {
		const at = this.#writer.open();
		if (at < 0) return;
		this.#head(head);
		this.#writer.close(write(this.#out.transmitView, at));
	}

	/** A link service in a FIP frame. */
	serviceInFip(write: ElsWriter, head: Omit<ServiceHead, 'type'>, {subcode, descriptor, to, withMac}: FipEnvelope): void {
		const at = this.#reserve();
		if (at < 0) return;
		const view = this.#out.transmitView;
		const place = encapsulatedAt(at);
		this.#head({...head, type: fcType.els});
		writeFcHead(view, place, this.#writer.head);
		const length = FC_HEADER_LENGTH + write(view, place + FC_HEADER_LENGTH);
		this.#out.commit(writeEncapsulated(view, at, this.speaker, subcode, descriptor, to, length, withMac));
	}

	/** Room for a frame; below 0 there is none, which is counted. */
	#reserve(): number {
		const at = this.#out.reserve();
		if (at < 0) this.#writer.unsent++;
		return at;
	}

	#head({rCtl: control, type, fCtl, dId, oxId, rxId = RX_ID_UNKNOWN}: ServiceHead): void {
		const {head} = this.#writer;
		this.#seqId = (this.#seqId + 1) & 0xff;
		head.rCtl = control;
		head.type = type;
		head.fCtl = fCtl;
		head.dId = dId;
		head.sId = this.#names.portId();
		head.oxId = oxId;
		head.rxId = rxId;
		head.seqId = this.#seqId;
		head.seqCnt = 0;
		head.parameter = 0;
		head.first = true;
		head.last = true;
	}
}
