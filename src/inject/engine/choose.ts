// Which engine sends: what was asked for, or the one that suits, and why.
export const engineNames = ['packet', 'xdp', 'pcap', 'file'] as const;
export type EngineName = (typeof engineNames)[number];

export interface Choice {
	readonly engine: EngineName;
	/** For people: why this one. */
	readonly reason: string;
}

export interface Circumstances {
	readonly asked: EngineName | 'auto';
	readonly linux: boolean;
	/** Frames a second in all; Infinity = as fast as they go. */
	readonly pps: number;
	/** Whether all frames of each stream are alike but for their stamp. */
	readonly alike: boolean;
	/** Bytes of the longest frame, and of the longest that XDP takes. */
	readonly longest: number;
	readonly xdpMost: number;
	/** Why XDP is not possible here; asked only when it matters. */
	xdpMissing(): string | undefined;
}

/** A socket keeps this pace without trouble, and then everything on this host sees the frames: qdiscs, counters, captures. */
const socketPps = 200_000;

/** Chooses. Whatever `xdp` meets later (a driver that takes no frames) is not known here. */
export function chooseEngine({asked, linux, pps, alike, longest, xdpMost, xdpMissing}: Circumstances): Choice {
	if (asked !== 'auto') return {engine: asked, reason: 'asked for'};
	if (!linux) return {engine: 'pcap', reason: 'packet sockets and XDP are there on Linux only'};
	if (pps <= socketPps) return {engine: 'packet', reason: `${Math.round(pps)} frames/s need nothing faster`};
	if (!alike) return {engine: 'packet', reason: 'the frames differ in more than a stamp'};
	if (longest > xdpMost) return {engine: 'packet', reason: `frames of ${longest} bytes do not fit into XDP's ${xdpMost}`};
	const missing = xdpMissing();
	if (missing !== undefined) return {engine: 'packet', reason: missing};
	return {engine: 'xdp', reason: 'the pace is high and the frames differ in their stamp only'};
}
