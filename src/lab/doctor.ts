// The checks of `netstress doctor`: each with what was found and, where something is missing, the very command that helps.
import {accessSync, constants, existsSync} from 'node:fs';
import {release} from 'node:os';
import {delimiter, join} from 'node:path';
import {effectiveCapabilities, kernelAtLeast, type Probe, probePath} from '../sys/probe.js';
import {readSysctl} from '../sys/sysctl.js';
import {probeLab, probeXdp} from './checkup.js';

export interface Check {
	readonly name: string;
	readonly ok: boolean;
	readonly detail: string;
	/** `npm start` cannot run without it. */
	readonly required: boolean;
	/** What it is for. */
	readonly use: string;
	/** The command that would fix it. */
	readonly fix?: string | undefined;
	readonly minimumKernel?: string | undefined;
}

/** The oldest kernel that the data plane is made for, and the oldest Node. */
const oldest = {kernel: '5.10', node: [20, 19]} as const;

/** Where a program is; undefined when it is not in PATH or the system folders that an ordinary user's PATH leaves out. */
export function findProgram(name: string): string | undefined {
	const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
	return folders
		.filter(folder => folder !== '')
		.map(folder => join(folder, name))
		.find(path => {
			try {
				accessSync(path, constants.X_OK);
				return true;
			} catch {
				return false;
			}
		});
}

/** Programs, the Debian package that has each, and what they are good for. The first group is what a lab is made with. */
const programs: readonly {name: string; debian: string; use: string; required?: 'always' | 'without root'}[] = [
	{name: 'ip', debian: 'iproute2', use: 'labs', required: 'always'},
	{name: 'mount', debian: 'mount', use: 'labs', required: 'without root'},
	{name: 'unshare', debian: 'util-linux', use: 'labs without root', required: 'without root'},
	{name: 'nsenter', debian: 'util-linux', use: 'labs without root', required: 'without root'},
	{name: 'tc', debian: 'iproute2', use: 'loss by netem'},
	{name: 'ethtool', debian: 'ethtool', use: "a card's own counters and ring sizes"},
	{name: 'tcpdump', debian: 'tcpdump', use: 'a second opinion on captures'},
	{name: 'tshark', debian: 'tshark', use: 'the oracle of the dissection tests'},
	{name: 'vblade', debian: 'vblade', use: 'an AoE target to race against'},
	{name: 'aoeping', debian: 'aoetools', use: 'an AoE initiator to test against'},
	{name: 'tgtd', debian: 'tgt', use: 'an iSCSI target to race against'},
	{name: 'iscsi-perf', debian: 'libiscsi-bin', use: 'an iSCSI initiator to test against'},
];

const installer = (debian: string) => (findProgram('apt-get') ? `apt-get install ${debian}` : `install the package that has it (Debian: ${debian})`);

function systemChecks(): Check[] {
	const version = release();
	const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
	const nodeOk = major > oldest.node[0] || (major === oldest.node[0] && minor >= oldest.node[1]);
	return [
		{
			name: 'Linux',
			ok: process.platform === 'linux' && kernelAtLeast(oldest.kernel, version),
			detail: process.platform === 'linux' ? version : process.platform,
			required: true,
			use: 'everything but dissect',
			fix: `use Linux ${oldest.kernel} or newer`,
			minimumKernel: oldest.kernel,
		},
		{name: 'Node', ok: nodeOk, detail: process.versions.node, required: true, use: 'everything', fix: 'use Node 20.19 or newer'},
	];
}

function programChecks(root: boolean): Check[] {
	return programs.map(({name, debian, use, required}) => {
		const path = findProgram(name);
		const needed = required === 'always' || (required === 'without root' && !root);
		return {name, ok: path !== undefined, detail: path ?? 'not installed', required: needed, use, fix: path === undefined ? installer(debian) : undefined};
	});
}

function privilegeChecks(root: boolean): Check[] {
	const held = effectiveCapabilities();
	const wanted = {
		CAP_NET_RAW: 'packet sockets outside a lab',
		CAP_NET_ADMIN: 'named labs, ring sizes, counters of cards',
		CAP_BPF: 'loss by XDP, drop reasons',
	} as const;
	const checks: Check[] = (Object.keys(wanted) as (keyof typeof wanted)[]).map(name => ({
		name,
		ok: held.has(name),
		detail: held.has(name) ? 'held' : 'not held',
		required: false,
		use: wanted[name],
		fix: held.has(name) ? undefined : 'sudo env "PATH=$PATH" netstress …',
	}));
	const most = readSysctl('user.max_user_namespaces');
	const clone = readSysctl('kernel.unprivileged_userns_clone');
	const apparmor = readSysctl('kernel.apparmor_restrict_unprivileged_userns');
	const fix =
		most === '0'
			? 'sudo sysctl -w user.max_user_namespaces=10000'
			: clone === '0'
				? 'sudo sysctl -w kernel.unprivileged_userns_clone=1'
				: apparmor === '1'
					? 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'
					: most === undefined
						? 'use a kernel with CONFIG_USER_NS'
						: undefined;
	checks.push({
		name: 'user namespaces',
		ok: fix === undefined,
		detail: fix === undefined ? `allowed, ${most} at most` : 'not allowed to ordinary users',
		required: !root,
		use: 'labs without root',
		fix,
		minimumKernel: '3.8',
	});
	return checks;
}

/** What a probe of the lab is for, and what helps. */
const uses: Readonly<Record<string, {use: string; fix: string; required?: boolean}>> = {
	lab: {use: 'race, and everything that is tried out safely', fix: 'see the checks above', required: true},
	'jumbo frames': {use: 'AoE with 16 sectors a frame', fix: 'none'},
	'packet receive ring V2': {use: 'target, initiator, inject', fix: 'use a kernel with CONFIG_PACKET', required: true},
	'packet transmit ring V2': {use: 'target, initiator, inject', fix: 'use a kernel with CONFIG_PACKET', required: true},
	'packet receive ring V3': {use: 'capture', fix: 'use a kernel with CONFIG_PACKET'},
	netem: {use: '--loss without root', fix: 'sudo modprobe sch_netem'},
	'bpf(2)': {use: '--loss by XDP, drop reasons', fix: 'run as root'},
	tracefs: {use: 'drop reasons', fix: 'sudo mount -t tracefs tracefs /sys/kernel/tracing'},
	BTF: {use: 'drop reasons by BPF', fix: 'use a kernel with CONFIG_DEBUG_INFO_BTF'},
	IPv6: {use: 'iSCSI over IPv6', fix: 'boot without ipv6.disable=1'},
};

const fromProbe = ({name, state, detail, minimumKernel}: Probe): Check => {
	const {use = '', fix, required = false} = uses[name] ?? {};
	const ok = state === 'present';
	const old = minimumKernel !== undefined && !kernelAtLeast(minimumKernel);
	return {
		name,
		ok,
		detail: state === 'failed' ? `could not be found out: ${detail}` : detail,
		required,
		use,
		fix: ok ? undefined : old ? `use Linux ${minimumKernel} or newer` : fix,
		minimumKernel,
	};
};

/** Every check, in the order of what depends on what. Makes a lab for a moment; sends nothing. */
export async function examine(): Promise<Check[]> {
	const root = process.geteuid?.() === 0;
	if (process.platform !== 'linux') return systemChecks();
	const lab = await probeLab();
	const tracefs = existsSync('/sys/kernel/tracing/events') ? '/sys/kernel/tracing/events' : '/sys/kernel/debug/tracing/events';
	const rest = [probeXdp(), probePath('tracefs', tracefs, '4.1'), probePath('BTF', '/sys/kernel/btf/vmlinux', '5.4'), probePath('IPv6', '/proc/sys/net/ipv6')];
	return [
		...systemChecks(),
		...programChecks(root).filter(({required}) => required),
		...privilegeChecks(root),
		...[...lab, ...rest].map(fromProbe),
		...programChecks(root).filter(({required}) => !required),
	];
}

/** Whether `npm start` can run here. */
export const canRun = (checks: readonly Check[]): boolean => checks.every(({ok, required}) => ok || !required);
