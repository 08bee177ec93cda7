// The parent's side of a keeper: start it, ask it, and clean up in its place should it die.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {NetstressError} from '../base/errors.js';
import type {EndLoss, KeeperReply, KeeperRequest} from './keeper-protocol.js';
import type {LossRule} from './loss-program.js';
import type {Plan} from './plan.js';
import {sweep} from './sweep.js';

const program = fileURLToPath(new URL('./keeper.js', import.meta.url));

export interface Keeper {
	readonly pid: number;
	lost(): Promise<EndLoss[]>;
	lose(rule: LossRule, hosts: string[]): Promise<EndLoss[]>;
	persist(): Promise<void>;
	close(): Promise<void>;
}

const userNamespaceAdvice =
	'an ordinary user needs user namespaces: sysctl user.max_user_namespaces must be above 0, and where they exist kernel.unprivileged_userns_clone=1 and ' +
	'kernel.apparmor_restrict_unprivileged_userns=0 (netstress doctor shows which); or run as root';

/** Removes a folder where it is empty; rmdir cannot do harm where it is not. */
function removeEmpty(folder: string): void {
	try {
		rmdirSync(folder);
	} catch {
		// gone already
	}
}

/** Starts a keeper and has it build the plan. `folder` goes away with the lab. Errors as `createLab`. */
export async function openKeeper(kind: 'named' | 'user', plan: Plan, folder: string): Promise<Keeper> {
	const node = [process.execPath, program];
	const [file = '', ...args] = kind === 'named' ? node : ['unshare', '--user', '--map-root-user', '--net', '--mount', ...node];
	// detached: a Ctrl-C at the terminal is for us; the keeper sees our end when its input ends
	const child = spawn(file, args, {stdio: ['pipe', 'pipe', 'pipe'], detached: true});
	child.stdin.on('error', () => undefined); // it ended: its exit says more
	let said = '';
	child.stderr.setEncoding('utf8').on('data', text => {
		said += text;
	});
	const waiting: ((reply: KeeperReply) => void)[] = [];
	const ended = new Promise<void>(resolve => {
		const end = (message: string, code: 'ERR_UNSUPPORTED' | 'ERR_PERMISSION' | 'ERR_CLOSED') => {
			for (const give of waiting.splice(0)) give({type: 'error', code, message, details: {feature: 'lab'}});
			resolve();
		};
		child.on('error', error => end(`cannot start the lab: ${file} is missing or not executable (${error.message}); install util-linux`, 'ERR_UNSUPPORTED'));
		child.on('close', (status, signal) => {
			const refused = kind === 'user' && /unshare/.test(said);
			const why = said.trim().split('\n')[0] || `it ended with ${signal ?? `status ${status}`}`;
			end(
				refused ? `cannot make a user namespace: ${why}; ${userNamespaceAdvice}` : `the lab's keeper ended: ${why}`,
				refused ? 'ERR_PERMISSION' : 'ERR_CLOSED',
			);
		});
	});
	createInterface({input: child.stdout}).on('line', line => waiting.shift()?.(JSON.parse(line) as KeeperReply));
	const ask = (request: KeeperRequest) =>
		new Promise<KeeperReply>((resolve, reject) => {
			waiting.push(reply => (reply.type === 'error' ? reject(new NetstressError(reply.code, reply.message, reply.details)) : resolve(reply)));
			if (child.exitCode !== null || child.signalCode !== null) waiting.pop()?.({type: 'error', code: 'ERR_CLOSED', message: 'the lab is closed', details: {}});
			else child.stdin.write(`${JSON.stringify(request)}\n`);
		});

	const ends = async (request: KeeperRequest) => {
		const reply = await ask(request);
		return reply.type === 'lost' ? reply.ends : [];
	};

	let links: string[] = [];
	let spare: string | undefined;
	let closing: Promise<void> | undefined;
	const close = async () => {
		child.stdin.end();
		await ended;
		// in the ordinary case nothing is left to do; a keeper that was killed has swept nothing
		await sweep(kind === 'named' && links.length > 0 ? plan.hosts.map(({namespace}) => namespace) : [], links, [folder]);
	};
	try {
		spare = kind === 'user' ? mkdtempSync(join(tmpdir(), 'netstress-run-')) : undefined;
		const reply = await ask({type: 'build', kind, plan, spare, remove: [folder]});
		if (reply.type === 'ready') links = reply.links;
	} catch (error) {
		await close();
		if (spare !== undefined) removeEmpty(spare);
		throw error;
	}
	return {
		pid: child.pid as number,
		lost: () => ends({type: 'lost'}),
		lose: (rule, hosts) => ends({type: 'lose', rule, hosts}),
		async persist() {
			await ask({type: 'persist'});
			child.stdin.end();
			child.unref();
			for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as {unref?(): void}).unref?.();
		},
		close() {
			closing ??= close();
			return closing;
		},
	};
}
