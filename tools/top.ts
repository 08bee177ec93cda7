// netstress top: the dashboard (docs/top.md).
import {readFileSync} from 'node:fs';
import {usage} from '../src/base/errors.js';
import type {SourceName} from '../src/monitor/drops/drop.js';
import {sourceNames} from '../src/monitor/drops/open.js';
import {interfaceInfo} from '../src/sys/interface.js';
import {interfaceAt} from '../src/sys/namespace.js';
import type {Look} from '../src/top/dashboard.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {outputFor} from './output.js';

interface TopArguments extends SharedArguments {
	iface?: string;
	interval?: number;
	source?: SourceName;
	'no-storage': boolean;
	record?: string;
	replay?: string;
}

const version = () => (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {version: string}).version;
const file = (text: string, what: string): string => {
	if (text === '' || text === '-') throw usage(`${what} needs the name of a file`);
	return text;
};
const sourceName = (text: string, what: string): SourceName => {
	const found = sourceNames.find(name => name === text);
	if (found === undefined) throw usage(`${what} "${text}" is not one of ${sourceNames.join(', ')}`);
	return found;
};

/** A terminal on both ends that can place text. ERR_USAGE. */
function needTerminal(): void {
	const other = 'netstress monitor prints the same counters as lines, netstress drops the reasons';
	if (!process.stdout.isTTY || !process.stdin.isTTY)
		throw usage(`top draws on a terminal, and ${process.stdout.isTTY ? 'standard input' : 'standard output'} is none; ${other}`);
	if (['', 'dumb'].includes(process.env.TERM ?? '')) throw usage(`top draws on a terminal that can place text; TERM is "${process.env.TERM ?? ''}"; ${other}`);
}

/** What the terminal can show, by its environment: LC_ALL goes before LC_CTYPE before LANG (locale(7)); NO_COLOR (no-color.org). */
async function lookOf({LC_ALL, LC_CTYPE, LANG, NO_COLOR}: NodeJS.ProcessEnv): Promise<Look> {
	const locale = LC_ALL || LC_CTYPE || LANG || '';
	return {colours: (NO_COLOR ?? '') === '', unicode: /utf-?8/i.test(locale), openScreen: (await import('../src/top/screen.js')).openScreen};
}

export const command: Command<TopArguments> = {
	positionals: '',
	describe: 'the dashboard: rates, losses by place, drop reasons, CPUs, storage',
	build: yargs =>
		yargs
			.options({
				...pick('iface', 'interval'),
				source: value(`what counts drops: ${sourceNames.join(', ')}; the first that works when not given`, sourceName, {name: 'source'}),
				'no-storage': {type: 'boolean', default: false, describe: 'do not listen to storage on the wire: it costs the busiest hosts frames'},
				record: value('keep every reading in this file', file, {name: 'record'}),
				replay: value('play a recorded run of top or monitor instead of this host', file, {name: 'replay'}),
			})
			.example('$0 top', 'this network namespace, every second')
			.example('$0 top -i eth0@blue', 'one interface in the network namespace blue')
			.example('$0 top --replay run.ndjson', 'a recorded run, at its own speed') as unknown as ReturnType<Command<TopArguments>['build']>,
	async run(argv, signal) {
		const {iface, interval = 1, source, record, replay} = argv;
		if (argv.json) throw usage('top draws a screen; for scripts: netstress monitor --json, netstress drops --json');
		if (replay !== undefined && (record !== undefined || source !== undefined || argv.interval !== undefined))
			throw usage('--replay shows a file: it goes with -i alone, not with --record, --source or --interval');
		needTerminal();
		const {runLive, runReplay} = await import('../src/top/dashboard.js');
		const look = await lookOf(process.env);
		if (replay !== undefined) {
			await runReplay(replay, iface, look, signal);
			return exit.done;
		}
		const at = iface === undefined ? undefined : interfaceAt(iface, '--iface');
		if (at !== undefined && at.netns === undefined) interfaceInfo(at.iface);
		const failure = await runLive(
			{iface: at?.iface, netns: at?.netns, intervalSeconds: interval, source, storage: !argv['no-storage'], record, program: `netstress ${version()}`},
			look,
			signal,
		);
		if (failure === undefined) return exit.done;
		outputFor(argv).say(`netstress: ${failure.message}`);
		return exit.failed;
	},
};
