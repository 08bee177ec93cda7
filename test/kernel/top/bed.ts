// Two hosts and a link; frames from trafgen that die on the second host in four ways at once, at a pace and for a time that end by themselves.
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {LabHost} from '../../../src/lab/host.js';
import {createLab} from '../../../src/lab/lab.js';

/** By its path: a package of that name among the test runner's own comes first on the PATH. */
const nft = '/usr/sbin/nft';
export const flooding = {root: true, programs: ['tmux', 'trafgen', 'nft']};

export async function topBed(t: Pick<ExecutionContext, 'teardown'>) {
	const lab = await createLab({hosts: ['client', 'server'], links: [{between: ['client', 'server'], mtu: 1500}]}, {prefix: `netstress-t${process.pid}`});
	const folder = mkdtempSync(join(tmpdir(), 'netstress-top-'));
	t.teardown(async () => {
		await lab.close();
		rmSync(folder, {recursive: true, force: true});
	});
	const [client, server] = [lab.host('client'), lab.host('server')];
	const must = async (host: LabHost, file: string, args: readonly string[], input = ''): Promise<string> => {
		const {status, stdout, stderr} = await host.run(file, args, {input});
		if (status !== 0) throw new Error(`${file} ${args.join(' ')} on ${host.name} ended with ${status}: ${stderr}`);
		return stdout;
	};
	const udp = (port: number, bytes: number) =>
		`{ eth(da=${server.mac}, sa=${client.mac}), ip4(sa=${client.address}, da=${server.address}), udp(sp=1000, dp=${port}), fill(0x55, ${bytes}) }`;
	return {
		client,
		server,
		folder,
		must,
		at: `${server.iface}@${server.namespace}`,
		/** A socket that nobody reads on port 7777, a rule against port 5555. */
		async lossy() {
			const reader = server.spawn(
				process.execPath,
				['-e', `const s = require('dgram').createSocket('udp4'); s.bind(7777, () => { s.setRecvBufferSize(20000); console.log('bound'); })`],
				{stdio: ['ignore', 'pipe', 'inherit']},
			);
			t.teardown(() => reader.kill('SIGKILL'));
			await once(reader.stdout!, 'data');
			reader.kill('SIGSTOP');
			await must(server, nft, ['add table ip t; add chain ip t c { type filter hook input priority 0; }; add rule ip t c udp dport 5555 counter drop']);
		},
		/** Sends `count` frames at `pps`: a half to the socket that is not read, the others to a rule, a closed port and to nobody. Resolves when all are sent. */
		async flood(count: number, pps: number): Promise<void> {
			const file = join(folder, 'flood.cfg');
			const nobody = `{ eth(da=ff:ff:ff:ff:ff:ff, sa=${client.mac}, type=0x8899), fill(0x5a, 46) }`;
			writeFileSync(file, [udp(7777, 900), udp(5555, 100), udp(7777, 900), udp(9999, 100), udp(7777, 900), nobody].join('\n'));
			await must(client, 'trafgen', ['-i', file, '-o', client.iface, '--cpus', '1', '-n', String(count), '-b', `${pps}pps`, '-q']);
		},
		/** What UDP itself counts of the socket that is not read: RcvbufErrors (nstat's name UdpRcvbufErrors). */
		async refused(): Promise<number> {
			const lines = (await must(server, 'cat', ['/proc/net/snmp'])).split('\n').filter(line => line.startsWith('Udp:'));
			const [names = [], values = []] = lines.map(line => line.split(' '));
			return Number(values[names.indexOf('RcvbufErrors')]);
		},
	};
}
