// A hub in memory: what one port sends every other one receives, in order, whatever its address says. And a station on it that a test plays by hand.
import type {VirtualClock} from '../../src/base/clock.js';
import {type FramePort, newCounters} from '../../src/port/port.js';
import {FC_HEADER_LENGTH, fCtl, fc, fcType, RX_ID_UNKNOWN, rCtl} from '../../src/wire/fc.js';
import {elsCommand} from '../../src/wire/fc-els.js';
import {FCOE_ETHERTYPE, FCOE_HEADER_LENGTH, FCOE_TRAILER_LENGTH} from '../../src/wire/fcoe.js';
import {FIP_ETHERTYPE, fip, fipOp, vn2vnSubcode} from '../../src/wire/fip.js';
import {viewOf} from '../build.js';
import {type Ends, fcoeFrame, features, fipFrame, type Head, login, macOf, maxSize, nameOf, portMac, request, vnPort} from '../build-fcoe.js';

const ETHERNET = 14;
const FC_AT = ETHERNET + FCOE_HEADER_LENGTH;

/** `count` ports on one wire, with the addresses 02:00:00:00:00:01 and on. */
export function hub(count: number, mtu = 2500): FramePort[] {
	const queues: Uint8Array[][] = Array.from({length: count}, () => []);
	return queues.map((mine, i) => {
		const transmitBytes = new Uint8Array(mtu + ETHERNET).fill(0xa5);
		const counters = newCounters();
		return {
			name: `hub-${i + 1}`,
			mac: Uint8Array.of(2, 0, 0, 0, 0, i + 1),
			mtu,
			receiveSlots: Number.POSITIVE_INFINITY,
			descriptor: -1,
			counters,
			transmitBytes,
			transmitView: viewOf(transmitBytes),
			receive(visit, limit) {
				let shown = 0;
				for (; shown < limit && mine.length > 0; shown++) {
					const frame = mine.shift()!;
					counters.received++;
					visit(viewOf(frame), 0, frame.length);
				}
				return shown;
			},
			reserve: () => 0,
			commit(length) {
				counters.sent++;
				for (const queue of queues) if (queue !== mine) queue.push(transmitBytes.slice(0, length));
			},
			flush: () => 0,
			wait: () => mine.length > 0,
			close() {},
		};
	});
}

/** Whatever has a turn of its own on the wire: a VN_Port. */
export interface Player {
	poll(limit: number): number;
	tick(): void;
	readonly dueMs: number;
}

/** Lets the players work until `untilMs`; `idle` has its turn between. */
export function play(clock: VirtualClock, players: readonly Player[], untilMs: number, idle: () => void = () => {}): void {
	for (;;) {
		let moved = 0;
		for (const player of players) {
			moved += player.poll(64);
			player.tick();
		}
		idle();
		if (moved > 0) continue;
		const due = Math.min(...players.map(({dueMs}) => dueMs));
		if (due > untilMs) break;
		clock.advanceTo(Math.max(due, clock.now() + 0.001));
	}
	clock.advanceTo(untilMs);
}

/** An FC frame that came, or the FIP frame that carries one, taken apart by the wire tables. */
export interface Seen {
	readonly frame: Uint8Array;
	readonly head: ReturnType<typeof fc.decode>;
	readonly payload: Uint8Array;
	/** First byte of a link service's payload. */
	readonly code: number;
}

/** A station that a test plays: it sends what it is told, and shows what came. */
export class Hand {
	readonly port: FramePort;
	readonly id: number;
	readonly wwpn: bigint;
	readonly wwnn: bigint;
	readonly role: 'initiator' | 'target';
	#oxId = 0x100;

	constructor(port: FramePort, id: number, wwpn: bigint, role: 'initiator' | 'target' = 'initiator') {
		this.role = role;
		this.port = port;
		this.id = id;
		this.wwpn = wwpn;
		this.wwnn = wwpn & 0xffff_ffff_ffffn;
	}

	send(frame: Uint8Array): void {
		this.port.transmitBytes.set(frame, this.port.reserve());
		this.port.commit(frame.length);
	}

	get descriptors(): Uint8Array[] {
		return [macOf(this.port.mac), nameOf(this.wwnn), vnPort(this.id, this.wwpn)];
	}

	vn2vn(subcode: number, more: Ends = {}): void {
		const claim = subcode === vn2vnSubcode.claim || subcode === vn2vnSubcode.claimResponse;
		const parts = claim ? [...this.descriptors, features({[`fc4f.feat.fcp.${this.role}`]: 1}), maxSize] : this.descriptors;
		const src = subcode === vn2vnSubcode.beacon ? portMac(this.id) : this.port.mac;
		this.send(fipFrame(fipOp.vn2vn, subcode, parts, {src, ...more}));
	}

	/** Every frame that came. */
	frames(): Uint8Array[] {
		const all: Uint8Array[] = [];
		this.port.receive((view, at, length) => all.push(new Uint8Array(view.buffer, view.byteOffset + at, length).slice()), 1e6);
		return all;
	}

	/** The FC frames to this station that came. */
	seen(): Seen[] {
		return this.frames()
			.filter(frame => frame.length >= 60 && viewOf(frame).getUint16(12) === FCOE_ETHERTYPE)
			.map(frame => {
				const head = fc.decode(viewOf(frame), FC_AT);
				const end = frame.length - FCOE_TRAILER_LENGTH - (head.f_ctl & fCtl.fill);
				const payload = frame.subarray(FC_AT + FC_HEADER_LENGTH, end);
				return {frame, head, payload, code: payload[0] ?? -1};
			})
			.filter(({head}) => head.d_id === this.id);
	}

	/** The FIP frames that came, by operation and subcode. */
	fips(): Array<{op: number; subcode: number; frame: Uint8Array}> {
		return this.frames()
			.filter(frame => frame.length >= 60 && viewOf(frame).getUint16(12) === FIP_ETHERTYPE)
			.map(frame => ({op: fip.fields.opcode.read(viewOf(frame), ETHERNET), subcode: fip.fields.subcode.read(viewOf(frame), ETHERNET), frame}));
	}

	/** Sends an FC frame to `to`. Returns its OX_ID. */
	fc(to: number, head: Head, payload: Uint8Array): number {
		const ox_id = head.ox_id ?? this.#oxId++;
		this.send(fcoeFrame({s_id: this.id, d_id: to, f_ctl: request, rx_id: RX_ID_UNKNOWN, ...head, ox_id}, payload));
		return ox_id;
	}

	els(to: number, payload: Uint8Array, more: Head = {}): number {
		return this.fc(to, {r_ctl: rCtl.elsRequest, type: fcType.els, ...more}, payload);
	}

	plogi(more: Parameters<typeof login>[1] = {}): Uint8Array {
		return login(elsCommand.plogi, {npname: this.wwpn, fnname: this.wwnn, ...more});
	}
}
