// What the AoE tests on real kernels share: a lab of two hosts, a disk with known bytes, a target in it, ours or somebody else's.
import type {ChildProcess} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {seeded} from '../../../src/base/random.js';
import type {LabHost} from '../../../src/lab/host.js';
import {createLab, type Lab} from '../../../src/lab/lab.js';

const built = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const program = built('tools/netstress.js');
const client = built('test/kernel/aoe/client.js');

export interface AoeLab {
	lab: Lab;
	target: LabHost;
	initiator: LabHost;
	disk: string;
	/** Starts `netstress target` on the disk at shelf 1, slot 1, and waits until it is ready. */
	serve(args?: string[]): Promise<ChildProcess>;
	/** Starts vblade at shelf 1, slot 1. */
	vblade(args?: string[]): Promise<ChildProcess>;
	/** Runs the client; what it printed, parsed. */
	// biome-ignore lint/suspicious/noExplicitAny: one line of JSON, looked at by assertions
	client(seed: number, requests: number, mode?: string): Promise<any>;
	/** Ends a program and waits for it. */
	stop(child: ChildProcess, signal?: NodeJS.Signals): Promise<void>;
}

/** Waits until a program has printed what `pattern` matches; rejects with its last words when it ends before. */
const said = (child: ChildProcess, pattern: RegExp, name: string): Promise<void> =>
	new Promise((resolve, reject) => {
		let text = '';
		for (const stream of [child.stdout!, child.stderr!]) {
			stream.on('data', chunk => {
				text += String(chunk);
				if (pattern.test(text)) resolve();
			});
		}
		child.once('exit', code => reject(new Error(`${name} ended with ${code}: ${text}`)));
	});

/** A lab that is gone when the test ends. */
export async function aoeLab(t: ExecutionContext, mtu = 1500, size = 16 << 20): Promise<AoeLab> {
	const lab = await createLab({hosts: ['target', 'initiator'], links: [{between: ['target', 'initiator'], mtu}]}, {prefix: `netstress-t${process.pid}-${mtu}`});
	t.teardown(() => lab.close());
	const target = lab.host('target');
	const initiator = lab.host('initiator');
	const disk = join(lab.folder, 'disk.img');
	const bytes = new Uint8Array(size);
	seeded(7).fill(bytes);
	writeFileSync(disk, bytes);
	const stop = (child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM') =>
		new Promise<void>(resolve => {
			if (child.exitCode !== null || child.signalCode !== null) return resolve();
			child.once('exit', () => resolve());
			child.kill(signal);
		});
	const started = (child: ChildProcess): ChildProcess => {
		t.teardown(() => stop(child, 'SIGKILL'));
		return child;
	};
	return {
		lab,
		target,
		initiator,
		disk,
		stop,
		async serve(args = []) {
			const child = started(
				target.spawn(process.execPath, [program, 'target', disk, '--aoe', `${target.iface}:1.1`, ...args], {stdio: ['ignore', 'pipe', 'pipe']}),
			);
			await said(child, /"ready"/, 'the target');
			return child;
		},
		async vblade(args = []) {
			const child = started(target.spawn('vblade', [...args, '1', '1', target.iface, disk], {stdio: ['ignore', 'pipe', 'pipe']}));
			// Its first line comes when its socket is open: `pid 4711: e1.1, 32768 sectors O_RDWR`.
			await said(child, /^pid \d+: e1\.1/m, 'vblade');
			return child;
		},
		async client(seed, requests, mode = '') {
			const {stdout, stderr, status} = await initiator.run(process.execPath, [client, `aoe:${initiator.iface}/1.1`, String(seed), String(requests), mode]);
			if (status !== 0) throw new Error(`the client ended with ${status}: ${stderr}`);
			return JSON.parse(stdout);
		},
	};
}
