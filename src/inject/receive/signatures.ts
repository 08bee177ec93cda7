// Numbers that other generators put into their frames, so that theirs are counted as ours are.
//   Linux pktgen (net/core/pktgen.c, struct pktgen_hdr; xdp-trafficgen the same): start of the UDP payload, big-endian: magic, u32 sequence, u32 s, u32 us
//   TRex latency streams (src/stx/common/trex_stl_fs.h, flow_stat_payload_header): the last 16 bytes, little-endian: 0xab, flow_seq, u16 id, u32 sequence, u64 time
//   packETHcli -x (cli/cli_send.c): the last 10 bytes: eight characters a9b8c7d6, one byte, a counter of one byte
// None of them has a check of its own and none tells runs apart.
import {headersOf, IPPROTO_UDP} from './ip.js';

/** `pattern`: what the user says it looks like (pattern.ts). */
export type Tool = 'pktgen' | 'trex' | 'packeth' | 'pattern';

export interface Signature {
	tool: Tool;
	/** What tells streams of one tool apart. */
	stream: number;
	/** The counter, modulo 2^bits. */
	sequence: number;
	bits: 8 | 16 | 32;
	/** When it was sent, seconds and nanoseconds since 1970; seconds 0 where the tool does not say. */
	seconds: number;
	nanoseconds: number;
}

const pktgenMagic = 0xbe9b_e955;
const trexMagic = 0xab;
/** TRex numbers its latency streams below this (MAX_FLOW_STATS_PAYLOAD is 128, more with newer cards). */
const trexStreams = 1024;
const packeth = [0x6139_6238, 0x6337_6436] as const;

/** Reads the frame of `length` bytes at `at` into `found`. False when nobody's signature is there. Never throws. */
export function readSignature(view: DataView, at: number, length: number, found: Signature): boolean {
	const end = at + length;
	found.seconds = 0;
	found.nanoseconds = 0;
	const ip = headersOf(view, at, end);
	if (ip !== undefined && ip.protocol === IPPROTO_UDP && ip.at + 8 + 16 <= end && view.getUint32(ip.at + 8) === pktgenMagic) {
		const payload = ip.at + 8;
		found.tool = 'pktgen';
		// pktgen has no stream, and each of its threads a counter of its own: their destination ports may tell them apart. Source ports may not: the kernel's own
		// samples (samples/pktgen) choose them by chance, for one counter
		found.stream = view.getUint16(ip.at + 2);
		found.sequence = view.getUint32(payload + 4);
		found.bits = 32;
		found.seconds = view.getUint32(payload + 8);
		found.nanoseconds = view.getUint32(payload + 12) * 1000;
		return true;
	}
	if (length >= 14 + 10 && view.getUint32(end - 10) === packeth[0] && view.getUint32(end - 6) === packeth[1]) {
		found.tool = 'packeth';
		found.stream = 0;
		found.sequence = view.getUint8(end - 1);
		found.bits = 8;
		return true;
	}
	// one byte of magic is no evidence (TRex#650: ARP matched it): only behind IP, in a packet that fills its frame, with a stream that can be
	if (ip !== undefined && ip.end === end && ip.at + 8 + 16 <= end && view.getUint8(end - 16) === trexMagic) {
		const stream = view.getUint16(end - 14, true);
		if (stream >= trexStreams || view.getUint32(end - 4, true) > 0x00ff_ffff) return false;
		found.tool = 'trex';
		found.stream = stream * 256 + view.getUint8(end - 15);
		found.sequence = view.getUint32(end - 12, true);
		found.bits = 32;
		return true;
	}
	return false;
}

/** The number nearest to `near` that is `sequence` modulo 2^bits: a counter that wraps, as one that does not. Never below 0. */
export function unwrap(sequence: number, bits: number, near: number): number {
	if (near < 0) return sequence;
	const span = 2 ** bits;
	const base = near - (near % span) + sequence;
	const number = base - near > span / 2 ? base - span : near - base > span / 2 ? base + span : base;
	return number < 0 ? number + span : number;
}
