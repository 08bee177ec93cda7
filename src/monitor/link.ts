// What every interface counts, whatever its driver: struct rtnl_link_stats64 of RTM_GETLINK (linux/if_link.h, whose comments are the reference for each name;
// net/core/rtnetlink.c, rtnl_fill_ifinfo). One dump for the whole namespace, no privilege.
import type {Netlink} from '../sys/netlink.js';
import {attributes, text, unsigned} from '../sys/netlink-message.js';
import type {Counter} from './counter.js';
import type {DriverRow, DriverRule} from './drivers/rule.js';

const RTM_GETLINK = 18;
/** struct ifinfomsg: family, type, index at 4, flags at 8. */
const ifinfomsg = 16;
const attribute = {name: 3, master: 10, linkInfo: 18, statistics: 23} as const;
const infoKind = 1;
const IFF_LOOPBACK = 8;

/** The members of struct rtnl_link_stats64 in order, each a u64; older kernels end earlier (rx_nohandler 4.6, rx_otherhost_dropped 5.19). */
const members = [
	'rx_packets',
	'tx_packets',
	'rx_bytes',
	'tx_bytes',
	'rx_errors',
	'tx_errors',
	'rx_dropped',
	'tx_dropped',
	'multicast',
	'collisions',
	'rx_length_errors',
	'rx_over_errors',
	'rx_crc_errors',
	'rx_frame_errors',
	'rx_fifo_errors',
	'rx_missed_errors',
	'tx_aborted_errors',
	'tx_carrier_errors',
	'tx_fifo_errors',
	'tx_heartbeat_errors',
	'tx_window_errors',
	'rx_compressed',
	'tx_compressed',
	'rx_nohandler',
	'rx_otherhost_dropped',
] as const;
export type LinkStatistics = Readonly<Record<(typeof members)[number], number>>;

export interface Link {
	readonly name: string;
	readonly index: number;
	/** `veth`, `bridge`, `bond`; undefined for hardware. */
	readonly kind: string | undefined;
	readonly loopback: boolean;
	/** The index of the bridge or bond that it belongs to. */
	readonly master: number | undefined;
	readonly statistics: LinkStatistics;
}

/** Reads one answer to RTM_GETLINK; undefined when it is none. */
export function parseLink(payload: DataView): Link | undefined {
	if (payload.byteLength < ifinfomsg) return undefined;
	const given = attributes(payload, ifinfomsg);
	const name = text(given.get(attribute.name));
	const values = given.get(attribute.statistics);
	if (name === undefined || name === '' || values === undefined) return undefined;
	const info = given.get(attribute.linkInfo);
	const statistics = Object.fromEntries(
		members.map((member, i) => [member, 8 * (i + 1) <= values.byteLength ? Number(values.getBigUint64(8 * i, true)) : 0]),
	) as LinkStatistics;
	const kind = info === undefined ? undefined : text(attributes(info).get(infoKind));
	const loopback = (payload.getUint32(8, true) & IFF_LOOPBACK) !== 0;
	return {name, index: payload.getInt32(4, true), loopback, kind, master: unsigned(given.get(attribute.master)), statistics};
}

/** Every interface of the calling thread's namespace. */
export const readLinks = (route: Netlink): Link[] =>
	route.dump(RTM_GETLINK, 'list the interfaces', new Uint8Array(ifinfomsg)).flatMap(one => parseLink(one) ?? []);

/** What the standard counters mean where the driver's row says nothing else. Totals follow their parts: what no part explains remains at the total's place. */
export const standardRules: readonly DriverRule[] = [
	{name: 'rx_missed_errors', place: 'nic-ring', meaning: 'dropped by the device for lack of receive buffers'},
	{name: 'rx_fifo_errors', place: 'nic-fifo', meaning: 'receive FIFO overflow'},
	{name: 'rx_over_errors', place: 'nic-fifo', meaning: 'overflow events; historically the same as rx_fifo_errors'},
	{name: 'rx_crc_errors', place: 'nic-error', meaning: 'checksum of the frame is wrong', alsoIn: ['rtnl:rx_errors']},
	{name: 'rx_frame_errors', place: 'nic-error', meaning: 'alignment', alsoIn: ['rtnl:rx_errors']},
	{name: 'rx_length_errors', place: 'nic-error', meaning: 'length is wrong', alsoIn: ['rtnl:rx_errors']},
	{name: 'rx_errors', place: 'nic-error', meaning: 'bad frames; what no other counter explains'},
	{
		name: 'rx_dropped',
		place: 'unhandled',
		meaning:
			"frames that no protocol wanted, of another VLAN, or that the backlog had no room for (counted there too), and the driver's own (counted in its statistics too, where our table knows the driver)",
	},
	{name: 'rx_nohandler', place: 'unhandled', meaning: 'came on an inactive member of a bond'},
	{name: 'rx_otherhost_dropped', place: 'other-host', meaning: "the frame's address is somebody else's"},
	{name: 'tx_dropped', place: 'driver-tx', meaning: 'the driver, or the kernel before it, gave the frame up'},
	{name: 'tx_aborted_errors', place: 'driver-tx', meaning: 'excessive collisions', alsoIn: ['rtnl:tx_errors']},
	{name: 'tx_carrier_errors', place: 'driver-tx', meaning: 'the link was lost while sending', alsoIn: ['rtnl:tx_errors']},
	{name: 'tx_fifo_errors', place: 'driver-tx', meaning: 'the device ran out of data while sending', alsoIn: ['rtnl:tx_errors']},
	{name: 'tx_heartbeat_errors', place: 'driver-tx', meaning: 'half duplex: no heartbeat', alsoIn: ['rtnl:tx_errors'], sign: true},
	{name: 'tx_window_errors', place: 'driver-tx', meaning: 'late collisions', alsoIn: ['rtnl:tx_errors']},
	{name: 'tx_errors', place: 'driver-tx', meaning: 'failed to send; what no other counter explains'},
];

/** rx_dropped of a driver that is not in our table: nobody knows what it adds to the frames that no protocol wanted. */
const unknownDropped: DriverRule = {name: 'rx_dropped', place: 'unknown', meaning: 'of an unknown driver', guessed: true};

/** The standard counters of an interface, with the places of its driver's row where that has another. `bond` counts what its members have counted. */
export function linkCounters({name: iface, statistics}: Link, row: DriverRow | undefined, bond: string | undefined): Counter[] {
	const own = row === undefined ? [unknownDropped] : (row.rtnl ?? []);
	return standardRules.map(standard => {
		const rule = own.find(({name}) => name === standard.name) ?? standard;
		const name = standard.name as keyof LinkStatistics;
		const alsoIn = [...(rule.alsoIn ?? []), ...(bond === undefined ? [] : [`${bond}/rtnl:${name}`])];
		return {
			place: rule.place,
			name,
			source: 'rtnl',
			scope: {iface},
			value: statistics[name],
			...(rule.bits === undefined ? {} : {bits: rule.bits}),
			...(alsoIn.length === 0 ? {} : {alsoIn}),
			...(rule.sign ? {sign: true} : {}),
			...(rule.guessed ? {guessed: true} : {}),
		} satisfies Counter;
	});
}
