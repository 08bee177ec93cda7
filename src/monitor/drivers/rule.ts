// What the table of drivers is made of: a row for each driver, a rule for each of its counters (docs/counters.md is written from them).
import type {Place} from '../place.js';

export interface DriverRule {
	/** The counter's whole name, or a pattern for counters of each queue: it must match the whole name. */
	readonly name: string | RegExp;
	readonly place: Place;
	/** A few words for the table in docs/counters.md. */
	readonly meaning: string;
	/** Where it wraps. */
	readonly bits?: 16 | 32;
	/** As in Counter.alsoIn. */
	readonly alsoIn?: readonly string[];
	readonly sign?: true;
	readonly guessed?: true;
}

export interface DriverRow {
	/** As ETHTOOL_GDRVINFO and `ethtool -i` name it; where the kernel says nothing, the kind of link (`ip -d link`). */
	readonly names: readonly string[];
	/** The kernel files that the row was read from. */
	readonly files: string;
	/** Seconds that its counters may stand still while frames go on: it reads them from the device by a timer. */
	readonly lateSeconds?: number;
	/** Counters of `ethtool -S`; the first rule that matches. Names that no rule has are no losses, or are counted by another one. */
	readonly ethtool?: readonly DriverRule[];
	/** Standard counters that mean something else than usual (link.ts, standardRules). */
	readonly rtnl?: readonly DriverRule[];
}

/** Whether a rule is about a counter of this name. */
export const matches = ({name: pattern}: DriverRule, name: string): boolean =>
	typeof pattern === 'string' ? pattern === name : (pattern.exec(name)?.[0].length ?? -1) === name.length;
