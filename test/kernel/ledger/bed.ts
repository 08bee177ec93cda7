// Two hosts, a link, and netstress ledger between them; and the ways to lose frames there, each with a count of its own to hold the ledger against.
import {readFileSync, writeFileSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {createLab} from '../../../src/lab/lab.js';
import type {Hop} from '../../../src/monitor/ledger/hop.js';
import {netstress} from '../program.js';

/** By its path: tests run with node_modules/.bin in front, and a package there has a program of that name. */
const nft = '/usr/sbin/nft';

export interface Closed {
	readonly status: number | null;
	readonly stderr: string;
	readonly sent: number;
	readonly again: number;
	readonly received: number;
	readonly unexplained: number;
	readonly hops: readonly Hop[];
	readonly notes: readonly string[];
	readonly monitor: {readonly source: string; readonly lostEvents: number};
	/** Frames lost at each place. */
	readonly at: Readonly<Record<string, number>>;
}

export const summaryOf = ({status, stdout, stderr}: {status: number | null; stdout: string; stderr: string}): Closed => {
	const summary = JSON.parse(stdout.trim().split('\n').at(-1) || '{}') as Omit<Closed, 'at' | 'status' | 'stderr'>;
	const at: Record<string, number> = {};
	for (const {place, count} of summary.hops ?? []) at[place] = (at[place] ?? 0) + count;
	return {...summary, status, stderr, at};
};

/** Frames that a CPU's backlog had no room for, of the whole machine. */
export const softnetDropped = (): number =>
	readFileSync('/proc/net/softnet_stat', 'utf8')
		.trim()
		.split('\n')
		.reduce((sum, line) => sum + Number.parseInt(line.split(/\s+/)[1] as string, 16), 0);

export async function bedFor(t: ExecutionContext, mtu = 1500) {
	const lab = await createLab({hosts: ['left', 'right'], links: [{between: ['left', 'right'], mtu}]}, {prefix: `netstress-l${process.pid}`});
	t.teardown(() => lab.close());
	const [left, right] = [lab.host('left'), lab.host('right')];
	const must = async (host: typeof left, ...words: string[]) => {
		const [file = '', ...args] = words;
		const {status, stdout, stderr} = await host.run(file, args);
		t.is(status, 0, `${words.join(' ')}: ${stderr}`);
		return stdout;
	};
	// Multicast listener reports go out whenever they like, and a full queue drops them beside the stream's frames.
	const quiet = 'setting=/proc/sys/net/ipv6/conf/all/disable_ipv6; [ ! -e $setting ] || echo 1 > $setting';
	for (const host of [left, right]) await must(host, 'sh', '-c', quiet);
	const from = `${left.iface}@${left.namespace}`;
	const to = `${right.iface}@${right.namespace}`;
	return {
		lab,
		left,
		right,
		from,
		to,
		must,
		ledger: async (...args: string[]): Promise<Closed> => summaryOf(await netstress(['ledger', '--from', from, '--to', to, '--json', ...args])),
		/** A token bucket at the sender; a faster one holds the sender back instead. Gives how many frames it has dropped. */
		async bucket() {
			await must(left, 'tc', 'qdisc', 'add', 'dev', left.iface, 'root', 'tbf', 'rate', '10mbit', 'burst', '10kb', 'limit', '20000');
			return async () =>
				(JSON.parse(await must(left, 'tc', '-s', '-j', 'qdisc', 'show', 'dev', left.iface)) as {drops: number}[]).reduce((sum, {drops}) => sum + drops, 0);
		},
		/** A rule that loses every tenth frame of an EtherType on its way in. Gives how many. */
		async rule(etherType = '0x88b5', every = 10) {
			const device = right.iface;
			const script = `table netdev lossy {
				counter lost { }
				chain in { type filter hook ingress device ${device} priority 0; ether type ${etherType} numgen inc mod ${every} 0 counter name lost drop; }
			}`;
			const {status, stderr} = await right.run(nft, ['-f', '-'], {input: script});
			t.is(status, 0, stderr);
			return async () => Number(/packets (\d+)/.exec(await must(right, nft, 'list', 'counter', 'netdev', 'lossy', 'lost'))?.[1]);
		},
		/** Frames go to the backlog of another CPU, which holds `length` and is busy. */
		async backlog(length: number) {
			const setting = '/proc/sys/net/core/netdev_max_backlog'; // of the whole machine
			const before = readFileSync(setting, 'utf8');
			await must(right, 'sh', '-c', `echo 2 > /sys/class/net/${right.iface}/queues/rx-0/rps_cpus`);
			t.teardown(() => writeFileSync(setting, before));
			writeFileSync(setting, String(length));
			const busy = right.spawn('timeout', ['60', 'taskset', '-c', '1', 'sh', '-c', 'while :; do :; done'], {stdio: 'ignore'});
			t.teardown(() => void busy.kill('SIGTERM'));
			const dropped = softnetDropped();
			return () => softnetDropped() - dropped;
		},
	};
}
