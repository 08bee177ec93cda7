// Counters of drivers that are not in our table: their place, guessed from the words in the name. The guess is marked wherever it is shown.
import type {DriverRule} from './rule.js';

/** Words that tell a place, the first that fits. */
const words: readonly [RegExp, Pick<DriverRule, 'place' | 'sign'>][] = [
	[/collision|pause|xon|xoff|pfc|wake|restart|retr(y|ies)|busy|stop|timeout/, {place: 'driver-tx', sign: true}],
	[/xdp.*(drop|abort)/, {place: 'xdp'}],
	[/(^|[^a-z])tx([^a-z]|$).*(drop|discard|abort|lost|err|fail|no_mem|no_space|too_big)|(drop|discard|err|abort).*[^a-z]tx([^a-z]|$)/, {place: 'driver-tx'}],
	[/allowance|rate_?limit|shap/, {place: 'shaped'}],
	[/no_?dma|no_?desc|no_?buf|nobuf|out_of_buf|oob|missed|ring_?full|no_?resource/, {place: 'nic-ring'}],
	[/fifo|overr|over_?flow|overflow/, {place: 'nic-fifo'}],
	[
		/crc|fcs|align|symbol|jabber|runt|under_?si?z|undrsz|over_?si?ze|ovrsz|fragment|too_?(long|short|small|big)|range_len|length_err|frame_err|bad_|_bad$|csum|checksum/,
		{place: 'nic-error'},
	],
	[/alloc.*(fail|err)|no_mem/, {place: 'driver-rx'}],
	[/drop|discard|lost|trunc/, {place: 'driver-rx'}],
	[/(^|[^a-z])(rx|in).*err|err.*[^a-z]rx$/, {place: 'nic-error'}],
];

/** Which standard counters a driver may have added its own to; nobody can know, so that all are taken to hold it. */
const receive = ['rtnl:rx_dropped', 'rtnl:rx_missed_errors', 'rtnl:rx_fifo_errors', 'rtnl:rx_errors'];
const transmit = ['rtnl:tx_dropped', 'rtnl:tx_errors'];

/** A queue's number within a name, with the word that says so. */
const queue = /(_?(queue|ring|channel|ch|q)_?)?\[?\d+\]?:?\s?/;

/** What a counter may be, by its name alone; undefined when nothing in it speaks of losses. `all` are the names beside it. */
export function guess(name: string, all: ReadonlySet<string>): DriverRule | undefined {
	const lower = name.toLowerCase();
	// octets are no frames, and a bad word in the name of a good thing is none
	if (/byte|octet|dropless|_ok$|good|duration|hwtstamp/.test(lower)) return undefined;
	const found = words.find(([pattern]) => pattern.test(lower))?.[1];
	if (found === undefined) return undefined;
	const total = name.replace(queue, '_').replace(/_+/g, '_').replace(/^_|_$/g, '');
	const whole = total !== name && all.has(total) ? [`ethtool:${total}`] : found.place === 'driver-tx' ? transmit : receive;
	return {name, meaning: 'guessed from the name', guessed: true, ...found, ...(found.sign ? {} : {alsoIn: whole})};
}
