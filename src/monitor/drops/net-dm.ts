// The words of the kernel's own drop monitor (include/uapi/linux/net_dropmon.h; net/core/drop_monitor.c), generic netlink family NET_DM, in its packet mode (Linux 5.4):
// every dropped packet as a message with its function, its reason (5.19) and its first bytes. Summary mode keeps 64 places for each CPU and forgets the others, and has
// no reason: it is not used. Pure; damaged messages are undefined.
import {attribute, attributes, text, unsigned} from '../../sys/netlink-message.js';
import type {TraceDrop} from './trace-events.js';

export const dropMonitor = {family: 'NET_DM', version: 2, group: 'events'} as const;

/** NET_DM_CMD_*. */
export const command = {alert: 1, config: 2, start: 3, stop: 4, packetAlert: 5, configGet: 6, configNew: 7, statsGet: 8, statsNew: 9} as const;
/** NET_DM_ATTR_*. */
export const attributeType = {
	alertMode: 1,
	pc: 2,
	symbol: 3,
	inPort: 4,
	timestamp: 5,
	protocol: 6,
	payload: 7,
	truncatedLength: 9,
	originalLength: 10,
	queueLength: 11,
	stats: 12,
	hardwareStats: 13,
	origin: 14,
	trapGroup: 15,
	trapName: 16,
	softwareDrops: 20,
	hardwareDrops: 21,
	reason: 23,
} as const;
/** NET_DM_ATTR_PORT_*, NET_DM_ATTR_STATS_*: both begin at 0. */
const port = {ifindex: 0, name: 1} as const;
const stats = {dropped: 0} as const;
const packetMode = 1;
/** struct genlmsghdr. */
const genericBytes = 4;

/** One dropped packet as the kernel tells it. */
export interface PacketAlert extends Omit<TraceDrop, 'reason'> {
	/** `function+0x14e/0xb20`; of a card's own drops the trap's name. */
	readonly symbol: string;
	/** undefined before Linux 5.19. */
	readonly reason: string | undefined;
	/** Where it came in, 0 where that is not known: an index, and nothing says of which namespace. */
	readonly ifindex: number;
	/** Nanoseconds since 1970. */
	readonly time: bigint;
	readonly payload: Uint8Array;
	/** Bytes that the packet had. */
	readonly length: number;
	/** The card dropped it (a devlink trap), not the kernel. */
	readonly hardware: boolean;
}

/** The attributes of a request for packet mode. `truncatedLength`: bytes of each packet. `queueLength`: packets that wait for each CPU. */
export const configuration = (truncatedLength: number, queueLength: number): Uint8Array[] => [
	attribute(attributeType.alertMode, Uint8Array.of(packetMode)),
	attribute(attributeType.truncatedLength, truncatedLength),
	attribute(attributeType.queueLength, queueLength),
];

/** Starts and stops the kernel's drops and those of cards (NET_DM_ATTR_SW_DROPS is a flag). */
export const softwareOnly: readonly Uint8Array[] = [attribute(attributeType.softwareDrops, new Uint8Array(0))];

/** Whether a NET_DM_CMD_CONFIG_NEW says that packet mode is on. */
export const isPacketMode = (payload: DataView): boolean => unsigned(attributes(payload, genericBytes).get(attributeType.alertMode)) === packetMode;

/** Packets that found the queue full, from a NET_DM_CMD_STATS_NEW. */
export function queueDrops(payload: DataView): number {
	const all = attributes(payload, genericBytes);
	return [attributeType.stats, attributeType.hardwareStats].reduce((sum, type) => {
		const nested = all.get(type);
		return sum + (nested === undefined ? 0 : (unsigned(attributes(nested).get(stats.dropped)) ?? 0));
	}, 0);
}

/** Reads the payload of a generic netlink message; undefined when it is no packet alert. */
export function packetAlert(payload: DataView): PacketAlert | undefined {
	if (payload.byteLength < genericBytes || payload.getUint8(0) !== command.packetAlert) return undefined;
	const found = attributes(payload, genericBytes);
	const pc = found.get(attributeType.pc);
	const bytes = found.get(attributeType.payload);
	const inPort = found.get(attributeType.inPort);
	const time = found.get(attributeType.timestamp);
	const content = bytes === undefined ? new Uint8Array(0) : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice();
	return {
		symbol: text(found.get(attributeType.symbol)) ?? text(found.get(attributeType.trapName)) ?? '',
		location: pc?.byteLength === 8 ? pc.getBigUint64(0, true) : 0n,
		reason: text(found.get(attributeType.reason)),
		protocol: unsigned(found.get(attributeType.protocol)) ?? 0,
		ifindex: (inPort === undefined ? undefined : unsigned(attributes(inPort).get(port.ifindex))) ?? 0,
		time: time?.byteLength === 8 ? time.getBigUint64(0, true) : 0n,
		payload: content,
		length: unsigned(found.get(attributeType.originalLength)) ?? content.length,
		hardware: unsigned(found.get(attributeType.origin)) === 1,
	};
}
