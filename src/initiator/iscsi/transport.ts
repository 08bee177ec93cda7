// The initiator's engine over TCP: connect, log in, move bytes, tell the time.
import {createConnection, type Socket} from 'node:net';
import {NetstressError} from '../../base/errors.js';
import {Awake} from '../../sys/awake.js';
import type {SessionCounters} from '../session.js';
import type {IscsiPortal} from './address.js';
import {type EngineOptions, InitiatorEngine} from './engine.js';
import {bufferBytes} from './outgoing.js';

export interface Transport {
	readonly engine: InitiatorEngine;
	/** Settles when the connection is over: with the error that ended it, or undefined after a logout. */
	readonly ended: Promise<NetstressError | undefined>;
	/** Sends what the engine has, once the caller's turn of the event loop is over. */
	kick(): void;
	/** Logs out, waits a second at the most, closes. */
	close(): Promise<void>;
}

const tickMs = 250;
/** Bytes taken from the socket at once: what they ask for is on its way while the next are read. */
const receiveBytes = 0x1_0000;
const logoutMs = 1000;

const connectAdvice: Readonly<Record<string, string>> = {
	ECONNREFUSED: 'nothing listens there; is the target running, and on this port?',
	EHOSTUNREACH: 'there is no way to that host',
	ENETUNREACH: 'there is no route to that network',
	ENOTFOUND: 'there is no such host name',
	ECONNRESET: 'the target closed the connection without a word',
};

const portalText = ({host, port}: IscsiPortal) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

function connectionError(error: NodeJS.ErrnoException, portal: IscsiPortal): NetstressError {
	const code = error.code ?? 'unknown';
	return new NetstressError('ERR_IO', `iSCSI ${portalText(portal)}: ${code}; ${connectAdvice[code] ?? error.message}`, {errno: code, ...portal}, error);
}

/** Connects and logs in. ERR_IO (no connection, refused), ERR_TIMEOUT, ERR_PROTOCOL, ERR_PERMISSION. */
export async function connect(portal: IscsiPortal, options: EngineOptions, counters: SessionCounters, timeoutMs: number): Promise<Transport> {
	// one buffer for everything that comes: the engine copies what it keeps
	const socket: Socket = createConnection({
		...portal,
		noDelay: true,
		onread: {
			buffer: Buffer.allocUnsafeSlow(receiveBytes),
			callback: (length, bytes) => {
				take(bytes.subarray(0, length));
				return true;
			},
		},
	});
	const awake = new Awake();
	let sending = false;
	let writing = false;
	const spare: Buffer[] = [];
	const late = setTimeout(
		() => engine.fail(new NetstressError('ERR_TIMEOUT', `iSCSI ${portalText(portal)}: no login in ${timeoutMs} ms; is it an iSCSI target?`, {...portal})),
		timeoutMs,
	);
	let settle: (error: NetstressError | undefined) => void = () => undefined;
	let began: () => void = () => undefined;
	const ended = new Promise<NetstressError | undefined>(resolve => {
		settle = resolve;
	});
	const ready = new Promise<void>(resolve => {
		began = resolve;
	});
	const engine = new InitiatorEngine(options, {ready: began, ended: finish}, counters, performance.now());
	const timer = setInterval(() => {
		engine.tick(performance.now());
		send();
	}, tickMs);

	function finish(error: NetstressError | undefined): void {
		clearTimeout(late);
		clearInterval(timer);
		socket.end();
		// what the target still says is of no use to anybody
		socket.resume();
		setTimeout(() => socket.destroy(), logoutMs).unref();
		settle(error);
	}
	function take(chunk: Uint8Array): void {
		engine.receive(chunk, performance.now());
		send();
		if (engine.outstanding > 0) awake.touch();
	}
	function send(): void {
		sending = false;
		while (!writing && !socket.destroyed && !socket.connecting) {
			const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
			const length = engine.pull(buffer, new DataView(buffer.buffer, buffer.byteOffset, buffer.length));
			if (length === 0) {
				spare.push(buffer);
				return;
			}
			// only the callback of a write that did not go out at once may start the next
			const write = {waiting: false};
			socket.write(buffer.subarray(0, length), () => {
				if (spare.length < 4) spare.push(buffer);
				if (!write.waiting) return;
				writing = false;
				send();
			});
			write.waiting = socket.writableLength > 0;
			writing = write.waiting;
		}
	}
	socket.on('connect', send);
	socket.on('error', error => engine.fail(connectionError(error, portal)));
	socket.on('close', () => engine.fail(new NetstressError('ERR_CLOSED', `iSCSI ${portalText(portal)}: the target closed the connection`, {...portal})));
	const failed = await Promise.race([
		ready.then(() => undefined),
		ended.then(error => error ?? new NetstressError('ERR_CLOSED', 'the session ended during login')),
	]);
	if (failed) throw failed;
	clearTimeout(late);
	return {
		engine,
		ended,
		kick() {
			if (sending) return;
			sending = true;
			queueMicrotask(send);
		},
		async close() {
			engine.logout();
			send();
			const patience = setTimeout(() => engine.fail(undefined), logoutMs);
			await ended;
			clearTimeout(patience);
		},
	};
}
