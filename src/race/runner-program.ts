// The runner: opens one address as a block session and works off workloads. Requests on standard input, replies on standard output, one JSON
// object a line (runner-protocol.ts). The end of input ends it.
import {createInterface} from 'node:readline';
import type {NetstressError} from '../base/errors.js';
import {openSession} from '../initiator/open.js';
import type {BlockSession, SessionCounters} from '../initiator/session.js';
import {describeFault, drive, flush, nextGeneration, verifyWritten, type Written} from './driver.js';
import {Pattern} from './pattern.js';
import type {RunnerReply, RunnerRequest} from './runner-protocol.js';

const reply = (message: RunnerReply) => void process.stdout.write(`${JSON.stringify(message)}\n`);

let session: BlockSession | undefined;
let pattern = new Pattern(0);
let stop = new AbortController();

const open = (): BlockSession => {
	if (session === undefined) throw new Error('the runner has not been told what to open');
	return session;
};

const ringDropped = (): number | null => (session as {port?: {counters?: {receiveDropped?: number}}} | undefined)?.port?.counters?.receiveDropped ?? null;

const difference = (after: SessionCounters, before: SessionCounters): SessionCounters => {
	const keys = Object.keys(after) as (keyof SessionCounters)[];
	return Object.fromEntries(keys.map(key => [key, after[key] - before[key]])) as unknown as SessionCounters;
};

/** What the last measured run wrote. */
let written: Written = new Map();
let writtenBlock = 0;
/** What has been written since is from single requests. */
let probing = false;

async function measure({workload, seconds, seed, span, remember}: Extract<RunnerRequest, {type: 'run'}>): Promise<void> {
	const device = open();
	written = new Map();
	probing = false;
	writtenBlock = workload.blockSize;
	const before = {...device.counters};
	const droppedBefore = ringDropped();
	const cpu = process.cpuUsage();
	const run = await drive(device, workload, {span, seed, seconds, pattern, written: remember ? written : undefined, signal: stop.signal});
	const {user, system} = process.cpuUsage(cpu);
	const dropped = ringDropped();
	const counters = difference({...device.counters}, before);
	reply({type: 'ran', report: {...run, cpuSeconds: (user + system) / 1e6, counters, ringDropped: dropped === null ? null : dropped - (droppedBefore ?? 0)}});
}

/** One request, timed; a write is remembered for `verify`. */
async function probe({op, position, length}: Extract<RunnerRequest, {type: 'probe'}>): Promise<void> {
	const device = open();
	const bytes = new Uint8Array(length);
	if (op === 'write') {
		// what a run wrote, others have overwritten since
		if (!probing || writtenBlock !== length) written = new Map();
		probing = true;
		writtenBlock = length;
		const generation = nextGeneration();
		pattern.fill(bytes, {position, generation});
		written.set(position, [generation]);
	}
	const before = {...device.counters};
	const began = performance.now();
	const error = await new Promise<NetstressError | undefined>(done => device.submit({op, position, bytes, done}));
	const latencyUs = Math.round((performance.now() - began) * 1000);
	const fault = error === undefined && op === 'read' ? pattern.check(bytes, position) : undefined;
	const wrong = error?.message ?? (fault === undefined ? null : describeFault(fault));
	reply({type: 'probed', probe: {latencyUs, error: wrong, counters: difference({...device.counters}, before)}});
}

async function verify({most}: Extract<RunnerRequest, {type: 'verify'}>): Promise<void> {
	const device = open();
	const flushed = written.size > 0 ? await flush(device) : null;
	reply({type: 'verified', verification: {...(await verifyWritten(device, written, writtenBlock, pattern, most)), flushed}});
}

/** Writes the pattern's generation 0 over the span, a few large requests at a time. */
async function fill(span: number): Promise<void> {
	const device = open();
	const length = 128 * 1024;
	const slots = Array.from({length: 8}, () => new Uint8Array(length));
	let next = 0;
	const lane = async (bytes: Uint8Array) => {
		while (next < span && !stop.signal.aborted) {
			const position = next;
			next += length;
			const block = bytes.subarray(0, Math.min(length, span - position));
			pattern.fill(block, {position, generation: 0});
			await new Promise<void>((resolve, reject) => device.submit({op: 'write', position, bytes: block, done: error => (error ? reject(error) : resolve())}));
		}
	};
	await Promise.all(slots.map(lane));
	reply({type: 'filled'});
}

async function handle(request: RunnerRequest): Promise<void> {
	if (request.type === 'open') {
		pattern = new Pattern(request.patternSeed);
		session = await openSession(request.address);
		const {protocol, size, blockSize, readOnly} = session;
		reply({type: 'opened', protocol, size, blockSize, readOnly});
	} else if (request.type === 'warm') {
		const {workload, seconds, seed, span, check} = request;
		reply({type: 'warmed', run: await drive(open(), workload, {span, seed, seconds, pattern, check, signal: stop.signal})});
	} else if (request.type === 'run') await measure(request);
	else if (request.type === 'probe') await probe(request);
	else if (request.type === 'verify') await verify(request);
	else if (request.type === 'fill') await fill(request.span);
}

const fail = (error: unknown) => {
	const {message, code = 'ERR_IO', details = {}} = error as Partial<NetstressError> & Error;
	reply({type: 'error', code, message, details: {...details}});
};

let work = Promise.resolve();
createInterface({input: process.stdin})
	.on('line', line => {
		const request = JSON.parse(line) as RunnerRequest;
		if (request.type === 'stop') return stop.abort();
		work = work.then(() => {
			if (stop.signal.aborted) stop = new AbortController();
			return handle(request).catch(fail);
		});
	})
	.on('close', () => {
		stop.abort();
		void work.then(async () => {
			await session?.close();
			process.exit(0);
		});
	});
// Ctrl-C reaches the whole process group: it is the race that decides what happens then
for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
process.stdout.on('error', () => process.exit(0)); // the race is gone
