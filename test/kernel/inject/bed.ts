// Two hosts and a link for tests of senders: netstress inject on the one, a sink or another program's capture on the other.
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import type {LabHost} from '../../../src/lab/host.js';
import {createLab} from '../../../src/lab/lab.js';
import {openCaptureFile} from '../../../src/port/capfile.js';
import {STAMP_MAGIC, stamp, stampCheck} from '../../../src/wire/stamp.js';
import {root} from '../program.js';

export const program = join(root, 'dist/tools/netstress.js');

export interface Sent {
	readonly status: number | null;
	readonly stderr: string;
	readonly text: string;
	readonly summary: Record<string, number | string> & {
		sent: number;
		pace: Record<string, number>;
		refusals: Record<string, number>;
		engine: string;
		engineReason: string;
	};
}

export async function bedFor(t: ExecutionContext, options: {mtu?: number; gro?: boolean} = {}) {
	const {mtu = 1500, gro = false} = options;
	const lab = await createLab({hosts: ['sender', 'peer'], links: [{between: ['sender', 'peer'], mtu}]}, {prefix: `netstress-e${process.pid}`});
	t.teardown(() => lab.close());
	const [sender, peer] = [lab.host('sender'), lab.host('peer')];
	// with GRO a veth has NAPI, and takes frames from XDP
	if (gro) t.is((await peer.run('ethtool', ['-K', peer.iface, 'gro', 'on'])).status, 0);
	const words = (args: readonly string[]) => [program, 'inject', '-i', sender.iface, '--json', ...args];
	const inject = async (...args: string[]): Promise<Sent> => {
		const {status, stdout, stderr} = await sender.run(process.execPath, words(args));
		return {status, stderr, text: stdout, summary: JSON.parse(stdout.trim().split('\n').at(-1) || '{}')};
	};
	return {lab, sender, peer, inject, words};
}

/** Lets tcpdump keep `count` stamped frames while `send` runs, and gives every stamp. */
export async function stampsAt(host: LabHost, folder: string, count: number, send: () => Promise<void>) {
	const file = join(folder, 'seen.pcap');
	const dump = host.spawn('tcpdump', ['-i', host.iface, '-nn', '-U', '-B', '65536', '-w', file, '-c', String(count), 'ether', 'proto', '0x88b5'], {
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	const ended = once(dump, 'exit');
	await once(dump.stderr!, 'data'); // "listening on …"
	await send();
	await Promise.race([ended, sleep(3000)]);
	dump.kill('SIGINT');
	await ended;
	readFileSync(file);
	const port = openCaptureFile(file);
	const stamps: {stream: number; sequence: bigint; time: bigint; valid: boolean; length: number}[] = [];
	while (!port.ended)
		port.receive((view, at, length) => {
			const {magic, check, stream, sequence, time} = stamp.decode(view, at + 14);
			stamps.push({stream, sequence, time, valid: magic === STAMP_MAGIC && check === stampCheck(view, at + 14), length});
		}, 1024);
	port.close();
	return stamps;
}
