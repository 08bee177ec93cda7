// The thread of one side of netstress ledger (ledger-side.ts): enters its namespace, reads the counters, sends or counts, and reads the counters again.
import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import {NetstressError} from '../src/base/errors.js';
import {parseSize} from '../src/inject/frames/sizes.js';
import {type Listener, listen} from '../src/inject/receive/listen.js';
import {listenUdp} from '../src/inject/receive/listen-udp.js';
import {Station} from '../src/monitor/ledger/station.js';
import {defaultRouteInterfaces} from '../src/monitor/route.js';
import {interfaceInfo} from '../src/sys/interface.js';
import {enterNamespace, toldElsewhere} from '../src/sys/namespace.js';
import {runSender} from './inject-engine.js';
import {planStreams} from './inject-plan.js';
import type {CountedRun, FromTask, SideFacts, SideReply, SideRequest, SideTask, ToTask} from './ledger-side.js';

/** RFC 2544 section 23: a device under test is given two seconds for the frames that it still holds. */
const stragglersMs = 2000;
/** What may still come when all have come: duplicates, and blocks of the ring that wait for their timer. */
const lingerMs = 150;
/** Between two reports of progress. */
const progressSeconds = 0.05;

const main = parentPort as MessagePort;
const reply = (message: SideReply) => main.postMessage(message);
const stopped = new AbortController();
const waiting: ((request: SideRequest) => void)[] = [];
const requests: SideRequest[] = [];
main.on('message', (request: SideRequest) => {
	if (request.type === 'stop') stopped.abort();
	else if (waiting.length > 0) waiting.shift()?.(request);
	else requests.push(request);
});
const request = (): Promise<SideRequest> => {
	const first = requests.shift();
	return first === undefined ? new Promise(resolve => waiting.push(resolve)) : Promise.resolve(first);
};

const facts = ({end}: Station): SideFacts => ({...end, mac: interfaceInfo(end.iface).mac, defaultRoute: defaultRouteInterfaces().includes(end.iface)});
const tellCounters = async (station: Station) => reply({type: 'counters', counters: await station.moved()});

async function send(task: FromTask, destination: Uint8Array): Promise<void> {
	const {iface} = task.at;
	const {run, seed, size, transmit, bypassQdisc} = task;
	const addresses = {source: interfaceInfo(iface).mac, destination, run, seed};
	const streams = await planStreams(size === undefined ? task.argv : {...task.argv, size: parseSize(size)}, addresses, iface);
	let told = 0;
	const outcome = await runSender(
		iface,
		streams,
		{engine: 'packet', transmit, bypassQdisc, offerOnce: true},
		{
			signal: stopped.signal,
			progress(frames, seconds) {
				if (seconds - told < progressSeconds) return;
				told = seconds;
				reply({type: 'progress', frames, seconds});
			},
		},
	);
	const {attempted, acceptedBytes: bytes, seconds, refusals, retried, leftover, pace} = outcome;
	// a ring's frame that a queue threw away is offered again (net/packet/af_packet.c, tpacket_snd)
	const again = transmit === 'ring' ? (retried.ENOBUFS ?? 0) : 0;
	reply({type: 'sent', sender: {iface, attempted, refusals, again, leftover}, seconds, pps: pace.achievedPps, bytes});
}

/** One entry for each run that came; of the asked one also when nothing came. */
function counted(listener: Listener, task: ToTask): CountedRun[] {
	const {receiver: kind, at, run, etherType} = task;
	const {streams, corrupted, ...all} = listener.receiver.summary();
	const runs = [...new Set([...streams.map(stream => stream.run), ...(run === undefined ? [] : [run.toString(16)])])];
	return runs.map(name => {
		const mine = streams.filter(stream => stream.run === name && stream.tool === 'netstress');
		const sum = (key: 'unique' | 'late' | 'duplicated' | 'reordered') => mine.reduce((total, stream) => total + stream[key], 0);
		// a damaged stamp does not say whose it was: they are the run's when there is no other
		const damaged = runs.length === 1 ? corrupted : 0;
		return {
			run: name,
			iface: at.iface,
			kind: kind.kind === 'ring' && etherType === undefined ? 'tap' : kind.kind,
			unique: runs.length === 1 ? all.unique : sum('unique'),
			corrupted: damaged,
			late: sum('late'),
			ringDropped: listener.dropped(),
			duplicated: sum('duplicated'),
			reordered: sum('reordered'),
		};
	});
}

async function receive(task: ToTask): Promise<void> {
	const {at, run, receiver: who, etherType, ringBytes} = task;
	const {iface} = at;
	const options = {run, fromZero: true};
	if (who.kind === 'none') {
		const station = new Station(iface);
		reply({type: 'ready', facts: facts(station)});
		await request();
		const nothing = {iface, kind: who.kind, unique: 0, corrupted: 0, late: 0, ringDropped: 0, duplicated: 0, reordered: 0};
		await new Promise(resolve => setTimeout(resolve, lingerMs));
		reply({type: 'received', runs: [{run: (run ?? 0).toString(16), ...nothing}], joined: 0});
		await request();
		return tellCounters(station);
	}
	const listener = who.kind === 'udp' ? await listenUdp(who.port, options, ringBytes) : listen(iface, {...options, ringBytes, etherType});
	try {
		const station = new Station(iface);
		reply({type: 'ready', facts: facts(station)});
		let expected: number | undefined;
		let came = 0;
		let lastMs = 0;
		const finished = request().then(asked => {
			expected = asked.type === 'finish' ? asked.expected : 0;
			lastMs = performance.now();
		});
		const isEnough = () => {
			if (expected === undefined) return false;
			if (listener.receiver.received > came) {
				came = listener.receiver.received;
				lastMs = performance.now();
			}
			return performance.now() - lastMs > (came >= expected ? lingerMs : stragglersMs);
		};
		try {
			await listener.run(new AbortController().signal, isEnough);
		} catch (error) {
			if (!(error instanceof NetstressError) || error.details.gone !== true) throw error;
			reply({type: 'gone', message: `interface ${at.text} has gone away: what had come until then is counted`});
			await finished;
		}
		reply({type: 'received', runs: counted(listener, task), joined: listener.joined()});
		await request();
		await tellCounters(station);
	} finally {
		listener.close();
	}
}

const task = workerData as SideTask;
try {
	enterNamespace(task.at.netns);
	if (task.side === 'to') await receive(task);
	else {
		const station = new Station(task.at.iface);
		reply({type: 'ready', facts: facts(station)});
		const asked = await request();
		if (asked.type === 'send') await send(task, asked.destination);
		await request();
		await tellCounters(station);
	}
} catch (error) {
	const known = error instanceof NetstressError;
	const {code, details} = known ? error : {code: 'ERR_IO' as const, details: {}};
	const message = known ? error.message : String((error as Error).stack ?? error);
	reply({type: 'failed', code, message: toldElsewhere(message, task.at.netns), details: {...details}});
}
// what was told must be heard: the main thread ends this one
