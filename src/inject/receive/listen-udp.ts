// The receiver as an ordinary program: a UDP socket. What the kernel's own protocols, its filters and the socket's buffer lose is lost before it.
import {createSocket, type Socket} from 'node:dgram';
import {setTimeout as sleep} from 'node:timers/promises';
import {NetstressError} from '../../base/errors.js';
import {STAMP_ETHERTYPE} from '../../wire/stamp.js';
import type {Listener} from './listen.js';
import {Receiver, type ReceiverOptions} from './receiver.js';

const ETHERNET = 14;
/** The longest datagram there is. */
const mostBytes = 65_535;
const lookMs = 20;

/** Binds a socket of both families, or of IPv4 where there is no IPv6. */
async function bound(port: number, recvBufferSize: number | undefined): Promise<Socket> {
	const open = (type: 'udp4' | 'udp6') =>
		new Promise<Socket>((resolve, reject) => {
			const socket = createSocket({type, ...(recvBufferSize === undefined ? {} : {recvBufferSize})});
			socket.once('error', reject);
			socket.bind(port, () => {
				socket.removeListener('error', reject);
				resolve(socket);
			});
		});
	return open('udp6').catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'EADDRINUSE' || error.code === 'EACCES') throw error;
		return open('udp4');
	});
}

/** Counts stamped datagrams to `port` of any address of this namespace. `bufferBytes`: of the socket's buffer, up to net.core.rmem_max. ERR_IO when the port cannot be had. */
export async function listenUdp(port: number, options: ReceiverOptions = {}, bufferBytes?: number): Promise<Listener> {
	let socket: Socket;
	try {
		socket = await bound(port, bufferBytes);
	} catch (error) {
		throw new NetstressError('ERR_IO', `cannot listen on UDP port ${port}: ${(error as NodeJS.ErrnoException).code}; see who has it: ss -lunp`, {port}, error);
	}
	const receiver = new Receiver(options);
	// the receiver looks for stamps in frames: a datagram's payload gets a header for it
	const frame = new DataView(new ArrayBuffer(ETHERNET + mostBytes));
	frame.setUint16(ETHERNET - 2, STAMP_ETHERTYPE);
	const bytes = new Uint8Array(frame.buffer, ETHERNET);
	socket.on('message', payload => {
		frames++;
		bytes.set(payload);
		const now = performance.timeOrigin + performance.now();
		const seconds = Math.floor(now / 1000);
		receiver.frame(frame, 0, ETHERNET + payload.length, seconds, Math.round((now - seconds * 1000) * 1e6));
	});
	let frames = 0;
	let failure: Error | undefined;
	socket.on('error', error => {
		failure = error;
	});
	return {
		receiver,
		frames: () => frames,
		dropped: () => 0,
		joined: () => 0,
		async run(signal, enough) {
			while (!signal.aborted && !enough()) {
				if (failure !== undefined) throw new NetstressError('ERR_IO', `the UDP socket on port ${port} failed: ${failure.message}`, {port}, failure);
				await sleep(lookMs);
			}
		},
		close: () => void socket.close(),
	};
}
