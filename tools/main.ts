// One run of the command line: arguments in, exit status out.
import yargs, {type Argv} from 'yargs';
import {NetstressError, usage} from '../src/base/errors.js';
import {nearest} from '../src/base/nearest.js';
import {exit} from './command.js';
import {flags, type SharedArguments} from './flags.js';
import {commands, loadCommand} from './registry.js';

/** A second signal this soon is the same key press: npm and the shell's process group deliver one Ctrl-C more than once. */
const samePressMs = 500;

/** An AbortSignal that the first Ctrl-C (or SIGTERM, SIGHUP) aborts; the second one ends the process at once. */
function interruption(): AbortSignal {
	const controller = new AbortController();
	let first = 0;
	for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
		process.on(name, () => {
			if (!controller.signal.aborted) {
				first = Date.now();
				controller.abort(name);
			} else if (Date.now() - first > samePressMs) process.exit(130);
		});
	}
	return controller.signal;
}

/** A reader that went away (`| head`) is no error of ours. */
function quietPipes(): void {
	for (const stream of [process.stdout, process.stderr]) {
		stream.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code === 'EPIPE') process.exit(exit.done);
			throw error;
		});
	}
}

/** One clear line for whatever went wrong; the stack only when asked for. Returns the exit status. */
export function report(error: unknown, verbose: boolean): number {
	const known = error instanceof NetstressError;
	const message = error instanceof Error ? error.message : String(error);
	process.stderr.write(`netstress: ${message || 'failed without a word'}\n`);
	if (verbose && error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
	else if (!known) process.stderr.write('netstress: this was not expected; -v shows where it happened\n');
	return known ? error.exitStatus : exit.failed;
}

/** yargs offers no typed list of its options; getOptions() has been its de-facto one since version 1. */
const optionsOf = (parser: Argv) => (parser as unknown as {getOptions(): {key: Record<string, unknown>; alias: Record<string, string[]>}}).getOptions();

const flagNames = (parser: Argv): string[] => {
	const {key, alias} = optionsOf(parser);
	return [...new Set([...Object.keys(key), ...Object.values(alias).flat()])].filter(name => name.length > 1 && name === name.toLowerCase());
};

/** What yargs says about unknown flags, with the nearest known one named. */
function usageError(message: string, parser: Argv, command: string): NetstressError {
	const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
	const word = unknown[0];
	const help = `see netstress ${command ? `${command} ` : ''}--help`;
	if (word === undefined) return usage(`${message.replaceAll('\n', ' ')}; ${help}`);
	const near = nearest(word, flagNames(parser));
	const name = word.length === 1 ? `-${word}` : `--${word}`;
	const positional = !process.argv.some(argument => argument === name || argument.startsWith(`${name}=`)) && process.argv.includes(word);
	if (positional) return usage(`unexpected argument ${word}; ${help}`);
	return usage(`unknown flag ${name}${near ? `; did you mean --${near}?` : `; ${help}`}`, {flag: name, nearest: near});
}

const base = (args: string[], version: string) =>
	yargs(args)
		.scriptName('netstress')
		.parserConfiguration({
			'parse-numbers': false,
			'parse-positional-numbers': false,
			'greedy-arrays': false,
			'dot-notation': false,
			'boolean-negation': false,
			'populate--': true,
		})
		.alias('h', 'help')
		.version(version)
		.strict()
		.wrap(Math.min(process.stdout.columns || 100, 110))
		.exitProcess(false);

/** Adds the flags of every command, where the command has not done so itself. */
function withShared<T>(parser: Argv<T>): Argv<T> {
	const known = optionsOf(parser as Argv).key;
	for (const name of ['json', 'quiet', 'verbose'] as const) if (!Object.hasOwn(known, name)) parser.option(name, flags[name]);
	return parser;
}

/** The help without a command. */
async function overview(args: string[], version: string): Promise<number> {
	let parser = withShared(base(args, version)).usage('Where did my frames go, and what does each storage protocol pay for it?\n\nnetstress <command> [flags]');
	for (const [name, describe] of Object.entries(commands)) parser = parser.command(name, describe);
	parser.epilogue(
		'netstress <command> --help shows a command; docs/cli.md is the contract.\nExit status: 0 done, 1 failed, 2 usage, 3 a stated limit was crossed, 4 not possible here.',
	);
	let failure: NetstressError | undefined;
	parser.fail((message, error) => {
		failure ??= error instanceof NetstressError ? error : usageError(message, parser, '');
	});
	const argv = (await parser.parse()) as {help?: boolean; version?: boolean};
	if (failure) throw failure;
	if (argv.help || argv.version) return exit.done;
	process.stderr.write(`${await parser.getHelp()}\n`);
	throw usage('no command given');
}

async function dispatch(args: string[], version: string, signal: AbortSignal): Promise<number> {
	const at = args.findIndex(argument => !argument.startsWith('-'));
	const name = at < 0 ? undefined : args[at];
	if (name === undefined) return overview(args, version);
	if (!Object.hasOwn(commands, name)) {
		const near = nearest(name, Object.keys(commands));
		throw usage(`unknown command ${name}${near ? `; did you mean ${near}?` : `; there are ${Object.keys(commands).join(', ')}`}`, {command: name});
	}
	const command = await loadCommand(name);
	const words = args.slice(at + 1);
	let failure: unknown;
	let given: (SharedArguments & Record<string, unknown>) | undefined;
	const parser: Argv = base([name, ...args.slice(0, at), ...(command.prepare?.(words) ?? words)], version);
	parser
		.command(
			`${name} ${command.positionals}`.trim(),
			command.describe,
			builder => withShared(command.build(builder)),
			argv => {
				given = argv as unknown as SharedArguments & Record<string, unknown>;
			},
		)
		.fail((message, error) => {
			failure ??= error instanceof NetstressError || (error && !message) ? error : usageError(message ?? String(error), parser, name);
		});
	await parser.parse();
	if (failure) throw failure;
	return given === undefined ? exit.done : command.run(given, signal); // undefined: --help or --version has been shown
}

/** `ip`, `tc` and their like lie where an ordinary user's PATH may not look. */
function findSystemPrograms(): void {
	const folders = (process.env.PATH ?? '/usr/bin:/bin').split(':');
	process.env.PATH = [...folders, ...['/usr/sbin', '/sbin'].filter(folder => !folders.includes(folder))].join(':');
}

/** Runs the program with the arguments behind its name and returns the exit status. */
export async function main(args: string[], version: () => string): Promise<number> {
	const verbose = args.slice(0, args.includes('--') ? args.indexOf('--') : undefined).some(argument => argument === '-v' || argument === '--verbose');
	quietPipes();
	findSystemPrograms();
	process.on('uncaughtException', error => process.exit(report(error, verbose)));
	process.on('unhandledRejection', error => process.exit(report(error, verbose)));
	try {
		return await dispatch(args, version(), interruption());
	} catch (error) {
		return report(error, verbose);
	}
}
