// Frames of a ring to the protocols' matchers: Ethernet, one tag, IP and TCP headers by their tables. Bytes of a network: never throws.
import {AOE_ETHERTYPE, ETHERNET_LENGTH} from '../../wire/aoe.js';
import {FCOE_ETHERTYPE} from '../../wire/fcoe.js';
import {ipv4} from '../../wire/ipv4.js';
import {ipv6} from '../../wire/ipv6.js';
import {iscsiPort} from '../../wire/iscsi.js';
import {tcp} from '../../wire/tcp.js';
import type {StorageSample} from '../sample.js';
import {takeAoe, takeFcoe} from './blocks.js';
import {IscsiMatcher} from './iscsi.js';
import {Pairs} from './pairs.js';

/** A frame as a ring shows it. */
export interface SeenFrame {
	readonly view: DataView;
	readonly at: number;
	readonly length: number;
	readonly originalLength: number;
	readonly seconds: number;
	readonly nanoseconds: number;
}

const tcpProtocol = 6;

export class StorageFrames {
	readonly #aoe = new Pairs('aoe');
	readonly #fcoe = new Pairs('fcoe');
	readonly #iscsi = new Pairs('iscsi');
	readonly #matcher = new IscsiMatcher(this.#iscsi);
	/** Seconds since 1970 at the first frame: what is left fits a number exactly in nanoseconds. */
	#epoch: number | undefined;
	#lastNs = 0;

	take({view, at, length, originalLength, seconds, nanoseconds}: SeenFrame): void {
		this.#epoch ??= seconds;
		const timeNs = (seconds - this.#epoch) * 1e9 + nanoseconds;
		this.#lastNs = Math.max(this.#lastNs, timeNs);
		const end = Math.min(at + length, view.byteLength);
		if (end - at < ETHERNET_LENGTH + 4) return;
		const outer = view.getUint16(at + 12);
		const tagged = outer === 0x8100 || outer === 0x88a8;
		const type = tagged ? view.getUint16(at + 16) : outer;
		const body = at + ETHERNET_LENGTH + (tagged ? 4 : 0);
		if (type === AOE_ETHERTYPE) takeAoe(this.#aoe, view, at, body, end, timeNs);
		else if (type === FCOE_ETHERTYPE) takeFcoe(this.#fcoe, view, body, end, timeNs);
		else if (type === 0x0800) this.#ipv4(view, body, end, originalLength - (body - at), timeNs);
		else if (type === 0x86dd) this.#ipv6(view, body, end, originalLength - (body - at), timeNs);
	}

	#ipv4(view: DataView, at: number, end: number, wire: number, timeNs: number): void {
		if (end - at < ipv4.length) return;
		const head = (view.getUint8(at) & 0x0f) * 4;
		if (head < ipv4.length || ipv4.fields.proto.read(view, at) !== tcpProtocol) return;
		// 0: longer than the field can say (BIG TCP)
		const total = ipv4.fields.len.read(view, at) || wire;
		this.#tcp(view, at + head, end, total - head, view.getUint32(at + 12).toString(16), view.getUint32(at + 16).toString(16), timeNs);
	}

	#ipv6(view: DataView, at: number, end: number, wire: number, timeNs: number): void {
		if (end - at < ipv6.length || ipv6.fields.nxt.read(view, at) !== tcpProtocol) return;
		const total = ipv6.fields.plen.read(view, at) || wire - ipv6.length;
		const address = (from: number) => `${view.getBigUint64(from).toString(16)}${view.getBigUint64(from + 8).toString(16)}`;
		this.#tcp(view, at + ipv6.length, end, total, address(at + 8), address(at + 24), timeNs);
	}

	#tcp(view: DataView, at: number, end: number, total: number, source: string, destination: string, timeNs: number): void {
		if (end - at < tcp.length) return;
		const head = (view.getUint8(at + 12) >> 4) * 4;
		const length = total - head;
		const [from, to] = [tcp.fields.srcport.read(view, at), tcp.fields.dstport.read(view, at)];
		const fromInitiator = to === iscsiPort;
		if (head < tcp.length || length <= 0 || at + head > end || (!fromInitiator && from !== iscsiPort)) return;
		const flow = fromInitiator ? `${source}:${from} ${destination}` : `${destination}:${to} ${source}`;
		const sequence = tcp.fields.seq_raw.read(view, at);
		this.#matcher.take(view, {flow, fromInitiator, sequence, length, at: at + head, end, timeNs});
	}

	/** What was added since the last call, of those protocols that were seen. */
	read(): StorageSample[] {
		return [this.#aoe, this.#fcoe, this.#iscsi].flatMap(pairs => pairs.take(this.#lastNs) ?? []);
	}
}
