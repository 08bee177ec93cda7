// The table of drivers: which counters of which driver mean which place. One file per family beside this one; docs/counters.md is written from it.
import type {Counter} from '../counter.js';
import {guess} from './guess.js';
import {type DriverRow, type DriverRule, matches} from './rule.js';
import {virtualDrivers} from './virtual.js';

export const driverTable: readonly DriverRow[] = [...virtualDrivers];

const rows = new Map(driverTable.flatMap(row => row.names.map(name => [name, row])));

/** The row of a driver, by the name that the kernel gives it. */
export const rowOf = (driver: string | undefined): DriverRow | undefined => (driver === undefined ? undefined : rows.get(driver));

const counter = (iface: string, name: string, value: number, {place, bits, alsoIn, sign, guessed}: DriverRule): Counter => ({
	place,
	name,
	source: 'ethtool',
	scope: {iface},
	value,
	...(bits === undefined ? {} : {bits}),
	...(alsoIn === undefined ? {} : {alsoIn}),
	...(sign ? {sign} : {}),
	...(guessed ? {guessed} : {}),
});

/** The counters of `ethtool -S` that mean losses or are seen before them, by the driver's row; by their names alone, and marked, where it has none. */
export function driverCounters(iface: string, driver: string | undefined, statistics: ReadonlyMap<string, number>): Counter[] {
	const row = rowOf(driver);
	const all = new Set(statistics.keys());
	return [...statistics].flatMap(([name, value]) => {
		const rule = row === undefined ? guess(name, all) : row.ethtool?.find(one => matches(one, name));
		return rule === undefined ? [] : [counter(iface, name, value, rule)];
	});
}
