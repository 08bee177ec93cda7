// FIP for VN2VN (FC-BB-6 clause 7.9; Linux drivers/scsi/fcoe/fcoe_ctlr.c, fcoe_ctlr_vn_*): a port chooses its own N_Port_ID, asks whether anybody
// has it, claims it, and says every eight seconds that it is there. Pure: messages and time go in, messages and events go out.
import type {Random} from '../base/random.js';
import {seeded} from '../base/random.js';
import {vn2vnSubcode as subcode} from '../wire/fip.js';

/** Milliseconds (include/scsi/fc/fc_fip.h, FIP_VN_*). */
export const timing = {
	probeWait: 100,
	announceWait: 400,
	restartsBeforeRest: 10,
	rest: 10_000,
	beacon: 8000,
	beaconFuzz: 100,
	/** 2.5 beacons without a sign of life. */
	expiry: 20_000,
} as const;

export interface Features {
	readonly target: boolean;
	readonly initiator: boolean;
}

/** What a VN2VN frame says of its sender. */
export interface Vn2vnMessage {
	readonly subcode: number;
	/** "Recorded" in a probe, "point-to-point" in a claim or beacon: one bit. */
	readonly recOrP2p: boolean;
	readonly enodeMac: Uint8Array;
	readonly vnMac: Uint8Array;
	readonly portId: number;
	readonly wwpn: bigint;
	readonly wwnn: bigint;
	/** Largest FCoE payload of the sender; undefined where the frame does not say. */
	readonly fcoeSize: number | undefined;
	readonly features: Features | undefined;
	/** Bytes of the whole frame. */
	readonly length: number;
}

/** A port that has claimed an address on this network. */
export interface Neighbour {
	readonly portId: number;
	readonly wwpn: bigint;
	readonly wwnn: bigint;
	readonly enodeMac: Uint8Array;
	readonly vnMac: Uint8Array;
	fcoeSize: number;
	features: Features | undefined;
	/** When it was heard last. */
	heardMs: number;
	/** It has beaconed since its last claim: it is up. */
	beaconed: boolean;
	/** Longest claim response that came from it: padded to the FCoE size it proves that the path carries frames of that size (FC-BB-6 7.9.8). */
	proven: number;
}

export interface Vn2vnOptions {
	readonly wwpn: bigint;
	/** Point-to-point: two ports only, found through the All-PT2PT group; left for multi-point as soon as a third or a multi-point port is heard. */
	readonly pointToPoint?: boolean;
	/** For the waits; the addresses come from the WWPN, as the standard wants. */
	readonly random: Random;
}

/** Sends one VN2VN frame: to a group (`undefined`: the mode's own) or to one ENode, with `pad` as the FCoE size to pad to. */
export type Vn2vnSend = (subcode: number, to: Uint8Array | undefined, pad?: number) => void;

export interface Vn2vnEvents {
	/** The address is ours: frames to it are to be received from now on. */
	claimed(portId: number): void;
	/** It is ours and beaconed: logins may begin. */
	up(): void;
	/** The address is lost, by conflict or by stopping: every login with it is void. */
	lost(): void;
	/** A new neighbour, by its claim or claim response. */
	found(neighbour: Neighbour): void;
	/** Its first beacon since its claim, while we are up: logging in may begin, or an old login is to be looked at. */
	alive(neighbour: Neighbour): void;
	/** Silent for too long, or its address belongs to somebody else now. */
	gone(neighbour: Neighbour, why: 'silent' | 'replaced'): void;
}

export type Vn2vnState = 'off' | 'start' | 'probe1' | 'probe2' | 'claim' | 'up';

export class Vn2vn {
	state: Vn2vnState = 'off';
	/** Low 16 bits; the upper byte is 0 in VN2VN. */
	portId = 0;
	pointToPoint: boolean;
	readonly neighbours = new Map<number, Neighbour>();
	/** Ports that beacon but have not answered our claim, by WWPN: the answer is as long as the longest frame, so a hop may be too narrow for it. */
	readonly unanswered = new Map<bigint, number>();
	readonly counters = {restarts: 0, conflicts: 0, probesAnswered: 0, claimsAnswered: 0, beacons: 0, expired: 0};
	/** When `tick` has something to do. */
	dueMs = Number.POSITIVE_INFINITY;
	readonly #wwpn: bigint;
	readonly #random: Random;
	readonly #addresses: Random;
	readonly #send: Vn2vnSend;
	readonly #events: Vn2vnEvents;
	#tries = 0;
	#beacons = 0;
	#claimedMs = Number.NEGATIVE_INFINITY;
	#timerMs = Number.POSITIVE_INFINITY;

	constructor({wwpn, pointToPoint = false, random}: Vn2vnOptions, send: Vn2vnSend, events: Vn2vnEvents) {
		this.#wwpn = wwpn;
		this.pointToPoint = pointToPoint;
		this.#random = random;
		this.#addresses = seeded(Number(wwpn & 0xffff_ffffn) ^ Number(wwpn >> 32n));
		this.#send = send;
		this.#events = events;
	}

	/** Whether the address is ours to use. */
	get up(): boolean {
		return this.state === 'up';
	}

	start(nowMs: number): void {
		this.#tries = 0;
		this.#restart(nowMs);
	}

	/** Gives the address up. Logging out before that is the caller's business. */
	stop(): void {
		const had = this.#claimed;
		this.unanswered.clear();
		this.state = 'off';
		this.#timer(Number.POSITIVE_INFINITY);
		this.neighbours.clear();
		if (had) this.#events.lost();
	}

	/** From now on this is a multi-point port, if it was not. */
	#leavePointToPoint(nowMs: number): void {
		this.pointToPoint = false;
		this.#restart(nowMs);
	}

	/** fcoe_ctlr_vn_restart: the next address, first the WWPN's low bits, then random ones; after ten tries with rests between. */
	#restart(nowMs: number): void {
		const had = this.#claimed;
		if (this.#tries > 0) {
			this.portId = this.#addresses.below(0x1_0000);
			this.counters.restarts++;
		} else if (this.portId === 0) this.portId = Number(this.#wwpn & 0xffffn) ^ Number((this.#wwpn >> 48n) & 0xfffn);
		if (this.portId === 0 || this.portId === 0xffff) this.portId = 1;
		this.state = 'start';
		let wait: number = timing.rest;
		if (this.#tries < timing.restartsBeforeRest) {
			this.#tries++;
			wait = this.#random.below(timing.probeWait);
		}
		this.#timer(nowMs + wait);
		this.neighbours.clear();
		if (had) this.#events.lost();
	}

	get #claimed(): boolean {
		return this.state === 'claim' || this.state === 'up';
	}

	#timer(atMs: number): void {
		this.#timerMs = atMs;
		this.#plan();
	}

	#plan(): void {
		let due = this.#timerMs;
		if (this.state === 'up') {
			for (const {heardMs} of this.neighbours.values()) due = Math.min(due, heardMs + timing.expiry);
		}
		this.dueMs = due;
	}

	#claim(nowMs: number): void {
		this.#send(subcode.claim, undefined);
		this.#claimedMs = nowMs;
	}

	/** Does what is due. */
	tick(nowMs: number): void {
		if (nowMs < this.dueMs) return;
		if (nowMs >= this.#timerMs) this.#expire(nowMs);
		if (this.state === 'up') this.#age(nowMs);
		this.#plan();
	}

	#expire(nowMs: number): void {
		switch (this.state) {
			case 'start':
				this.state = 'probe1';
				this.#send(subcode.probeRequest, undefined);
				this.#timerMs = nowMs + timing.probeWait;
				break;
			case 'probe1':
				this.state = 'probe2';
				this.#send(subcode.probeRequest, undefined);
				this.#timerMs = nowMs + timing.announceWait;
				break;
			case 'probe2':
				this.state = 'claim';
				this.#events.claimed(this.portId);
				this.#claim(nowMs);
				this.#timerMs = nowMs + timing.announceWait;
				break;
			case 'claim':
				this.state = 'up';
				this.#beacons = 0;
				this.#beacon(nowMs);
				for (const neighbour of this.neighbours.values()) if (neighbour.beaconed) this.#events.alive(neighbour);
				this.#events.up();
				break;
			case 'up':
				this.#beacon(nowMs);
				break;
			default:
				this.#timerMs = Number.POSITIVE_INFINITY;
		}
	}

	/** The second beacon follows the first soon: one of them may be lost, and login waits for it. */
	#beacon(nowMs: number): void {
		this.#send(subcode.beacon, undefined);
		this.counters.beacons++;
		this.#timerMs = nowMs + (this.#beacons++ === 0 ? timing.announceWait : timing.beacon + this.#random.below(timing.beaconFuzz + 1));
		this.#tries = 0;
	}

	#age(nowMs: number): void {
		for (const [portId, neighbour] of this.neighbours) {
			if (nowMs < neighbour.heardMs + timing.expiry) continue;
			this.neighbours.delete(portId);
			this.counters.expired++;
			this.#events.gone(neighbour, 'silent');
		}
	}

	/** A well-formed VN2VN frame of somebody else (table of states and frames: fcoe_ctlr_vn_probe_req and those below it). */
	receive(message: Vn2vnMessage, nowMs: number): void {
		if (this.state === 'off' || message.wwpn === this.#wwpn) return;
		const {subcode: kind, portId, recOrP2p} = message;
		if (this.pointToPoint && kind !== subcode.probeReply && !recOrP2p) {
			this.#leavePointToPoint(nowMs);
			return;
		}
		if (!this.pointToPoint && recOrP2p && (kind === subcode.claim || kind === subcode.beacon)) {
			// a point-to-point port: the probe tells it that there is a multi-point network here
			this.#send(subcode.probeRequest, undefined);
			return;
		}
		const mine = portId === this.portId;
		if (kind === subcode.probeRequest) this.#probed(message, mine, nowMs);
		else if (kind === subcode.probeReply) this.#denied(mine, nowMs);
		else if (kind === subcode.claim) this.#claimHeard(message, mine, nowMs);
		else if (kind === subcode.claimResponse) {
			if (this.#claimed && !mine) this.#add(message, nowMs);
		} else if (kind === subcode.beacon) this.#beaconHeard(message, mine, nowMs);
		this.#plan();
	}

	#probed({wwpn, recOrP2p, enodeMac}: Vn2vnMessage, mine: boolean, nowMs: number): void {
		if (!mine) return;
		const probing = this.state === 'probe1' || this.state === 'probe2';
		if (this.#claimed || (probing && this.#wwpn > wwpn && !(recOrP2p && !this.pointToPoint))) {
			this.counters.probesAnswered++;
			this.#send(subcode.probeReply, enodeMac);
			return;
		}
		this.counters.conflicts++;
		this.#restart(nowMs);
	}

	#denied(mine: boolean, nowMs: number): void {
		if (!mine) return;
		this.counters.conflicts++;
		if (this.state === 'up') this.#claim(nowMs);
		else this.#restart(nowMs);
	}

	#claimHeard(message: Vn2vnMessage, mine: boolean, nowMs: number): void {
		if (!this.#claimed) {
			if (!mine) return;
			this.counters.conflicts++;
			this.#restart(nowMs);
			return;
		}
		if (mine) {
			this.counters.conflicts++;
			if (message.wwpn > this.#wwpn) this.#restart(nowMs);
			else this.#claim(nowMs);
			return;
		}
		this.counters.claimsAnswered++;
		this.#send(subcode.claimResponse, message.enodeMac, message.fcoeSize ?? 0);
		this.#add(message, nowMs);
	}

	#beaconHeard(message: Vn2vnMessage, mine: boolean, nowMs: number): void {
		if (mine) {
			// somebody beacons with our address: the claim is what settles it
			this.counters.conflicts++;
			if (this.#claimed && nowMs > this.#claimedMs + timing.announceWait) this.#claim(nowMs);
			return;
		}
		const known = this.neighbours.get(message.portId);
		if (known === undefined || known.wwpn !== message.wwpn || known.wwnn !== message.wwnn) {
			if (this.state === 'up' && nowMs > this.#claimedMs + timing.announceWait) {
				this.unanswered.set(message.wwpn, (this.unanswered.get(message.wwpn) ?? 0) + 1);
				this.#claim(nowMs);
			}
			return;
		}
		const first = !known.beaconed;
		known.beaconed = true;
		known.heardMs = nowMs;
		if (first && this.state === 'up') this.#events.alive(known);
	}

	/** fcoe_ctlr_vn_add: a claim makes a neighbour; another name on a known address replaces the old one. */
	#add(message: Vn2vnMessage, nowMs: number): void {
		const {portId, wwpn, wwnn, enodeMac, vnMac, fcoeSize, features, length} = message;
		this.unanswered.delete(wwpn);
		const proven = message.subcode === subcode.claimResponse ? length : 0;
		const known = this.neighbours.get(portId);
		if (known !== undefined && known.wwpn === wwpn && known.wwnn === wwnn && known.enodeMac.every((byte, i) => byte === enodeMac[i])) {
			known.fcoeSize = fcoeSize ?? known.fcoeSize;
			known.features = features ?? known.features;
			known.proven = Math.max(known.proven, proven);
			known.heardMs = nowMs;
			// it claims anew: restarted perhaps, so its next beacon counts as its first, and logins are looked at again
			if (message.subcode === subcode.claim) known.beaconed = false;
			return;
		}
		if (known !== undefined) {
			this.neighbours.delete(portId);
			this.#events.gone(known, 'replaced');
		}
		// the same port with a new address has left the old one
		for (const [oldId, other] of this.neighbours) {
			if (other.wwpn !== wwpn) continue;
			this.neighbours.delete(oldId);
			this.#events.gone(other, 'replaced');
		}
		if (this.pointToPoint && this.neighbours.size > 0) {
			this.#leavePointToPoint(nowMs);
			return;
		}
		const neighbour: Neighbour = {
			portId,
			wwpn,
			wwnn,
			enodeMac: enodeMac.slice(),
			vnMac: vnMac.slice(),
			fcoeSize: fcoeSize ?? 0,
			features,
			heardMs: nowMs,
			beaconed: false,
			proven,
		};
		this.neighbours.set(portId, neighbour);
		this.#events.found(neighbour);
	}
}
