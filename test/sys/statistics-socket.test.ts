import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {connect} from 'node:net';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {askStatistics, openStatistics} from '../../src/sys/statistics-socket.js';

/** The listening sockets of a process in this namespace: those with the flag __SO_ACCEPTCON. */
const listening = (pid: number) =>
	readFileSync('/proc/net/unix', 'latin1')
		.split('\n')
		.filter(line => line.includes(' 00010000 ') && line.includes(`@netstress/${pid}@`));

test.serial('who asks gets the numbers of now, each time; nothing stays', async t => {
	let asked = 0;
	const socket = await openStatistics(async () => ({asked: ++asked}));
	t.truthy(socket);
	t.is(listening(process.pid).length, 1);
	t.deepEqual(await askStatistics(process.pid), {asked: 1});
	t.deepEqual(await askStatistics(process.pid), {asked: 2});
	// one that asks and leaves before the answer
	const hasty = connect(`\0netstress/${process.pid}`.padEnd(108, '\0'));
	await once(hasty, 'connect');
	hasty.destroy();
	t.is(typeof (await askStatistics(process.pid)), 'object');
	t.is(await openStatistics(async () => ({})), undefined, 'the address is taken');
	socket!.close();
	t.deepEqual(listening(process.pid), []);
	t.is(await askStatistics(process.pid), undefined);
});

test.serial('one that cannot say says nothing, and goes on', async t => {
	const socket = await openStatistics(() => Promise.reject(new Error('closed')));
	t.is(await askStatistics(process.pid), undefined);
	socket!.close();
});

test.serial('no such process, and one without a socket', async t => {
	t.is(await askStatistics(2 ** 22 + 1), undefined);
	t.is(await askStatistics(1), undefined);
});

test.serial('nothing is left of one that was killed', async t => {
	const module = fileURLToPath(new URL('../../src/sys/statistics-socket.js', import.meta.url));
	const code = `import(${JSON.stringify(module)}).then(async m => { await m.openStatistics(async () => ({})); console.log('open'); setInterval(() => {}, 1e6); })`;
	const child = spawn(process.execPath, ['-e', code], {stdio: ['ignore', 'pipe', 'inherit']});
	await once(child.stdout!, 'data');
	t.deepEqual(await askStatistics(child.pid!), {});
	child.kill('SIGKILL');
	await once(child, 'exit');
	t.deepEqual(listening(child.pid!), []);
});
