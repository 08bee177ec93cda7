// The table of drivers: which counters of which driver mean which place. One file per family beside this one; docs/counters.md is written from it.
import type {Counter} from '../counter.js';
import {desktopDrivers} from './desktop.js';
import {fabricDrivers} from './fabric.js';
import {guess} from './guess.js';
import {intelDrivers} from './intel.js';
import {type DriverRow, type DriverRule, matches} from './rule.js';
import {virtualDrivers} from './virtual.js';

export const driverTable: readonly DriverRow[] = [...virtualDrivers, ...intelDrivers, ...fabricDrivers, ...desktopDrivers];

const rows = new Map(driverTable.flatMap(row => row.names.map(name => [name, row])));

/** The row of a driver, by the name that the kernel gives it. */
export const rowOf = (driver: string | undefined): DriverRow | undefined => (driver === undefined ? undefined : rows.get(driver));

/** `$1` in the name of a whole is what stands in the part's name there: the queue's number. */
const wholesOf = ({name: pattern, alsoIn}: DriverRule, name: string): readonly string[] | undefined => {
	const queue = typeof pattern === 'string' ? undefined : pattern.exec(name)?.[1];
	return queue === undefined ? alsoIn : alsoIn?.map(whole => whole.replace('$1', queue));
};

function counter(iface: string, name: string, value: number, rule: DriverRule): Counter {
	const {place, bits, sign, guessed} = rule;
	const alsoIn = wholesOf(rule, name);
	return {
		place,
		name,
		source: 'ethtool',
		scope: {iface},
		value,
		...(bits === undefined ? {} : {bits}),
		...(alsoIn === undefined ? {} : {alsoIn}),
		...(sign ? {sign} : {}),
		...(guessed ? {guessed} : {}),
	};
}

/**
 * The counters of `ethtool -S` that mean losses or are seen before them, by the driver's row; by their names alone, and marked, where it has none.
 * Names are shown without the blanks around them (vmxnet3, cxgb4).
 */
export function driverCounters(iface: string, driver: string | undefined, statistics: ReadonlyMap<string, number>): Counter[] {
	const row = rowOf(driver);
	const all = new Set([...statistics.keys()].map(name => name.trim()));
	return [...statistics].flatMap(([padded, value]) => {
		const name = padded.trim();
		const rule = row === undefined ? guess(name, all) : row.ethtool?.find(one => matches(one, name));
		return rule === undefined ? [] : [counter(iface, name, value, rule)];
	});
}
