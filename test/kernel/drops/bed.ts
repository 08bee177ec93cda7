// Two hosts and a link, frames from trafgen, and netstress drops watching the receiving end; what other programs count beside it.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {LabHost} from '../../../src/lab/host.js';
import {createLab} from '../../../src/lab/lab.js';
import {type As, startNetstress} from '../program.js';

export interface DropObject {
	readonly reason: string;
	readonly symbol: string;
	readonly protocol: number;
	readonly iface: string;
	readonly ifindex: number;
	readonly namespace: string;
	readonly place: string;
	readonly kind: string;
	readonly count: number;
	readonly meaning: string;
	readonly advice: string;
}

export interface Summary {
	readonly type: 'summary';
	readonly source: string;
	readonly lostEvents: number;
	readonly unattributed: number;
	readonly passedOver: readonly {name: string; why: string}[];
	readonly samples?: {written: number; lost: number};
	readonly drops: readonly DropObject[];
}

export interface Watched {
	readonly status: number | null;
	readonly stderr: string;
	readonly lines: readonly {type: string}[];
	readonly summary: Summary;
	/** Frames of drops with these properties. */
	count(which: Partial<DropObject>): number;
}

/** Runs `netstress drops --json`, does `work` once it watches, ends it with Ctrl-C unless it ends itself. */
export async function watching(args: readonly string[], work: () => Promise<unknown>, {ends = false, ...as}: As & {ends?: boolean} = {}): Promise<Watched> {
	const started = startNetstress(['drops', '--json', ...args], as);
	await started.saw('"type":"ready"');
	await work();
	if (!ends) started.child.kill('SIGINT');
	const {status, stdout, stderr} = await started.finished;
	const lines = stdout
		.trim()
		.split('\n')
		.map(line => JSON.parse(line));
	const summary = lines.at(-1) as Summary;
	const fits = (drop: DropObject, which: Partial<DropObject>) => Object.entries(which).every(([key, value]) => drop[key as keyof DropObject] === value);
	return {status, stderr, lines, summary, count: which => summary.drops.filter(drop => fits(drop, which)).reduce((sum, {count}) => sum + count, 0)};
}

export async function dropsBed(t: ExecutionContext) {
	const lab = await createLab({hosts: ['sender', 'peer'], links: [{between: ['sender', 'peer'], mtu: 1500}]}, {prefix: `netstress-d${process.pid}`});
	const folder = mkdtempSync(join(tmpdir(), 'netstress-drops-'));
	t.teardown(async () => {
		await lab.close();
		rmSync(folder, {recursive: true});
	});
	const [sender, peer] = [lab.host('sender'), lab.host('peer')];
	const must = async (host: LabHost, file: string, ...args: string[]): Promise<string> => {
		const {status, stdout, stderr} = await host.run(file, args);
		if (status !== 0) throw new Error(`${file} ${args.join(' ')} on ${host.name} ended with ${status}: ${stderr}`);
		return stdout;
	};
	/** Sends `count` frames of a trafgen packet. */
	const trafgen = async (packet: string, count: number) => {
		const file = join(folder, 'packet.cfg');
		writeFileSync(file, packet);
		await must(sender, 'trafgen', '-i', file, '-o', sender.iface, '--cpus', '1', '-n', String(count), '-q');
	};
	return {
		lab,
		folder,
		sender,
		peer,
		must,
		trafgen,
		/** The peer's interface as `netstress -i` takes it. */
		at: `${peer.iface}@${peer.namespace}`,
		/** Receive counters of the peer's interface, by iproute2. */
		received: async () => {
			const [link] = JSON.parse(await must(peer, 'ip', '-s', '-s', '-j', 'link', 'show', peer.iface));
			return link.stats64.rx as {packets: number; dropped: number};
		},
		/** A counter of /proc/net/snmp. */
		snmp: async (protocol: string, name: string) => {
			const text = await must(peer, 'cat', '/proc/net/snmp');
			const [names = '', values = ''] = text.split('\n').filter(line => line.startsWith(`${protocol}:`));
			return Number(values.split(' ')[names.split(' ').indexOf(name)]);
		},
		/** A frame with an UDP datagram to the peer's port, at `mac`. */
		datagram: (port: number, mac = peer.mac, bytes = 100) =>
			`{ eth(da=${mac}, sa=${sender.mac}), ip4(sa=${sender.address}, da=${peer.address}), udp(sp=1000, dp=${port}), fill(0x55, ${bytes}) }`,
	};
}

/** A frame of an EtherType that nobody takes. */
export const unhandled = '{ eth(da=ff:ff:ff:ff:ff:ff, sa=02:00:00:00:00:01, type=0x8899), fill(0x5a, 46) }';
