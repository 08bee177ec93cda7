// An XDP program that loses frames by a rule, on an interface of a lab's host, for as long as a test wants it.
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {LabHost} from '../../../src/lab/host.js';
import {root} from '../program.js';

/** Loses frames that arrive at `iface` of a host until `end`, which says how many. */
export async function dropAt(t: ExecutionContext, host: LabHost, iface: string, rule: object) {
	const code = `import {openLoss} from '${join(root, 'dist/src/lab/loss.js')}';
const loss = openLoss('${iface}', ${JSON.stringify(rule)}, 1, 'xdp');
console.log('ready');
process.stdin.on('end', () => { console.log(loss.read().dropped); loss.close(); }).resume();`;
	const child = host.spawn(process.execPath, ['--input-type=module', '-e', code], {stdio: ['pipe', 'pipe', 'inherit']});
	t.teardown(() => void child.kill('SIGKILL'));
	let said = '';
	const closed = new Promise<void>(resolve => child.on('close', () => resolve()));
	await new Promise<void>((resolve, reject) => {
		child.stdout!.setEncoding('utf8').on('data', text => {
			said += text;
			if (said.includes('ready')) resolve();
		});
		void closed.then(() => reject(new Error('the dropper ended')));
	});
	return async () => {
		child.stdin!.end();
		await closed;
		return Number(said.trim().split('\n').at(-1));
	};
}
