// The flags that mean the same in every command (docs/cli.md). A command takes the ones it honours: `yargs.options(pick('iface', 'count'))`.
import type {Options} from 'yargs';
import {usage} from '../src/base/errors.js';
import {count, duration, rate, size} from '../src/base/units.js';

/** A flag that takes one value, read by `read`; given twice it is refused, because the wrong one would win silently. */
export const value = <T>(describe: string, read: (text: string, what: string) => T, more: {alias?: string; name: string; placeholder?: string}) => ({
	...(more.alias === undefined ? {} : {alias: more.alias}),
	describe,
	type: 'string' as const,
	requiresArg: true,
	coerce: (text: string | string[] | undefined): T => {
		if (text === undefined) return undefined as T;
		if (Array.isArray(text)) throw usage(`--${more.name} is given ${text.length} times`);
		return read(text, `--${more.name}`);
	},
});

/** A file that is kept: `-` makes no sense there. */
export const fileName = (text: string, what: string): string => {
	if (text === '' || text === '-') throw usage(`${what} needs the name of a file`);
	return text;
};

const word = (text: string) => text;
const integer = (text: string, what: string): number => {
	const number = Number(text);
	if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw usage(`${what} "${text}" is not a whole number`);
	return number;
};
const cpus = (text: string, what: string): number[] =>
	text.split(',').flatMap(part => {
		const [first, last = first] = part.split('-');
		if (!/^\d+(-\d+)?$/.test(part) || Number(last) < Number(first)) throw usage(`${what} "${text}" is not a list of CPUs; write for instance 0,2-3`);
		return Array.from({length: Number(last) - Number(first) + 1}, (_, i) => Number(first) + i);
	});

/** The interval of live figures: a duration above zero, or figures would never stop. */
const interval = (text: string, what: string): number => {
	const seconds = duration(text, what);
	if (seconds < 0.01) throw usage(`${what} "${text}" is shorter than 10ms`);
	return seconds;
};

export const flags = {
	iface: value('the network interface', word, {alias: 'i', name: 'iface'}),
	read: value('capture file to read; - is standard input', word, {alias: 'r', name: 'read'}),
	write: value('capture file to write; - is standard output', word, {alias: 'w', name: 'write'}),
	count: value('stop after this many (0 = until interrupted)', count, {alias: 'n', name: 'count'}),
	duration: value('stop after this time, such as 10s (0 = until interrupted)', duration, {alias: 'D', name: 'duration'}),
	rate: value('pace: 10kpps, 100Mbit or 40% of line rate', rate, {alias: 'b', name: 'rate'}),
	gap: value('time between frames, such as 10us', duration, {alias: 't', name: 'gap'}),
	'ring-size': value('bytes of packet ring, such as 4MiB', size, {alias: 'S', name: 'ring-size'}),
	cpus: value('CPUs to run on, such as 0,1', cpus, {alias: 'P', name: 'cpus'}),
	seed: value('seed of everything random', integer, {alias: 'E', name: 'seed'}),
	interval: value('time between live figures, such as 1s', interval, {alias: 'I', name: 'interval'}),
	json: {type: 'boolean', describe: 'one JSON object a line on standard output, the last one the summary', default: false},
	quiet: {alias: 'q', type: 'boolean', describe: 'results only, no messages', default: false},
	verbose: {alias: 'v', type: 'boolean', describe: 'more messages, and the stack of an error', default: false},
} as const satisfies Record<string, Options>;

export type FlagName = keyof typeof flags;

/** The named shared flags, ready for `yargs.options()`. */
export const pick = <K extends FlagName>(...names: K[]): Pick<typeof flags, K> =>
	Object.fromEntries(names.map(name => [name, flags[name]])) as Pick<typeof flags, K>;

/** What every command is given. */
export interface SharedArguments {
	readonly json: boolean;
	readonly quiet: boolean;
	readonly verbose: boolean;
}
