// The keeper's helpers: one short program per interface, inside its namespace, that switches offloads off and holds the loss program.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {type ErrorCode, NetstressError} from '../base/errors.js';
import type {EndLoss} from './keeper-protocol.js';
import type {PlannedInterface} from './plan.js';

export interface Helper {
	/** What this end has dropped on purpose. */
	lost(): Promise<EndLoss>;
	close(): void;
}

/** What a helper program answers, one JSON object a line. */
export type HelperReply =
	| {type: 'ready'; engine: EndLoss['engine']}
	| {type: 'error'; code: ErrorCode; message: string; details: Record<string, unknown>}
	| {type: 'lost'; seen: number; dropped: number};

const program = fileURLToPath(new URL('./helper.js', import.meta.url));

/** Starts the helper of one interface and waits until its work is in force. */
export async function startHelper(namespace: string, end: PlannedInterface, {offloads}: {offloads: boolean}): Promise<Helper> {
	const task = {iface: end.name, offloads, loss: end.loss, engine: end.lossEngine, seed: end.seed};
	const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, program, JSON.stringify(task)], {stdio: ['pipe', 'pipe', 'pipe']});
	child.stdin.on('error', () => undefined); // it ended: the reply below says why
	let said = '';
	child.stderr.setEncoding('utf8').on('data', text => {
		said += text;
	});
	const waiting: ((reply: HelperReply) => void)[] = [];
	createInterface({input: child.stdout}).on('line', line => waiting.shift()?.(JSON.parse(line) as HelperReply));
	const next = () =>
		new Promise<HelperReply>(resolve => {
			waiting.push(resolve);
		});
	child.on('exit', (status, signal) => {
		for (const give of waiting.splice(0))
			give({type: 'error', code: 'ERR_SYSCALL', message: `the helper of ${end.host}/${end.name} ended (${signal ?? status}): ${said.trim()}`, details: {}});
	});
	const first = await next();
	if (first.type === 'error') throw new NetstressError(first.code, first.message, first.details);
	const engine = first.type === 'ready' ? first.engine : 'none';
	return {
		async lost() {
			const base = {host: end.host, iface: end.name, engine};
			if (engine === 'none') return {...base, seen: 0, dropped: 0};
			const answer = next();
			child.stdin.write('lost\n');
			const reply = await answer;
			if (reply.type === 'error') throw new NetstressError(reply.code, reply.message, reply.details);
			return reply.type === 'lost' ? {...base, seen: reply.seen, dropped: reply.dropped} : {...base, seen: 0, dropped: 0};
		},
		close: () => child.stdin.end(),
	};
}
