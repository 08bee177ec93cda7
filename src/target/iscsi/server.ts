// The iSCSI target over TCP: sockets around the engine. What came in one read is answered with one write.
import {createServer, type Socket} from 'node:net';
import {NetstressError} from '../../base/errors.js';
import type {Volume} from '../../disk/volume.js';
import {Awake} from '../../sys/awake.js';
import {DeviceServer} from '../scsi/server.js';
import {logicalUnit} from '../scsi/unit.js';
import {Connection} from './connection.js';
import {SocketPump} from './pump.js';
import type {IscsiCounters} from './settings.js';
import {Target, type TargetOptions} from './target.js';

export interface IscsiServerOptions extends TargetOptions {
	/** Address to listen on. Default 127.0.0.1. */
	host?: string;
	/** TCP port; 0 = any free one. Default 3260. */
	port?: number;
	/** iSCSI name of the target (RFC 7143 4.2.7). */
	iqn: string;
	/** LUN 0 is the first. */
	volumes: readonly Volume[];
	readOnly?: boolean;
	/** Bytes, 512 (default) or 4096. */
	blockSize?: number;
}

export interface IscsiServer {
	/** Where it listens. */
	readonly address: {readonly host: string; readonly port: number};
	readonly iqn: string;
	readonly stats: Readonly<IscsiCounters>;
	readonly target: Target;
	/** Asks every initiator to log out, waits `graceSeconds` (default 1), says goodbye to the others and closes with FIN. */
	close(graceSeconds?: number): Promise<void>;
}

const names = /^(iqn\.\d{4}-\d{2}\.[^\s]+|eui\.[0-9a-f]{16}|naa\.[0-9a-f]{16}([0-9a-f]{16})?)$/i;

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host);
/** An IPv4 address that reached an IPv6 socket is told in its own form. */
const plain = (host: string) => host.replace(/^::ffff:(?=\d+\.)/, '');

/** Starts a target. ERR_USAGE for a bad name or no volume, ERR_SYSCALL when the address cannot be listened on. */
export async function startIscsiServer(options: IscsiServerOptions): Promise<IscsiServer> {
	const {host = '127.0.0.1', port = 3260, iqn, volumes} = options;
	if (!names.test(iqn) || iqn.length > 223) {
		throw new NetstressError('ERR_USAGE', `${iqn} is not an iSCSI name; write it like iqn.2026-01.example:disk`, {iqn});
	}
	if (volumes.length === 0) throw new NetstressError('ERR_USAGE', 'an iSCSI target needs a volume; name a file');
	const blockSize = options.blockSize ?? 512;
	const units = volumes.map((volume, lun) => logicalUnit(lun, volume, {blockSize, readOnly: options.readOnly ?? false}));
	const device = new DeviceServer(units, {deviceName: iqn, portName: `${iqn},t,0x0001`});
	const target = new Target(iqn, device, options);
	const awake = new Awake();
	const pumps = new Set<SocketPump>();
	let closing = false;

	const server = createServer({noDelay: true, keepAlive: true}, (socket: Socket) => {
		if (closing) {
			socket.destroy();
			return;
		}
		const portal = `${bracketed(plain(socket.localAddress ?? host))}:${socket.localPort ?? port}`;
		const pump = new SocketPump(socket, new Connection(target, portal, performance.now()), awake);
		pumps.add(pump);
		socket.once('close', () => pumps.delete(pump));
	});
	await new Promise<void>((resolve, reject) => {
		const refuse = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
		server.once('error', refuse);
		server.listen({host, port, backlog: 4096}, () => {
			server.off('error', refuse);
			resolve();
		});
	});
	const bound = server.address();
	if (bound === null || typeof bound === 'string') throw new NetstressError('ERR_IO', `listening on ${host}:${port} gave no address`);
	// a listening socket that breaks later takes no new connections; the open ones go on
	server.on('error', () => undefined);
	const timer = setInterval(() => {
		for (const pump of pumps) pump.tick(performance.now());
	}, 1000);
	timer.unref();

	return {
		address: {host: bound.address, port: bound.port},
		iqn,
		stats: target.counters,
		target,
		async close(graceSeconds = 1) {
			if (closing) return;
			closing = true;
			clearInterval(timer);
			const stopped = new Promise<void>(resolve => server.close(() => resolve()));
			for (const pump of pumps) pump.requestLogout(Math.ceil(graceSeconds));
			const until = performance.now() + graceSeconds * 1000;
			while (pumps.size > 0 && performance.now() < until) await new Promise(resolve => setTimeout(resolve, 20));
			for (const pump of pumps) pump.drop();
			await stopped;
		},
	};
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): NetstressError {
	const where = `${bracketed(host)}:${port}`;
	const next: Record<string, string> = {
		EADDRINUSE: 'something listens there already; choose another port',
		EADDRNOTAVAIL: 'this host has no such address; see `ip address`',
		EACCES: 'ports below 1024 need CAP_NET_BIND_SERVICE; choose another port',
	};
	const code = error.code ?? 'unknown';
	return new NetstressError(
		'ERR_SYSCALL',
		`cannot listen on ${where}: ${code}; ${next[code] ?? error.message}`,
		{syscall: 'listen', errno: code, host, port},
		error,
	);
}
