// What `netstress doctor` finds out by trying: a real lab, rings inside it, loss inside it.

import {performance} from 'node:perf_hooks';
import {fileURLToPath} from 'node:url';
import type {NetstressError} from '../base/errors.js';
import {probeBpf} from '../sys/bpf.js';
import type {Probe} from '../sys/probe.js';
import {createLab, type Lab} from './lab.js';

const program = fileURLToPath(new URL('./probe-program.js', import.meta.url));

const failed = (name: string, error: unknown): Probe => ({name, state: 'absent', detail: (error as NetstressError).message});

async function insideProbes(lab: Lab): Promise<Probe[]> {
	const host = lab.host('a');
	const rings = await host.run(process.execPath, [program]);
	const probes: Probe[] =
		rings.status === 0
			? (JSON.parse(rings.stdout) as Probe[])
			: [{name: 'packet receive ring V2', state: 'failed', detail: rings.stderr.trim().split('\n')[0] ?? 'no answer'}];
	const netem = await host.run('tc', ['qdisc', 'add', 'dev', host.iface, 'root', 'netem', 'loss', '1%']);
	const detail = netem.status === 0 ? 'loss on a link without privilege' : 'CONFIG_NET_SCH_NETEM is off or its module is not loaded';
	return [...probes, {name: 'netem', state: netem.status === 0 ? 'present' : 'absent', detail, minimumKernel: '2.6.8'}];
}

/** Makes a lab with a link of MTU 9000, looks around in it and takes it down. */
export async function probeLab(): Promise<Probe[]> {
	const start = performance.now();
	let lab: Lab;
	try {
		lab = await createLab({hosts: ['a', 'b'], links: [{between: ['a', 'b'], mtu: 9000}]}, {prefix: `netstress-doctor-${process.pid}`});
	} catch (error) {
		return [failed('lab', error)];
	}
	try {
		const detail = `${lab.kind === 'named' ? 'named namespaces' : 'in a user namespace'}, made in ${Math.round(performance.now() - start)} ms`;
		return [{name: 'lab', state: 'present', detail}, {name: 'jumbo frames', state: 'present', detail: 'veth with MTU 9000'}, ...(await insideProbes(lab))];
	} finally {
		await lab.close();
	}
}

/** Loss through bpf(2), in this user namespace. */
export const probeXdp = (): Probe => ({name: 'bpf(2)', ...probeBpf(), minimumKernel: '5.18'});
