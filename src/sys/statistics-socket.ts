// Where a running program can be asked what it has counted: an abstract Unix socket (unix(7)) that answers every connection with one line of JSON and closes it.
// Abstract, because such a socket is no file: nothing is left of a program that was killed. It belongs to a network namespace as ports do; who asks from another one
// makes its socket there.
import {readFileSync, readlinkSync} from 'node:fs';
import {connect, createServer, type Socket} from 'node:net';
import {inNamespace} from './namespace-visit.js';

const answerLimit = 1 << 20;
const patienceMs = 500;
/** Who asks more often at a time waits for nothing: the kernel refuses. */
const askersLimit = 16;
/** The bytes of sun_path. */
const pathBytes = 108;

/** The address of the process that calls itself `pid`. Its zeros are part of it: Node.js 20 adds them unasked, later ones do not. */
const address = (pid: number) => `\0netstress/${pid}`.padEnd(pathBytes, '\0');

export interface StatisticsSocket {
	close(): void;
}

/**
 * Answers everybody in this network namespace with what `answer` gives, until `close`. Undefined where the address is taken (by a process of another pid
 * namespace with our number): then nobody can ask, and nothing else is the worse for it.
 */
export function openStatistics(answer: () => Promise<object>): Promise<StatisticsSocket | undefined> {
	const server = createServer(socket => {
		socket.on('error', () => socket.destroy()); // who asks may be gone before the answer
		socket.setTimeout(patienceMs, () => socket.destroy());
		answer().then(
			object => socket.end(`${JSON.stringify(object)}\n`),
			() => socket.destroy(),
		);
	});
	server.maxConnections = askersLimit;
	return new Promise(resolve => {
		server.once('error', () => resolve(undefined));
		server.listen(address(process.pid), () => {
			server.unref();
			resolve({close: () => void server.close()});
		});
	});
}

/** The process's number where it thinks it is: the last of NSpid (proc_pid_status(5)). */
const numberInside = (pid: number) => Number(/^NSpid:.*?(\d+)\s*$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? pid);

/** A connection to the socket of `pid`. Throws when the process is gone, or in a network namespace that is not ours to enter. */
function connectTo(pid: number): Socket {
	const there = address(numberInside(pid));
	const namespace = `/proc/${pid}/ns/net`;
	return readlinkSync(namespace) === readlinkSync('/proc/self/ns/net') ? connect(there) : inNamespace(namespace, () => connect(there));
}

/** What a connection says until its end; undefined when it says nothing, too much or too late. */
const heard = (socket: Socket): Promise<string | undefined> =>
	new Promise(resolve => {
		let text = '';
		const end = (result: string | undefined) => {
			socket.destroy();
			resolve(result);
		};
		socket.setEncoding('utf8');
		socket.setTimeout(patienceMs, () => end(undefined));
		socket.on('error', () => end(undefined));
		socket.on('data', (chunk: string) => {
			text += chunk;
			if (text.length > answerLimit) end(undefined);
		});
		socket.on('end', () => end(text));
	});

/** What the program with this process id says of itself; undefined when it does not, or may not be asked. */
export async function askStatistics(pid: number): Promise<unknown> {
	try {
		const text = await heard(connectTo(pid));
		return text === undefined ? undefined : JSON.parse(text);
	} catch {
		return undefined;
	}
}
