// A lab: hosts as network namespaces, joined by veth, gone when it is closed or when this process ends, however it ends.
import {mkdtempSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {NetstressError} from '../base/errors.js';
import {hostFor, type LabHost} from './host.js';
import {openKeeper} from './keeper-client.js';
import type {EndLoss} from './keeper-protocol.js';
import type {LossRule} from './loss-program.js';
import {type LabSpec, type Plan, planLab} from './plan.js';

/** `named`: namespaces of the host, needs root. `user`: inside a user namespace, needs nothing. */
export type LabKind = 'named' | 'user';

export interface LabOptions {
	/** Chosen by privilege when not given. */
	readonly kind?: LabKind | undefined;
	/** Begins the namespaces' names; `netstress-PID` when not given. */
	readonly prefix?: string | undefined;
	/** Where the lab's folder is made; the system's folder for temporary files when not given. */
	readonly folderIn?: string | undefined;
}

export interface Lab {
	readonly kind: LabKind;
	readonly plan: Plan;
	readonly keeperPid: number;
	/** A folder that goes away with the lab. */
	readonly folder: string;
	readonly hosts: readonly LabHost[];
	/** The named host. ERR_USAGE. */
	host(name: string): LabHost;
	/** Frames dropped on purpose so far, by interface. */
	lost(): Promise<readonly EndLoss[]>;
	/**
	 * Puts a rule of losing into force, on every interface or on those of `hosts`: what arrives at them is lost, or, with netem, what leaves
	 * them. The same program stays in place from the first rule on; a share of 0 loses nothing. Gives what `lost` gives.
	 * ERR_UNSUPPORTED (exit status 4) where the kernel or the user's rights do not allow it; the lab goes on.
	 */
	lose(rule: LossRule, hosts?: readonly string[]): Promise<readonly EndLoss[]>;
	/** Ends every process in the lab and deletes it. May be called again. */
	close(): Promise<void>;
	/** Lets the lab outlive this process: only a signal to the keeper ends it from now on. */
	persist(): Promise<void>;
}

/** CAP_NET_ADMIN and CAP_SYS_ADMIN (linux/capability.h): what named namespaces and links need. */
const needed = (1n << 12n) | (1n << 21n);

/** Root that really may: containers often run as root without the capabilities. */
export function mayUseNamedNamespaces(): boolean {
	const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
	return process.geteuid?.() === 0 && (BigInt(`0x${effective}`) & needed) === needed;
}

/**
 * Makes a lab. Every way out of this process takes it down: `close`, an exception, SIGKILL.
 * ERR_USAGE for an impossible plan, ERR_PERMISSION and ERR_UNSUPPORTED (exit status 4) with the step that helps.
 */
export async function createLab(spec: LabSpec, options: LabOptions = {}): Promise<Lab> {
	if (process.platform !== 'linux') throw new NetstressError('ERR_UNSUPPORTED', 'a lab needs Linux: it is made of network namespaces', {feature: 'linux'});
	const kind = options.kind ?? (mayUseNamedNamespaces() ? 'named' : 'user');
	const plan = planLab(spec, options.prefix ?? `netstress-${process.pid}`);
	const folder = mkdtempSync(join(options.folderIn ?? tmpdir(), 'netstress-lab-'));
	const keeper = await openKeeper(kind, plan, folder);
	const hosts = plan.hosts.map(host => hostFor(host, kind, keeper.pid));
	return {
		kind,
		plan,
		folder,
		keeperPid: keeper.pid,
		hosts,
		host(name) {
			const found = hosts.find(host => host.name === name);
			if (found === undefined) throw new NetstressError('ERR_USAGE', `there is no host "${name}" in this lab (${hosts.map(host => host.name).join(', ')})`);
			return found;
		},
		lost: () => keeper.lost(),
		lose: (rule, among = plan.hosts.map(({name}) => name)) => keeper.lose(rule, [...among]),
		close: () => keeper.close(),
		persist: () => keeper.persist(),
	};
}
