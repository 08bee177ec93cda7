// Moves bytes between a socket and a connection's engine: one write per batch, no reading while the peer does not take what it asked for.
import type {Socket} from 'node:net';
import type {Awake} from '../../sys/awake.js';
import type {Connection} from './connection.js';

/** Bytes of an outgoing buffer: one Data-In of the usual 256 KiB with its header, or many small ones. */
const bufferBytes = 0x4_0000 + 0x1000;
/** Bytes of one write: the peer works on them while the next are read. */
const enoughBytes = 0x1_0000;
/** Replies waiting above which the peer is not read. */
const highBacklog = 512;
/** How long the peer has, after our FIN, to close its side before the socket is destroyed. */
const lingerMs = 2000;

/** Outgoing buffers that no socket uses; shared by all connections of a thread. */
const free: Buffer[] = [];
const maxFree = 16;

export class SocketPump {
	readonly #socket: Socket;
	readonly #connection: Connection;
	#writing = false;
	#ended = false;
	#endingSinceMs: number | undefined;

	constructor(socket: Socket, connection: Connection, awake: Awake) {
		this.#socket = socket;
		this.#connection = connection;
		socket.on('data', chunk => {
			connection.receive(chunk, performance.now());
			this.#send();
			awake.touch();
		});
		socket.on('end', () => this.#finish());
		socket.on('error', () => connection.closed());
		socket.on('close', () => connection.closed());
	}

	tick(nowMs: number): void {
		this.#connection.tick(nowMs);
		this.#send();
		if (!this.#connection.ending || this.#ended) return;
		// the peer takes nothing any more, so what is queued will never go
		this.#endingSinceMs ??= nowMs;
		if (nowMs - this.#endingSinceMs > lingerMs) this.#socket.destroy();
	}

	requestLogout(seconds: number): void {
		this.#connection.requestLogout(seconds);
		this.#send();
	}

	drop(): void {
		this.#connection.drop('target shuts down');
		this.#send();
		this.#finish();
	}

	/** Sends what can go, and reads on only while the peer takes what it asked for. */
	#send(): void {
		if (this.#ended) return;
		this.#flush();
		if (this.#connection.backlog > highBacklog) this.#socket.pause();
		else if (this.#socket.isPaused()) this.#socket.resume();
		if (this.#connection.ending && this.#connection.backlog === 0) this.#finish();
	}

	/** Writes until there is nothing more or the socket is full; then its callback goes on. */
	#flush(): void {
		while (!this.#writing) {
			const buffer = free.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
			const length = this.#connection.pull(buffer, new DataView(buffer.buffer, buffer.byteOffset, buffer.length), enoughBytes);
			if (length === 0) {
				give(buffer);
				break;
			}
			// only the callback of a write that did not go out at once may start the next
			const write = {waiting: false};
			this.#socket.write(buffer.subarray(0, length), () => {
				give(buffer);
				if (!write.waiting) return;
				this.#writing = false;
				this.#send();
			});
			write.waiting = this.#socket.writableLength > 0;
			this.#writing = write.waiting;
		}
	}

	/** FIN, never RST: what the peer still sends is read and thrown away until it closes too. */
	#finish(): void {
		if (this.#ended) return;
		this.#ended = true;
		this.#connection.end('closed by the peer');
		this.#socket.end();
		this.#socket.resume();
		setTimeout(() => this.#socket.destroy(), lingerMs).unref();
	}
}

function give(buffer: Buffer): void {
	if (free.length < maxFree) free.push(buffer);
}
