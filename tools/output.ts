// Where things are printed: results on standard output, messages on standard error (docs/cli.md). With --json every result is one object a
// line with a `type`, the last one the summary; without, it is text for people.
import type {SharedArguments} from './flags.js';

export interface Output {
	readonly json: boolean;
	readonly quiet: boolean;
	readonly verbose: boolean;
	/** A line of result for people; nothing with --json. */
	text(line: string): void;
	/** A result for scripts; nothing without --json. */
	event(type: string, fields: object): void;
	/** The last object of a --json run; nothing without. */
	summary(fields: object): void;
	/** A message: standard error, not with --quiet. */
	say(message: string): void;
	/** A message that only --verbose shows. */
	detail(message: string): void;
}

/** NaN, Infinity and BigInt have no JSON: the first two become null, the last a number where it is exact and a string where not. */
export const toJson = (fields: object): string =>
	JSON.stringify(fields, (_key, value: unknown) => {
		if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
		if (typeof value === 'number' && !Number.isFinite(value)) return null;
		return value;
	});

export function outputFor({json, quiet, verbose}: SharedArguments): Output {
	const line = (text: string) => void process.stdout.write(`${text}\n`);
	const say = (text: string) => void process.stderr.write(`${text}\n`);
	return {
		json,
		quiet,
		verbose,
		text: text => (json ? undefined : line(text)),
		event: (type, fields) => (json ? line(toJson({type, ...fields})) : undefined),
		summary: fields => (json ? line(toJson({type: 'summary', ...fields})) : undefined),
		say: message => (quiet ? undefined : say(message)),
		detail: message => (verbose && !quiet ? say(message) : undefined),
	};
}
