// What a device's queues count by names that do not depend on the driver: netdev generic netlink, qstats-get (linux/netdev.h; Documentation/netlink/specs/netdev.yaml;
// net/core/netdev-genl.c). Linux 6.9 and later, and only where the driver takes part.
import {genericHeader, type Netlink} from '../sys/netlink.js';
import {attributes, unsigned} from '../sys/netlink-message.js';
import type {Counter} from './counter.js';
import type {DriverRule} from './drivers/rule.js';

const NETDEV_CMD_QSTATS_GET = 12;
const interfaceIndex = 1;
/** Linux 6.10 numbered what comes behind these otherwise: an attribute was put in between in 6.11. */
const lastOld = 14;

/** Each statistic that means a loss, or is seen before one, by its number in enum netdev_a_qstats. */
export const queueRules: readonly (DriverRule & {readonly name: string; readonly number: number})[] = [
	{
		number: 12,
		name: 'rx-alloc-fail',
		place: 'driver-rx',
		meaning: 'no memory for a receive buffer; the frame may still come when there is some again',
		sign: true,
	},
	{number: 13, name: 'rx-hw-drops', place: 'nic-ring', meaning: 'came into the device and never left it'},
	{number: 14, name: 'rx-hw-drop-overruns', place: 'nic-ring', meaning: 'of those, for lack of buffers or descriptors', alsoIn: ['qstats:rx-hw-drops']},
	{number: 23, name: 'rx-hw-drop-ratelimits', place: 'shaped', meaning: "of those, over the device's packet rate", alsoIn: ['qstats:rx-hw-drops']},
	{number: 24, name: 'tx-hw-drops', place: 'driver-tx', meaning: 'came to the device and was not sent'},
	{number: 25, name: 'tx-hw-drop-errors', place: 'driver-tx', meaning: 'of those, because they were malformed', alsoIn: ['qstats:tx-hw-drops']},
	{number: 32, name: 'tx-hw-drop-ratelimits', place: 'shaped', meaning: "of those, over the device's packet rate", alsoIn: ['qstats:tx-hw-drops']},
	{number: 33, name: 'tx-stop', place: 'driver-tx', meaning: 'a transmit queue was full and stopped; its frames wait', sign: true},
];

/** Statistics of one device: its index, and the values by number; undefined when the answer is none. */
export function parseQueueStatistics(payload: DataView): {index: number; values: Map<number, number>} | undefined {
	if (payload.byteLength < 4) return undefined;
	const given = attributes(payload, 4);
	const index = unsigned(given.get(interfaceIndex));
	if (index === undefined) return undefined;
	return {
		index,
		values: new Map(
			[...given].flatMap(([number, value]) => {
				const read = unsigned(value);
				return read === undefined ? [] : [[number, read] as const];
			}),
		),
	};
}

/** Statistics of every device that has some, by index; none on kernels without. */
export function readQueueStatistics(generic: Netlink, kernel611: boolean): Map<number, Map<number, number>> {
	try {
		const family = generic.familyNumber('netdev');
		if (family === undefined) return new Map();
		const found = generic.dump(family, 'ask for queue statistics', genericHeader(NETDEV_CMD_QSTATS_GET)).flatMap(one => parseQueueStatistics(one) ?? []);
		return new Map(found.map(({index, values}) => [index, kernel611 ? values : new Map([...values].filter(([number]) => number <= lastOld))]));
	} catch {
		return new Map(); // a kernel before 6.9: the family, or the command, is not there
	}
}

/** The counters of one interface. */
export const queueCounters = (iface: string, values: ReadonlyMap<number, number>): Counter[] =>
	queueRules.flatMap(({number, name, place, alsoIn, sign}) => {
		const value = values.get(number);
		if (value === undefined) return [];
		return [{place, name, source: 'qstats', scope: {iface}, value, ...(alsoIn ? {alsoIn} : {}), ...(sign ? {sign} : {})} satisfies Counter];
	});
