// The target over loopback TCP: ports, shutdown, and a peer that does not read.
import {createConnection, createServer, type Socket} from 'node:net';
import test from 'ava';
import {NetstressError} from '../../../src/base/errors.js';
import {memoryVolume} from '../../../src/disk/memory.js';
import {type IscsiServerOptions, startIscsiServer} from '../../../src/target/iscsi/server.js';
import {asyncEvent, opcode} from '../../../src/wire/iscsi-names.js';
import {initiator, iqn, loginPdu, pduOf} from './bench.js';

const start = (options: Partial<IscsiServerOptions> = {}) => startIscsiServer({port: 0, iqn, volumes: [memoryVolume(2 ** 20)], ...options});

interface Peer {
	readonly socket: Socket;
	/** Everything that came so far. */
	readonly received: () => Buffer;
	/** Settles when the connection is over; with the error, if one ended it. */
	readonly over: Promise<Error | undefined>;
	until(enough: () => boolean): Promise<void>;
}

function connect(port: number, host = '127.0.0.1'): Promise<Peer> {
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		const waiting = new Set<() => void>();
		let failure: Error | undefined;
		const socket = createConnection({port, host, allowHalfOpen: true}, () => {
			const over = new Promise<Error | undefined>(done => socket.once('close', () => done(failure)));
			resolve({
				socket,
				received: () => Buffer.concat(chunks),
				over,
				until: enough =>
					new Promise(done => {
						const look = () => {
							if (!enough()) return;
							waiting.delete(look);
							done();
						};
						waiting.add(look);
						look();
					}),
			});
		});
		socket.on('data', chunk => {
			chunks.push(chunk);
			for (const look of waiting) look();
		});
		socket.on('error', error => {
			failure = error;
			reject(error);
		});
	});
}

const login = loginPdu([
	['InitiatorName', initiator],
	['TargetName', iqn],
	['MaxRecvDataSegmentLength', '262144'],
]);

test('a port in use, a bad name and no volume are clear errors', async t => {
	const blocker = createServer().listen(0, '127.0.0.1');
	await new Promise(resolve => blocker.once('listening', resolve));
	const address = blocker.address();
	const port = typeof address === 'object' && address ? address.port : 0;
	const used = await t.throwsAsync(start({port}), {instanceOf: NetstressError});
	blocker.close();
	t.is(used?.code, 'ERR_SYSCALL');
	t.is(used?.details.errno, 'EADDRINUSE');
	t.regex(used?.message ?? '', new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: EADDRINUSE; .*another port`));
	t.is((await t.throwsAsync(start({iqn: 'disk'}), {instanceOf: NetstressError}))?.code, 'ERR_USAGE');
	t.is((await t.throwsAsync(start({volumes: []}), {instanceOf: NetstressError}))?.code, 'ERR_USAGE');
	t.is((await t.throwsAsync(start({host: '192.0.2.77'}), {instanceOf: NetstressError}))?.details.errno, 'EADDRNOTAVAIL');
});

test('shutdown asks for logout, says goodbye and closes with FIN', async t => {
	const server = await start();
	const peer = await connect(server.address.port);
	peer.socket.write(login);
	await peer.until(() => peer.received().length >= 48);
	const ended = new Promise<void>(resolve => peer.socket.once('end', resolve));
	const closing = server.close(0.05);
	await ended;
	const events = peer.received().subarray(peer.received().length - 96);
	t.deepEqual([events[0], events[36]], [opcode.async, asyncEvent.logoutRequest]);
	t.deepEqual([events[48], events[84]], [opcode.async, asyncEvent.dropAll]);
	// what is on its way when the target goes must not turn its FIN into a RST
	peer.socket.write(new Uint8Array(100_000));
	peer.socket.end();
	t.is(await peer.over, undefined);
	await closing;
});

test('a peer that asks for everything and reads nothing costs a bounded backlog', async t => {
	const volume = memoryVolume(16 * 2 ** 20);
	const server = await start({volumes: [volume]});
	const peer = await connect(server.address.port);
	peer.socket.write(login);
	await peer.until(() => peer.received().length >= 48);
	peer.socket.pause();
	const read = (i: number) =>
		pduOf(view => {
			view.setUint8(0, 1);
			view.setUint8(1, 0xc1);
			view.setUint32(16, i + 10);
			view.setUint32(20, 16 * 2 ** 20);
			view.setUint32(24, i + 1);
			view.setUint8(32, 0x28);
			view.setUint16(39, 32_768);
		});
	// the first hears of the power-on; 128 fit the window, the others are ignored
	peer.socket.write(Buffer.concat(Array.from({length: 300}, (_, i) => read(i))));
	const session = [...server.target.sessions()][0]!;
	for (let quiet = 0, last = -1; quiet < 5; ) {
		await new Promise(resolve => setTimeout(resolve, 20));
		quiet = volume.counters.readBytes === last ? quiet + 1 : 0;
		last = volume.counters.readBytes;
	}
	t.true(volume.counters.readBytes < 32 * 2 ** 20, `${volume.counters.readBytes} bytes read ahead`);
	t.true(session.tasks.size <= 128);
	peer.socket.destroy();
	await server.close(0);
});

test('a peer that pings without end and reads nothing is not read either', async t => {
	const server = await start();
	const peer = await connect(server.address.port);
	peer.socket.write(login);
	await peer.until(() => peer.received().length >= 48);
	peer.socket.pause();
	const nop = pduOf(view => {
		view.setUint8(0, 0x40);
		view.setUint8(1, 0x80);
		view.setUint32(4, 2000);
		view.setUint32(16, 7);
		view.setUint32(20, 0xffff_ffff);
		view.setUint32(24, 1);
	}, new Uint8Array(2000));
	const many = Buffer.concat(Array.from({length: 500}, () => nop));
	for (let i = 0; i < 64; i++) peer.socket.write(many);
	const {connection} = [...server.target.sessions()][0]!;
	for (let quiet = 0, last = -1; quiet < 5; ) {
		await new Promise(resolve => setTimeout(resolve, 20));
		quiet = connection.backlog === last ? quiet + 1 : 0;
		last = connection.backlog;
	}
	// 64 MB were written; what waits is one read's worth above the mark
	t.true(connection.backlog < 1100, `${connection.backlog} replies wait`);
	peer.socket.destroy();
	await server.close(0);
});

test('connections that say nothing and go leave nothing behind', async t => {
	const server = await start();
	for (let i = 0; i < 20; i++) (await connect(server.address.port)).socket.destroy();
	const half = await connect(server.address.port);
	half.socket.end(login.subarray(0, 30));
	await half.over;
	t.is(server.stats.sessions, 0);
	t.is(server.stats.logins, 0);
	await server.close(0);
});

test('it listens on IPv6 and tells its portal in brackets', async t => {
	const server = await start({host: '::1'}).catch((error: NetstressError) => error);
	if (server instanceof NetstressError) {
		t.is(server.details.errno, 'EADDRNOTAVAIL', 'this host has no IPv6 loopback');
		return;
	}
	const peer = await connect(server.address.port, '::1');
	peer.socket.write(
		loginPdu([
			['InitiatorName', initiator],
			['SessionType', 'Discovery'],
		]),
	);
	await peer.until(() => peer.received().length >= 48);
	const text = Buffer.from('SendTargets=All\0');
	peer.socket.write(
		pduOf(view => {
			view.setUint8(0, 4);
			view.setUint8(1, 0x80);
			view.setUint32(4, text.length);
			view.setUint32(20, 0xffff_ffff);
			view.setUint32(24, 1);
		}, text),
	);
	await peer.until(() => peer.received().includes('TargetAddress'));
	t.true(peer.received().includes(`TargetAddress=[::1]:${server.address.port},1\0`));
	peer.socket.destroy();
	await server.close(0);
});
