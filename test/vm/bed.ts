// The test bed: a lab with a switch and a target. The switch's namespace holds a bridge, the veth to the target and the guests' taps, and QEMU
// itself runs in it: when the lab goes, whatever the reason, its keeper ends the guests too.
import type {ChildProcess} from 'node:child_process';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {ExecutionContext} from 'ava';
import type {LabHost} from '../../src/lab/host.js';
import {createLab, type Lab} from '../../src/lab/lab.js';
import {need, skip} from '../kernel/need.js';
import {accelerator} from './accelerator.js';
import {boot, type Guest, type GuestSpec} from './guest.js';
import {builderPrograms, type Image, image} from './image.js';

export const program = fileURLToPath(new URL('../../tools/netstress.js', import.meta.url));

export interface BedOptions {
	readonly mtu?: number;
	/** How many guests it has room for: tap0, tap1, ... */
	readonly guests?: number;
}

export interface Bed {
	readonly lab: Lab;
	/** Where the bridge, the taps and QEMU are. */
	readonly switch: LabHost;
	/** The other end of the veth, for our programs. */
	readonly target: LabHost;
	/** A file in the lab's folder. */
	path(name: string): string;
	/** Boots a guest on tap `index` with the address 10.77.0.(11 + index). */
	boot(script: string, options?: Partial<Pick<GuestSpec, 'nic' | 'memory' | 'seconds' | 'mtu' | 'disk'>> & {index?: number}): Promise<Guest>;
	/** Starts `netstress target` on the target's host and waits until it is ready. */
	serve(files: readonly string[], args: readonly string[], under?: readonly string[]): Promise<Served>;
	/** `ip` on the switch. */
	ip(...words: string[]): Promise<void>;
	/** A counter of an interface of the switch, as sysfs has it. */
	counter(iface: string, name: string): Promise<number>;
}

export interface Served {
	readonly child: ChildProcess;
	/** Ends it and gives what it said on standard output. */
	stop(signal?: NodeJS.Signals): Promise<string>;
}

/** True when this machine can run guests; otherwise as `need`. */
export function needGuests(t: ExecutionContext, programs: readonly string[] = []): boolean {
	if (process.arch !== 'x64') {
		skip(t, `the guests are x86-64, this machine is ${process.arch}`);
		return false;
	}
	return need(t, {root: true, programs: [...builderPrograms, ...programs]});
}

/** The `ip` commands of the switch, for `ip -batch`. The bridge has no spanning tree and no snooping: nothing is on it but what was sent. */
const wiring = (mtu: number, guests: number) =>
	[
		'link add br0 type bridge stp_state 0 mcast_snooping 0',
		`link set br0 mtu ${mtu} up`,
		'address flush dev eth0',
		'link set eth0 master br0',
		...Array.from({length: guests}, (_, i) => [`tuntap add dev tap${i} mode tap`, `link set tap${i} mtu ${mtu} master br0 up`]).flat(),
		'',
	].join('\n');

async function must(host: LabHost, file: string, args: readonly string[], input?: string): Promise<string> {
	const {status, stdout, stderr} = await host.run(file, args, input === undefined ? {} : {input});
	if (status !== 0) throw new Error(`${file} ${args.join(' ')} on ${host.name} ended with ${status}: ${stderr}`);
	return stdout;
}

let beds = 0;

/** A bed that is gone when the test ends. */
export async function vmBed(t: ExecutionContext, {mtu = 1500, guests = 1}: BedOptions = {}): Promise<Bed> {
	const built: Image = image();
	const accelerated = await accelerator(built);
	const lab = await createLab({hosts: ['switch', 'target'], links: [{between: ['switch', 'target'], mtu}]}, {prefix: `netstress-vm${process.pid}-${beds++}`});
	t.teardown(() => lab.close());
	const at = lab.host('switch');
	const target = lab.host('target');
	await must(at, 'sh', ['-c', 'echo 1 2>/dev/null >/proc/sys/net/ipv6/conf/default/disable_ipv6; exec ip -batch -'], wiring(mtu, guests));
	return {
		lab,
		switch: at,
		target,
		path: name => join(lab.folder, name),
		async boot(script, {index = 0, ...options} = {}) {
			const guest = boot({
				mtu,
				...options,
				script,
				image: built,
				accelerator: accelerated,
				host: at,
				folder: lab.folder,
				name: `guest${index}`,
				tap: `tap${index}`,
				mac: `02:6e:73:00:01:0${index}`,
				address: `10.77.0.${11 + index}`,
			});
			t.teardown(() => guest.kill());
			return guest;
		},
		async serve(files, args, under = []) {
			const [first = '', ...words] = [...under, process.execPath, program, 'target', ...files, ...args, '--json'];
			const child = target.spawn(first, words, {stdio: ['ignore', 'pipe', 'pipe']});
			let text = '';
			const closed = new Promise<void>(resolve => child.once('close', () => resolve()));
			const gone = new Promise<void>(resolve => child.once('exit', () => resolve()));
			const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
				child.kill(signal);
				await closed;
				return text;
			};
			t.teardown(() => {
				if (child.exitCode !== null || child.signalCode !== null) return undefined;
				child.kill('SIGKILL');
				return gone;
			});
			await new Promise<void>((resolve, reject) => {
				child.stdout?.on('data', chunk => {
					text += String(chunk);
					if (text.includes('"ready"')) resolve();
				});
				let complaint = '';
				child.stderr?.on('data', chunk => {
					complaint += String(chunk);
				});
				child.once('exit', code => reject(new Error(`the target ended with ${code}: ${text}${complaint}`)));
				child.once('error', reject);
			});
			return {child, stop};
		},
		ip: async (...words) => void (await must(at, 'ip', words)),
		counter: async (iface, name) => Number(await must(at, 'cat', [`/sys/class/net/${iface}/statistics/${name}`])),
	};
}
