// The keeper: a process of its own that builds a lab and takes it down again, also when its parent is killed. Its standard input is a pipe
// whose other end only the parent holds: the end of input means that the parent is gone, whatever the reason.
//
// It runs outside the parent's session (a Ctrl-C at the terminal does not reach it), as root among the host's named namespaces, else inside
// a user namespace of its own (src/lab/lab.ts starts it). In: one JSON object a line, the plan first. Out: one JSON object a line.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, rmdirSync, symlinkSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {NetstressError} from '../base/errors.js';
import {type Helper, startHelper} from './helpers.js';
import type {KeeperReply, KeeperRequest} from './keeper-protocol.js';
import {buildCommands, type Plan} from './plan.js';
import {namespaceLink, sweep} from './sweep.js';

const reply = (message: KeeperReply) => void process.stdout.write(`${JSON.stringify(message)}\n`);

let plan: Plan | undefined;
let links: string[] = [];
let persistent = false;
let closing: Promise<void> | undefined;
const paths: string[] = [];
const helpers: Helper[] = [];

function ip(words: readonly string[]): void {
	const done = spawnSync('ip', words, {encoding: 'utf8'});
	if (done.error) {
		const missing = (done.error as NodeJS.ErrnoException).code === 'ENOENT';
		throw new NetstressError('ERR_UNSUPPORTED', missing ? 'ip is not installed; install iproute2' : `cannot run ip: ${done.error.message}`, {
			feature: 'iproute2',
		});
	}
	if (done.status === 0) return;
	const said = done.stderr.trim().replaceAll('\n', '; ');
	const denied = /not permitted|denied/i.test(said);
	throw new NetstressError(denied ? 'ERR_PERMISSION' : 'ERR_SYSCALL', `cannot build the lab: ip ${words.join(' ')}: ${said}`, {feature: 'lab'});
}

function mount(words: readonly string[]): void {
	// -n: mount's own table lies in /run, which is just being covered
	const done = spawnSync('mount', ['-n', ...words], {encoding: 'utf8'});
	if (done.status !== 0)
		throw new NetstressError(
			'ERR_PERMISSION',
			`cannot mount inside the user namespace: mount ${words.join(' ')}: ${(done.stderr ?? String(done.error)).trim()}`,
			{feature: 'user namespaces'},
		);
}

/**
 * `ip netns` keeps its names below /run/netns, which is not ours: a tmpfs of our own goes over it, in our own mount namespace.
 * Where there is no /run/netns, /run itself is covered; what was in it (on some systems the programs themselves) stays reachable through
 * links into /run/host. `spare` is an empty folder of ours; it is only ever removed with rmdir, which cannot follow a mount.
 */
function ownRun(spare: string): void {
	if (existsSync('/run/netns')) {
		mount(['-t', 'tmpfs', '-o', 'mode=0755', 'netstress', '/run/netns']);
	} else {
		const entries = readdirSync('/run');
		mount(['-t', 'tmpfs', '-o', 'mode=0755', 'netstress', spare]);
		for (const entry of entries) symlinkSync(`/run/host/${entry}`, `${spare}/${entry}`);
		mkdirSync(`${spare}/netns`);
		mkdirSync(`${spare}/host`);
		mount(['--rbind', '/run', `${spare}/host`]);
		mount(['--move', spare, '/run']);
	}
	rmdirSync(spare);
}

async function build(request: Extract<KeeperRequest, {type: 'build'}>): Promise<void> {
	for (const {namespace} of request.plan.hosts) {
		// not ours: it must survive our failure
		if (namespaceLink(namespace))
			throw new NetstressError('ERR_UNSUPPORTED', `there is a namespace ${namespace} already; remove it with: ip netns del ${namespace}`, {namespace});
	}
	plan = request.plan; // before the first namespace: whatever fails below is swept
	paths.push(...request.remove);
	if (request.spare !== undefined) ownRun(request.spare);
	for (const words of buildCommands(plan, existsSync('/proc/sys/net/ipv6'))) ip(words);
	const jobs: Promise<Helper>[] = [];
	for (const host of plan.hosts) {
		for (const iface of host.interfaces) jobs.push(startHelper(host.namespace, iface, {offloads: plan.offloads}));
	}
	for (const job of await Promise.allSettled(jobs)) {
		if (job.status === 'rejected') throw job.reason;
		helpers.push(job.value);
	}
	links = plan.hosts.map(({namespace}) => namespaceLink(namespace) ?? '');
	reply({type: 'ready', links});
}

function close(status: number): Promise<void> {
	closing ??= (async () => {
		for (const helper of helpers) helper.close();
		await sweep(plan?.hosts.map(({namespace}) => namespace) ?? [], links, paths);
		reply({type: 'closed'});
		process.exit(status);
	})();
	return closing;
}

async function handle(request: KeeperRequest): Promise<void> {
	if (request.type === 'build') await build(request);
	else if (request.type === 'remove') paths.push(request.path);
	else if (request.type === 'persist') {
		persistent = true;
		reply({type: 'persistent'});
	} else if (request.type === 'lost') reply({type: 'lost', ends: await Promise.all(helpers.map(helper => helper.lost()))});
	else if (request.type === 'lose') await lose(request);
	else await close(0);
}

async function lose({rule, hosts}: Extract<KeeperRequest, {type: 'lose'}>): Promise<void> {
	try {
		reply({type: 'lost', ends: await Promise.all(helpers.map(helper => (hosts.includes(helper.end.host) ? helper.lose(rule) : helper.lost())))});
	} catch (error) {
		refuse(error);
	}
}

function refuse(error: unknown): void {
	const {message, code = 'ERR_SYSCALL', details = {}} = error as Partial<NetstressError> & Error;
	reply({type: 'error', code, message, details: {...details}});
}

async function fail(error: unknown): Promise<void> {
	refuse(error);
	await close(1);
}

for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => void close(0));
process.stdout.on('error', () => undefined); // the parent is gone: the end of input follows
process.on('uncaughtException', error => void fail(error));
process.on('unhandledRejection', error => void fail(error));

let work = Promise.resolve();
createInterface({input: process.stdin})
	.on('line', line => {
		work = work.then(() => handle(JSON.parse(line) as KeeperRequest)).catch(fail);
	})
	.on('close', () => {
		work = work.then(() => (persistent ? undefined : close(0)));
	});
// a persistent keeper has no input left to wait for; the timer is what keeps it
setInterval(() => undefined, 2 ** 30);
