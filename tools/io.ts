// netstress io: one initiator, doing one thing to one disk.

import {once} from 'node:events';
import {createReadStream, createWriteStream, openSync} from 'node:fs';
import type {Readable, Writable} from 'node:stream';
import {NetstressError, usage} from '../src/base/errors.js';
import {freshSeed} from '../src/base/random.js';
import {duration, showBytesPerSecond, showSize, size} from '../src/base/units.js';
import {discover, identify} from '../src/initiator/inquire.js';
import {isPathAddress, openSession} from '../src/initiator/open.js';
import type {BlockSession} from '../src/initiator/session.js';
import {drive} from '../src/race/driver.js';
import {Pattern} from '../src/race/pattern.js';
import {alignedSpan, checkPattern, readSpan, spanOf, type TransferOptions, writePattern, writeStream} from '../src/race/transfer.js';
import {findWorkloads, workloads} from '../src/race/workload.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {type Output, outputFor} from './output.js';
import {progressBar} from './progress.js';

const actions = ['discover', 'identify', 'read', 'write', 'verify', 'bench'] as const;

interface IoArguments extends SharedArguments {
	address: string;
	action: (typeof actions)[number];
	offset?: number;
	length?: number;
	input: string;
	output: string;
	block: number;
	depth?: number;
	workload: string;
	duration?: number;
	seed?: number;
	pattern: boolean;
	pad: boolean;
	force: boolean;
}

const depthOf = (text: string, what: string): number => {
	if (!/^[1-9]\d{0,3}$/.test(text)) throw usage(`${what} "${text}" is not a whole number from 1 to 9999`);
	return Number(text);
};

async function doDiscover({address}: IoArguments, output: Output): Promise<number> {
	const {targets, vlans} = await discover(address);
	for (const {address, facts} of targets)
		output.text(
			`${address}  ${Object.entries(facts)
				.map(([name, fact]) => `${name} ${fact}`)
				.join('  ')}`,
		);
	if (targets.length === 0) output.say(`no target answered at ${address}`);
	const iface = address.slice(address.indexOf(':') + 1);
	for (const vlan of vlans)
		output.say(
			`there are FCoE ports on VLAN ${vlan}: ip link add link ${iface} name ${iface}.${vlan} type vlan id ${vlan}, set it up, and discover at ${address}.${vlan}`,
		);
	output.summary({targets, vlans});
	return exit.done;
}

async function doIdentify({address}: IoArguments, output: Output): Promise<number> {
	const facts = await identify(address);
	const width = Math.max(...Object.keys(facts).map(name => name.length));
	for (const [name, fact] of Object.entries(facts)) output.text(`${name.padEnd(width)}  ${name === 'size' ? `${fact} (${showSize(Number(fact))})` : fact}`);
	output.summary({address, ...facts});
	return exit.done;
}

/** Runs `work` with a bar over `total` bytes, and tells how fast it was. */
async function transfer<T>(
	argv: IoArguments,
	session: BlockSession,
	total: number,
	signal: AbortSignal,
	work: (options: TransferOptions) => Promise<T>,
): Promise<{result: T; seconds: number}> {
	const bar = progressBar(Math.max(1, Math.round(total / 2 ** 20)), argv.quiet || total < 64 * 2 ** 20);
	const start = performance.now();
	try {
		const blockSize = Math.max(argv.block, session.blockSize);
		const result = await work({blockSize, depth: argv.depth ?? 8, signal, progress: bytes => bar.update(Math.round(bytes / 2 ** 20), 'MiB')});
		return {result, seconds: (performance.now() - start) / 1000};
	} finally {
		bar.stop();
	}
}

const counted = (session: BlockSession) => ({errors: session.counters.errors, retransmits: session.counters.retransmits});

/** A file to write to, opened at once so that it fails before anything is read. */
function openOutput(path: string, overwrite: boolean): Writable {
	try {
		return createWriteStream('', {fd: openSync(path, overwrite ? 'w' : 'wx', 0o600)});
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		if (code === 'EEXIST') throw usage(`${path} exists; say --force to overwrite it`);
		throw new NetstressError('ERR_IO', `cannot write ${path}: ${code}`, {path}, error);
	}
}

async function doRead(argv: IoArguments, session: BlockSession, output: Output, signal: AbortSignal): Promise<number> {
	if (argv.output === '-' && output.json) throw usage('standard output cannot carry both the data and --json; give --output FILE');
	const span = spanOf(session, argv.offset, argv.length);
	const sink: Writable = argv.output === '-' ? process.stdout : openOutput(argv.output, argv.force);
	let bytes = 0;
	const {seconds} = await transfer(argv, session, span.length, signal, async options => {
		for await (const part of readSpan(session, span, options)) {
			bytes += part.length;
			if (!sink.write(part)) await once(sink, 'drain');
		}
		if (sink !== process.stdout) {
			sink.end();
			await once(sink, 'finish');
		}
	});
	output.say(`${bytes} bytes read at ${showBytesPerSecond(bytes / seconds)}`);
	output.summary({action: 'read', bytes, seconds, bytesPerSecond: bytes / seconds, ...counted(session)});
	return signal.aborted ? exit.failed : exit.done;
}

function openInput(path: string): Readable {
	try {
		return createReadStream('', {fd: openSync(path, 'r')});
	} catch (error) {
		throw new NetstressError('ERR_IO', `cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`, {path}, error);
	}
}

async function doWrite(argv: IoArguments, session: BlockSession, output: Output, signal: AbortSignal): Promise<number> {
	if (session.readOnly) throw usage(`${session.address} is read-only`);
	const seed = argv.seed ?? 0;
	const {result: bytes, seconds} = await (async () => {
		if (argv.pattern) {
			const span = alignedSpan(session, argv.offset, argv.length);
			return transfer(argv, session, span.length, signal, options => writePattern(session, new Pattern(seed), span, options));
		}
		if (argv.length !== undefined) throw usage('--length is for read, verify and write --pattern; a write ends with its input');
		const input: Readable = argv.input === '-' ? process.stdin : openInput(argv.input);
		return transfer(argv, session, 0, signal, options => writeStream(session, input, argv.offset ?? 0, argv.pad, options));
	})();
	output.text(`${bytes} bytes written at ${showBytesPerSecond(bytes / seconds)}, flushed`);
	output.summary({action: 'write', bytes, seconds, bytesPerSecond: bytes / seconds, ...(argv.pattern ? {seed} : {}), ...counted(session)});
	return signal.aborted ? exit.failed : exit.done;
}

async function doVerify(argv: IoArguments, session: BlockSession, output: Output, signal: AbortSignal): Promise<number> {
	const span = alignedSpan(session, argv.offset, argv.length);
	const {result, seconds} = await transfer(argv, session, span.length, signal, options => checkPattern(session, new Pattern(argv.seed ?? 0), span, options));
	const {verifiedBytes, wrongBlocks, firstError} = result;
	output.text(
		wrongBlocks === 0 ? `${verifiedBytes} bytes hold the pattern` : `${wrongBlocks} blocks are wrong, ${verifiedBytes} bytes are right; first: ${firstError}`,
	);
	output.summary({action: 'verify', ...result, seconds, bytesPerSecond: span.length / seconds, ...counted(session)});
	return wrongBlocks > 0 || signal.aborted ? exit.failed : exit.done;
}

async function doBench(argv: IoArguments, session: BlockSession, output: Output, signal: AbortSignal): Promise<number> {
	const [named] = findWorkloads([argv.workload]);
	const workload = {...(named as NonNullable<typeof named>), ...(argv.depth === undefined ? {} : {depth: argv.depth})};
	if (workload.readShare < 1 && !argv.force) throw usage(`workload ${workload.name} writes, and overwrites what is on the disk; say --force if that is meant`);
	if (workload.blockSize % session.blockSize !== 0)
		throw usage(`workload ${workload.name} has blocks of ${workload.blockSize} bytes, ${session.address} of ${session.blockSize}`);
	const seed = argv.seed ?? freshSeed();
	const {offset, length} = spanOf(session, 0, argv.length);
	const run = await drive(session, workload, {span: offset + length, seed, seconds: argv.duration ?? 5, pattern: new Pattern(seed), signal});
	const iops = run.seconds > 0 ? run.operations / run.seconds : 0;
	const {latencyUs: latency, ...rest} = run;
	output.text(`${Math.round(iops)} IOPS, ${showBytesPerSecond(iops * workload.blockSize)}, ${run.operations} requests in ${run.seconds.toFixed(2)} s`);
	if (latency) output.text(`latency us: min ${latency.min}  p50 ${latency.p50}  p90 ${latency.p90}  p99 ${latency.p99}  max ${latency.max}`);
	output.text(`errors ${run.errors}, sent again ${session.counters.retransmits}${run.firstError ? `; first error: ${run.firstError}` : ''}`);
	output.summary({
		...rest,
		action: 'bench',
		workload,
		seed,
		iops,
		bytesPerSecond: iops * workload.blockSize,
		latencyUs: latency,
		retransmits: session.counters.retransmits,
	});
	return run.errors > 0 ? exit.failed : exit.done;
}

export const command: Command<IoArguments> = {
	positionals: '<address> <action>',
	describe: 'one initiator: discover, identify, read, write, verify, bench',
	build: yargs =>
		yargs
			.positional('address', {
				type: 'string',
				demandOption: true,
				describe: 'aoe:IFACE/SHELF.SLOT, fcoe:IFACE[/WWPN]/LUN, iscsi://HOST[:PORT]/IQN/LUN or a path; discover takes aoe:IFACE, fcoe:IFACE and iscsi://HOST',
			})
			.positional('action', {choices: actions, demandOption: true, describe: 'what to do'})
			.options({
				offset: value('first byte (default: 0)', size, {name: 'offset'}),
				length: value('bytes (default: to the end)', size, {name: 'length'}),
				output: {type: 'string', requiresArg: true, default: '-', describe: 'read: the file to write to; - is standard output'},
				input: {type: 'string', requiresArg: true, default: '-', describe: 'write: the file to read from; - is standard input'},
				block: {...value('bytes a request', size, {name: 'block'}), default: '128KiB'},
				depth: value('requests outstanding (default: 8, or the workload’s)', depthOf, {name: 'depth'}),
				pattern: {type: 'boolean', default: false, describe: 'write: data that verify can check, instead of an input'},
				pad: {type: 'boolean', default: false, describe: 'write: fill the last block with zeros'},
				workload: {type: 'string', requiresArg: true, default: 'read-4k-d32', describe: `bench: ${workloads.map(({name}) => name).join(', ')}`},
				duration: value('bench: how long (default: 5s)', duration, {alias: 'D', name: 'duration'}),
				force: {type: 'boolean', default: false, describe: 'overwrite a local file or device, or a disk in bench'},
				...pick('seed'),
			})
			.example('netstress io aoe:eth1 discover', 'who answers on eth1')
			.example('netstress io aoe:eth1/1.1 read --length 1MiB --output first.img', 'the first MiB into a file')
			.example('netstress io aoe:eth1/1.1 write --pattern --seed 7', 'fill the disk; verify --seed 7 checks it') as unknown as ReturnType<
			Command<IoArguments>['build']
		>,
	async run(argv, signal) {
		const output = outputFor(argv);
		if (argv.action === 'discover') return doDiscover(argv, output);
		if (argv.action === 'identify') return doIdentify(argv, output);
		if (argv.action === 'write' && isPathAddress(argv.address) && !argv.force)
			throw usage(`${argv.address} is on this machine and would be overwritten; say --force if that is meant`);
		const session = await openSession(argv.address);
		try {
			const work = {read: doRead, write: doWrite, verify: doVerify, bench: doBench}[argv.action];
			return await work(argv, session, output, signal);
		} finally {
			await session.close();
		}
	},
};
