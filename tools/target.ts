// netstress target: the reference target. It serves until it is told to stop, then prints what it counted.
import {usage} from '../src/base/errors.js';
import {size} from '../src/base/units.js';
import {type RunningTarget, serveTarget, type TargetSpec, type TargetStats} from '../src/target/serve.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {outputFor, toJson} from './output.js';

interface TargetArguments extends SharedArguments {
	files: string[];
	aoe?: string[];
	iscsi?: string[];
	iqn: string;
	readOnly: boolean;
	sync: boolean;
	ringSize?: number;
	buffers?: number;
	transmit?: 'sendmmsg' | 'ring';
}

const DEFAULT_IQN = 'iqn.2026-11.io.netstress:target';

/** `IFACE:SHELF.SLOT` */
function aoeAddress(text: string): TargetSpec['aoe'][number] {
	const match = /^([^:\s]+):(\d{1,5})\.(\d{1,3})$/.exec(text);
	if (!match) throw usage(`--aoe "${text}" is not understood; write IFACE:SHELF.SLOT, for instance eth0:1.1`);
	return {iface: match[1]!, shelf: Number(match[2]), slot: Number(match[3])};
}

/** `HOST:PORT`, IPv6 in brackets; the port may be left out (3260), 0 takes any free one. */
function portal(text: string): TargetSpec['iscsi'][number] {
	const match = /^(\[[0-9a-fA-F:.%\w]+\]|[^:\s]+)(?::(\d{1,5}))?$/.exec(text);
	const port = Number(match?.[2] ?? 3260);
	if (!match || port > 65_535) throw usage(`--iscsi "${text}" is not understood; write HOST:PORT, for instance 0.0.0.0:3260 or [::1]:3260`);
	return {host: match[1]!.replace(/^\[|\]$/g, ''), port};
}

const wholeNumber = (text: string, what: string): number => {
	if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > 65_535) throw usage(`${what} "${text}" is not a whole number from 1 to 65535`);
	return Number(text);
};

/** A line for each export: what was read, written and refused. */
function* statistics({aoe, iscsi}: TargetStats): Iterable<string> {
	for (const {address, reads, readBytes, writes, writtenBytes, flushes, ataErrors, protocolErrors} of aoe?.exports ?? []) {
		yield `${address}  reads ${reads} (${readBytes} bytes)  writes ${writes} (${writtenBytes} bytes)  flushes ${flushes}  errors ${ataErrors + protocolErrors}`;
	}
	for (const {iface, received, sent, receiveDropped, transmitFailed} of aoe?.ports ?? []) {
		yield `${iface}  frames in ${received}, out ${sent}, lost in our ring ${receiveDropped}, refused by the kernel ${transmitFailed}`;
	}
	for (const {host, port, counters} of iscsi ?? []) {
		yield `iscsi ${host}:${port}  ${Object.entries(counters)
			.filter(([, count]) => count !== 0)
			.map(([name, count]) => `${name} ${count}`)
			.join('  ')}`;
	}
}

/** Settles when the signal aborts. */
const aborted = (signal: AbortSignal) =>
	new Promise<void>(resolve => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), {once: true})));

export const command: Command<TargetArguments> = {
	positionals: '<files..>',
	describe: 'the reference target: files exported over AoE and iSCSI',
	build: yargs =>
		yargs
			.positional('files', {type: 'string', array: true, demandOption: true, describe: 'files or block devices; the n-th is LUN n, and AoE slot + n'})
			.options({
				aoe: {type: 'string', array: true, nargs: 1, requiresArg: true, describe: 'export over AoE: IFACE:SHELF.SLOT; may repeat'},
				iscsi: {type: 'string', array: true, nargs: 1, requiresArg: true, describe: 'export over iSCSI: HOST:PORT; may repeat; port 0 takes a free one'},
				iqn: {type: 'string', requiresArg: true, default: DEFAULT_IQN, describe: 'iSCSI name of the target'},
				'read-only': {type: 'boolean', default: false, describe: 'refuse writes'},
				sync: {type: 'boolean', default: false, describe: 'acknowledge a write when it is on the medium (Linux’s aoe driver never flushes)'},
				buffers: value('AoE buffer count to advertise (default: from the ring)', wholeNumber, {name: 'buffers'}),
				transmit: {choices: ['sendmmsg', 'ring'] as const, describe: 'how AoE replies are sent (docs/target.md)'},
				'ring-size': value('bytes of each interface’s receive ring (default 4MiB)', size, {alias: 'S', name: 'ring-size'}),
				...pick('json', 'quiet', 'verbose'),
			})
			.example('$0 target disk.img --aoe eth0:1.1 --iscsi 0.0.0.0:3260', 'one file over both') as unknown as ReturnType<Command<TargetArguments>['build']>,
	async run(argv, signal) {
		const output = outputFor(argv);
		const running: RunningTarget = await serveTarget({
			files: argv.files,
			readOnly: argv.readOnly,
			sync: argv.sync,
			aoe: (argv.aoe ?? []).map(aoeAddress),
			iscsi: (argv.iscsi ?? []).map(portal),
			iqn: argv.iqn,
			...(argv.ringSize === undefined ? {} : {ringBytes: argv.ringSize}),
			...(argv.buffers === undefined ? {} : {bufferCount: argv.buffers}),
			...(argv.transmit === undefined ? {} : {transmit: argv.transmit}),
		});
		// The first line is for scripts in either mode: they wait for it before they connect.
		process.stdout.write(`${toJson({type: 'ready', exports: running.exports})}\n`);
		output.say('serving; Ctrl-C stops');
		try {
			await Promise.race([aborted(signal), running.died]);
		} finally {
			const stats = await running.close();
			for (const line of statistics(stats)) output.text(line);
			output.summary(stats);
		}
		return exit.done;
	},
};
