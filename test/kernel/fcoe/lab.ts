// What the FCoE tests on real interfaces share: a lab of two hosts, a disk with known bytes, our target in it.
import type {ChildProcess} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import {seeded} from '../../../src/base/random.js';
import type {LabHost} from '../../../src/lab/host.js';
import {createLab, type Lab} from '../../../src/lab/lab.js';
import type {Finished} from '../program.js';

const program = fileURLToPath(new URL('../../../tools/netstress.js', import.meta.url));

export const targetName = '10:00:02:6e:73:00:00:99';

export interface FcoeLab {
	readonly lab: Lab;
	readonly target: LabHost;
	readonly initiator: LabHost;
	readonly disk: string;
	readonly bytes: Uint8Array;
	/** `fcoe:IFACE` as the initiator writes it. */
	readonly wire: string;
	/** The first unit of the target. */
	readonly address: string;
	path(name: string): string;
	/** Starts `netstress target` and waits until it has its address. */
	serve(args?: readonly string[]): Promise<ChildProcess>;
	/** `netstress io` on the initiator's host, to its end. */
	io(...args: readonly string[]): Promise<Pick<Finished, 'status' | 'stdout' | 'stderr'>>;
	/** Starts a program on the target's host and waits until it has said something. */
	watch(file: string, args: readonly string[]): Promise<ChildProcess>;
	stop(child: ChildProcess, signal?: NodeJS.Signals): Promise<void>;
}

/** A lab that is gone when the test ends. */
export async function fcoeLab(t: ExecutionContext, mtu: number, size = 16 << 20): Promise<FcoeLab> {
	const lab = await createLab({hosts: ['target', 'initiator'], links: [{between: ['target', 'initiator'], mtu}]}, {prefix: `netstress-t${process.pid}-${mtu}`});
	t.teardown(() => lab.close());
	const target = lab.host('target');
	const initiator = lab.host('initiator');
	const path = (name: string) => join(lab.folder, name);
	const disk = path('disk.img');
	const bytes = new Uint8Array(size);
	seeded(7).fill(bytes);
	writeFileSync(disk, bytes);
	const stop = (child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM') =>
		new Promise<void>(resolve => {
			if (child.exitCode !== null || child.signalCode !== null) return resolve();
			child.once('exit', () => resolve());
			child.kill(signal);
		});
	const watch = async (file: string, args: readonly string[], pattern = /./): Promise<ChildProcess> => {
		const child = target.spawn(file, [...args], {stdio: ['ignore', 'pipe', 'pipe']});
		t.teardown(() => stop(child, 'SIGKILL'));
		await new Promise<void>((resolve, reject) => {
			let text = '';
			for (const stream of [child.stdout!, child.stderr!]) {
				stream.on('data', chunk => {
					text += String(chunk);
					if (pattern.test(text)) resolve();
				});
			}
			child.once('exit', code => reject(new Error(`${file} ended with ${code}: ${text}`)));
		});
		return child;
	};
	const wire = `fcoe:${initiator.iface}`;
	return {
		lab,
		target,
		initiator,
		disk,
		bytes,
		wire,
		address: `${wire}/${targetName}/0`,
		path,
		stop,
		watch,
		serve: (args = []) => watch(process.execPath, [program, 'target', disk, '--fcoe', target.iface, '--wwpn', targetName, ...args], /"ready"/),
		io: (address, ...args) => initiator.run(process.execPath, [program, 'io', address!, ...args]),
	};
}
