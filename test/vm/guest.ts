// One guest: QEMU with the image, a tap and a script. What the script says with `say NAME VALUE` arrives here; `tell` is heard by its `hear`.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {LabHost} from '../../src/lab/host.js';
import type {Image} from './image.js';

/** QEMU's network cards that the tests use, and the Linux drivers they need. */
const drivers = {'virtio-net-pci': 'virtio_net', vmxnet3: 'vmxnet3', rtl8139: '8139cp'} as const;
export type Nic = keyof typeof drivers;
export type Accelerator = 'tcg' | 'kvm';

export interface GuestSpec {
	readonly image: Image;
	/** Where QEMU runs; the lab that it belongs to ends it. */
	readonly host: LabHost;
	readonly accelerator: Accelerator;
	/** Names its files in `folder`. */
	readonly name: string;
	readonly folder: string;
	readonly tap: string;
	readonly mac: string;
	readonly address: string;
	readonly mtu: number;
	readonly nic?: Nic;
	/** MiB. */
	readonly memory?: number;
	/** An image that the guest sees as /dev/vda, read-only. */
	readonly disk?: string;
	/** Shell; it runs under `sh -eu`, and its end is the guest's. */
	readonly script: string;
	/** The guest is killed after this long. */
	readonly seconds?: number;
}

export type Results = Readonly<Record<string, string>>;

export interface Guest {
	readonly pid: number;
	/** The value of a name, when the guest has said it. Rejects when the guest ends without. */
	saw(name: string): Promise<string>;
	/** The value of a name if the guest has said it by now. */
	said(name: string): string | undefined;
	/** Everything it has said by now. */
	all(): Results;
	tell(word: string): void;
	/** Everything it said, once the script has ended with 0 and the machine is off. Rejects with the end of the console otherwise. */
	finished(): Promise<Results>;
	console(): string;
	kill(): Promise<void>;
}

const commandLine = (spec: GuestSpec) =>
	[
		// nothing here needs protection from its neighbour, and the emulated processor pays dearly for it
		'console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off ipv6.disable=1',
		`netstress.driver=${drivers[spec.nic ?? 'virtio-net-pci']}`,
		`netstress.mtu=${spec.mtu}`,
		`netstress.address=${spec.address}`,
	].join(' ');

function qemu(spec: GuestSpec, script: string, log: string): string[] {
	const {image, accelerator, tap, mac, nic = 'virtio-net-pci', memory = 256, disk} = spec;
	return [
		...['-accel', accelerator, '-M', 'pc', '-m', String(memory), '-smp', '1'],
		...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-monitor', 'none'],
		...['-kernel', image.kernel, '-initrd', image.initramfs, '-append', commandLine(spec)],
		...['-netdev', `tap,id=net,ifname=${tap},script=no,downscript=no`, '-device', `${nic},netdev=net,mac=${mac},romfile=`],
		...['-device', 'virtio-rng-pci', '-fw_cfg', `name=opt/netstress/script,file=${script}`],
		...(disk === undefined ? [] : ['-drive', `file=${disk},if=virtio,format=raw,readonly=on`]),
		...['-serial', `file:${log}`, '-serial', 'stdio'],
	];
}

/** Boots a guest. It ends by itself when its script does; `kill`, the lab's end and the time limit end it sooner. */
export function boot(spec: GuestSpec): Guest {
	const {folder, name, seconds = 120} = spec;
	const script = join(folder, `${name}.sh`);
	const log = join(folder, `${name}.console`);
	writeFileSync(script, spec.script);
	writeFileSync(log, '');
	const child = spec.host.spawn('qemu-system-x86_64', qemu(spec, script, log), {stdio: ['pipe', 'pipe', 'pipe']});
	const console = () => readFileSync(log, 'utf8').replaceAll('\r', '');
	const results: Record<string, string> = {};
	const watchers = new Set<() => void>();
	let complaint = '';
	child.stderr?.on('data', chunk => {
		complaint += String(chunk);
	});
	child.stdin?.on('error', () => undefined); // it ended
	if (child.stdout)
		createInterface({input: child.stdout}).on('line', line => {
			const at = line.indexOf('=');
			if (at < 1) return;
			results[line.slice(0, at).replace(/^.*\0/, '')] = line.slice(at + 1).trim();
			for (const look of watchers) look();
		});
	let late = false;
	const limit = setTimeout(() => {
		late = true;
		child.kill('SIGKILL');
	}, seconds * 1000);
	let over = false;
	const ended = new Promise<void>(resolve => {
		const end = () => {
			over = true;
			clearTimeout(limit);
			resolve();
		};
		child.on('close', end);
		child.on('error', error => {
			complaint += error.message;
			end();
		});
	});
	const failure = (what: string) => {
		let text = '';
		try {
			text = console().trim().split('\n').slice(-40).join('\n');
		} catch {
			// the lab's folder is gone, and the console with it
		}
		return new Error(`guest ${name} ${late ? `was still running after ${seconds} s and ` : ''}${what}\n${complaint}${text}`);
	};
	return {
		pid: child.pid ?? 0,
		console,
		said: name => results[name],
		all: () => results,
		tell: word => void child.stdin?.write(`${word}\n`),
		saw(wanted) {
			return new Promise((resolve, reject) => {
				const look = () => {
					const value = results[wanted];
					if (value === undefined) return;
					watchers.delete(look);
					resolve(value);
				};
				watchers.add(look);
				look();
				void ended.then(() => results[wanted] === undefined && reject(failure(`ended without saying ${wanted}`)));
			});
		},
		async finished() {
			await ended;
			if (results.exit !== '0') throw failure(`ended with ${results.exit === undefined ? 'no status' : `status ${results.exit}`}`);
			return results;
		},
		async kill() {
			if (!over) child.kill('SIGKILL');
			await ended;
		},
	};
}
