// What a command is to the program: its flags and its work. One file per command in this folder; netstress.ts loads it on demand.
import type {Argv} from 'yargs';

/** Exit status of the command line (docs/cli.md). */
export const exit = {done: 0, failed: 1, usage: 2, limitCrossed: 3, notPossible: 4} as const;

export interface Command<A = Record<string, unknown>> {
	/** Positionals as yargs writes them, for instance `'<address..>'`; empty when there are none. */
	readonly positionals: string;
	readonly describe: string;
	/** Declares the flags. Shared ones come from flags.ts. */
	build(yargs: Argv): Argv<A>;
	/** Changes the words behind the command's name before they are parsed; for commands whose last words are somebody else's command line. */
	prepare?(words: string[]): string[];
	/** Does the work and returns the exit status. Throws NetstressError for what cannot be done; Ctrl-C aborts `signal`. */
	run(argv: A, signal: AbortSignal): Promise<number>;
}
