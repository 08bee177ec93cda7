// The AoE target: one frame in, one reply for each export it addresses. Pure: frames come from a port and go to the same port; no clock, no sockets.
import type {FramePort} from '../../port/port.js';
import {ALL_SHELVES, ALL_SLOTS, AOE_ETHERTYPE, AOE_VERSION, ATA_DATA_AT, aoe, aoeCommand, aoeError, ETHERNET_LENGTH} from '../../wire/aoe.js';
import {answerMask, answerReserve} from './access.js';
import {answerAta} from './ata.js';
import {answerConfig, writeConfig} from './config.js';
import type {AoeExport} from './export.js';
import {ARGUMENTS_AT, address, type Exchange, echo, pad, refuse} from './reply.js';

export interface AoeTargetCounters {
	/** Frames that came in. */
	frames: number;
	replies: number;
	/** Not for us: another EtherType, a response, another shelf or slot. */
	ignored: number;
	/** Shorter than an AoE header. */
	runts: number;
	/** Replies lost because the transmit side had no free slot. */
	unsent: number;
}

const BROADCAST = new Uint8Array(6).fill(0xff);
const keyOf = (shelf: number, slot: number) => shelf * 256 + slot;

/** Answers the AoE frames of one port for its exports. */
export class AoeTarget {
	readonly counters: AoeTargetCounters = {frames: 0, replies: 0, ignored: 0, runts: 0, unsent: 0};
	readonly #exports: readonly AoeExport[];
	readonly #byAddress = new Map<number, AoeExport>();
	readonly #exchange: Exchange;
	#rxBuffer: ArrayBufferLike | undefined;

	constructor(port: FramePort, exports: readonly AoeExport[]) {
		this.#exports = exports;
		for (const target of exports) this.#byAddress.set(keyOf(target.shelf, target.slot), target);
		const {transmitView: outView, transmitBytes: out} = port;
		this.#exchange = {port, view: outView, bytes: out, at: 0, length: 0, outView, out, to: 0, direct: port.gather !== undefined, dataAddress: 0, dataLength: 0};
	}

	/** Takes in up to `limit` frames, answers them and sends the answers with one kick. Returns how many frames there were. */
	poll(limit: number): number {
		const {port} = this.#exchange;
		const count = port.receive(this.#visit, limit);
		if (count > 0) {
			port.flush();
			// A mapped read failed, and its reply with it. The initiator asks again, and then `read` finds out what is wrong and says so.
			if (this.#exchange.direct && port.takeFault?.()) this.#exchange.direct = false;
		}
		return count;
	}

	/** Tells everybody that the exports are there: a config response nobody asked for (AoEr11 3.2, "unsolicited"). */
	announce(): void {
		const exchange = this.#exchange;
		for (const target of this.#exports) {
			const to = exchange.port.reserve();
			if (to < 0) break;
			exchange.to = to;
			exchange.out.set(BROADCAST, to);
			exchange.out.set(exchange.port.mac, to + 6);
			exchange.outView.setUint16(to + 12, AOE_ETHERTYPE);
			aoe.encode({version: AOE_VERSION, response: 1, major: target.shelf, minor: target.slot, cmd: aoeCommand.config}, exchange.outView, to + ETHERNET_LENGTH);
			exchange.port.commit(pad(exchange, writeConfig(exchange, target, 0)));
		}
		exchange.port.flush();
	}

	readonly #visit = (view: DataView, at: number, length: number): void => {
		this.counters.frames++;
		if (length < ARGUMENTS_AT) {
			this.counters.runts++;
			return;
		}
		const head = at + ETHERNET_LENGTH;
		if (view.getUint16(at + 12) !== AOE_ETHERTYPE || aoe.fields.response.read(view, head) === 1) {
			this.counters.ignored++;
			return;
		}
		const exchange = this.#exchange;
		exchange.view = view;
		exchange.at = at;
		exchange.length = length;
		if (this.#rxBuffer !== view.buffer || exchange.bytes.byteOffset !== view.byteOffset) {
			this.#rxBuffer = view.buffer;
			exchange.bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
		}
		const shelf = aoe.fields.major.read(view, head);
		const slot = aoe.fields.minor.read(view, head);
		if (shelf !== ALL_SHELVES && slot !== ALL_SLOTS) {
			const target = this.#byAddress.get(keyOf(shelf, slot));
			if (target) this.#answer(target);
			else this.counters.ignored++;
			return;
		}
		for (const target of this.#exports) {
			if ((shelf === ALL_SHELVES || shelf === target.shelf) && (slot === ALL_SLOTS || slot === target.slot)) this.#answer(target);
		}
	};

	#answer(target: AoeExport): void {
		const exchange = this.#exchange;
		if (!target.mask.empty && !target.mask.has(exchange.bytes, exchange.at + 6)) {
			target.counters.unanswered++;
			return;
		}
		const to = exchange.port.reserve();
		if (to < 0) {
			this.counters.unsent++;
			return;
		}
		exchange.to = to;
		echo(exchange, Math.min(exchange.length, ATA_DATA_AT));
		address(exchange, target);
		const length = this.#dispatch(target);
		if (length === 0) return;
		if (exchange.dataAddress === 0) {
			exchange.port.commit(pad(exchange, length));
		} else {
			exchange.port.gather!(length, exchange.dataAddress, exchange.dataLength);
			exchange.dataAddress = 0;
		}
		this.counters.replies++;
	}

	/** Writes the reply's arguments and data. Returns the frame's length, 0 for no reply. */
	#dispatch(target: AoeExport): number {
		const exchange = this.#exchange;
		const head = exchange.at + ETHERNET_LENGTH;
		if (aoe.fields.version.read(exchange.view, head) !== AOE_VERSION) return refuse(exchange, target, aoeError.unsupportedVersion);
		switch (aoe.fields.cmd.read(exchange.view, head)) {
			case aoeCommand.ata:
				return answerAta(exchange, target);
			case aoeCommand.config:
				return answerConfig(exchange, target);
			case aoeCommand.macMask:
				return answerMask(exchange, target);
			case aoeCommand.reserve:
				return answerReserve(exchange, target);
			default:
				return refuse(exchange, target, aoeError.unrecognizedCommand);
		}
	}
}
