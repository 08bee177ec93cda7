// The ring port over veth: what one end says it sent, the other has received or says it lost, to the frame.
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {createLab} from '../../../src/lab/lab.js';
import {need} from '../need.js';

const script = fileURLToPath(new URL('./exchange.js', import.meta.url));
const lastLine = (text: string) => JSON.parse(text.trim().split('\n').at(-1)!);

async function exchange(t: ExecutionContext, options: {count: number; bytes: number; engine: string; ringBytes: number; lateMs: number; mtu?: number}) {
	const {count, bytes, engine, ringBytes, lateMs, mtu = 1500} = options;
	const lab = await createLab({hosts: ['a', 'b'], links: [{between: ['a', 'b'], mtu}]}, {prefix: `netstress-p${process.pid}`});
	t.teardown(() => lab.close());
	const [a, b] = [lab.host('a'), lab.host('b')];
	const receiving = b.run(process.execPath, [script, 'receive', b.iface, String(ringBytes), String(lateMs), String(lateMs + 1500)]);
	await new Promise(resolve => setTimeout(resolve, 400));
	const sent = await a.run(process.execPath, [script, 'send', a.iface, String(count), String(bytes), engine]);
	const received = await receiving;
	await lab.close();
	t.is(sent.status, 0, sent.stderr);
	t.is(received.status, 0, received.stderr);
	return {sent: lastLine(sent.stdout), received: lastLine(received.stdout), slots: JSON.parse(received.stdout.split('\n')[0]!).slots as number};
}

for (const engine of ['sendmmsg', 'ring']) {
	for (const [bytes, mtu] of [
		[60, 1500],
		[1514, 1500],
		[9014, 9000],
	] as const) {
		test.serial(`${engine}: 20,000 frames of ${bytes} bytes arrive whole and in order`, async t => {
			if (!need(t, {root: true})) return;
			const {sent, received} = await exchange(t, {count: 20_000, bytes, engine, ringBytes: 32 << 20, lateMs: 0, mtu});
			t.like(sent, {sent: 20_000, sentBytes: 20_000 * bytes, transmitFailed: 0});
			t.like(received, {inOrder: true, last: 19_999});
			t.is(received.received + received.receiveDropped, 20_000);
		});
	}
}

test.serial('a reader that comes late finds its ring full: received + dropped = sent, exactly', async t => {
	if (!need(t, {root: true})) return;
	const {sent, received, slots} = await exchange(t, {count: 30_000, bytes: 60, engine: 'sendmmsg', ringBytes: 1 << 20, lateMs: 1500});
	t.is(sent.sent, 30_000);
	t.true(received.receiveDropped > 0);
	t.is(received.received + received.receiveDropped, 30_000);
	t.true(received.received >= slots);
	t.log(`${slots} slots, ${received.received} received, ${received.receiveDropped} dropped`);
});
