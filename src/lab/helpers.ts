// The keeper's helpers: one short program per interface, inside its namespace, that switches offloads off and holds the loss program.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {type ErrorCode, NetstressError} from '../base/errors.js';
import type {EndLoss} from './keeper-protocol.js';
import type {LossRule} from './loss-program.js';
import type {LossEngine, PlannedInterface} from './plan.js';

export interface Helper {
	readonly end: PlannedInterface;
	/** What this end has dropped on purpose. */
	lost(): Promise<EndLoss>;
	/** Puts a rule into force, and says what has been dropped so far. Errors as `openLoss`. */
	lose(rule: LossRule): Promise<EndLoss>;
	close(): void;
}

/** What a helper program is started with; without a rule it ends once the offloads are off. */
export interface HelperTask {
	readonly iface: string;
	/** Leave them as they are. */
	readonly offloads: boolean;
	readonly rule?: LossRule | undefined;
	readonly engine?: LossEngine | undefined;
	readonly seed: number;
}

/** What a helper program is asked, and answers, one JSON object a line. */
export type HelperRequest = {type: 'lost'} | {type: 'set'; rule: LossRule};
export type HelperReply =
	| {type: 'ready'; engine: EndLoss['engine']}
	| {type: 'error'; code: ErrorCode; message: string; details: Record<string, unknown>}
	| {type: 'lost'; engine: EndLoss['engine']; seen: number; dropped: number};

const program = fileURLToPath(new URL('./helper.js', import.meta.url));

interface Running {
	readonly engine: EndLoss['engine'];
	ask(request: HelperRequest): Promise<HelperReply>;
	close(): void;
}

/** Starts a helper program and waits until its work is in force. */
async function startProgram(namespace: string, {host, name}: PlannedInterface, task: HelperTask): Promise<Running> {
	const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, program, JSON.stringify(task)], {stdio: ['pipe', 'pipe', 'pipe']});
	child.stdin.on('error', () => undefined); // it ended: the reply below says why
	let said = '';
	child.stderr.setEncoding('utf8').on('data', text => {
		said += text;
	});
	const waiting: {give: (reply: HelperReply) => void; fail: (error: Error) => void}[] = [];
	const take = (reply: HelperReply) => {
		const next = waiting.shift();
		if (reply.type === 'error') next?.fail(new NetstressError(reply.code, reply.message, reply.details));
		else next?.give(reply);
	};
	createInterface({input: child.stdout}).on('line', line => take(JSON.parse(line) as HelperReply));
	const next = () => new Promise<HelperReply>((give, fail) => waiting.push({give, fail}));
	child.on('exit', (status, signal) => {
		const message = `the helper of ${host}/${name} ended (${signal ?? status}): ${said.trim()}`;
		while (waiting.length > 0) take({type: 'error', code: 'ERR_SYSCALL', message, details: {}});
	});
	const first = await next();
	return {
		engine: first.type === 'ready' ? first.engine : 'none',
		ask(request) {
			const answer = next();
			child.stdin.write(`${JSON.stringify(request)}\n`);
			return answer;
		},
		close: () => child.stdin.end(),
	};
}

/** Starts the helper of one interface and waits until its work is in force. */
export async function startHelper(namespace: string, end: PlannedInterface, {offloads}: {offloads: boolean}): Promise<Helper> {
	const base = {host: end.host, iface: end.name};
	const start = (task: Pick<HelperTask, 'offloads' | 'rule'>) =>
		startProgram(namespace, end, {iface: end.name, engine: end.lossEngine, seed: end.seed, ...task});
	let running = await start({offloads, rule: end.loss > 0 ? {kind: 'share', share: end.loss} : undefined});
	const ask = async (request: HelperRequest): Promise<EndLoss> => {
		const reply = await running.ask(request);
		return reply.type === 'lost' ? {...base, engine: reply.engine, seen: reply.seen, dropped: reply.dropped} : {...base, engine: 'none', seen: 0, dropped: 0};
	};
	return {
		end,
		async lost() {
			return running.engine === 'none' ? {...base, engine: 'none', seen: 0, dropped: 0} : ask({type: 'lost'});
		},
		async lose(rule) {
			// the first program had nothing to hold and has ended; the offloads are as they should be
			if (running.engine !== 'none') return ask({type: 'set', rule});
			running = await start({offloads: true, rule});
			return ask({type: 'lost'});
		},
		close: () => running.close(),
	};
}
