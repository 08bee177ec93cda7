// netstress lab: hosts as network namespaces that outlive the command.
import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {usage} from '../src/base/errors.js';
import {share, showShare, size} from '../src/base/units.js';
import {createLab} from '../src/lab/lab.js';
import type {LabSpec} from '../src/lab/plan.js';
import {findLab, listLabs, removeLab, requireLab, type SavedLab, savedHosts, saveLab} from '../src/lab/state.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {type Output, outputFor} from './output.js';

interface LabArguments extends SharedArguments {
	action: 'up' | 'down' | 'exec' | 'show';
	words?: string[];
	name?: string;
	hosts?: string[];
	link?: string[];
	mtu?: number;
	loss?: number;
	seed?: number;
	offloads: boolean;
	'--'?: string[];
}

/** An interface as --peer and receive -i take it from another host: IFACE@NETNS; `mac` names it. */
function nameFromElsewhere({plan}: SavedLab, mac: string): string {
	const host = plan.hosts.find(({interfaces}) => interfaces.some(iface => iface.mac === mac));
	return `${host?.interfaces.find(iface => iface.mac === mac)?.name}@${host?.namespace}`;
}

const describeLab = (lab: SavedLab) => ({
	name: lab.name,
	kind: lab.kind,
	keeperPid: lab.keeperPid,
	hosts: lab.plan.hosts.map(({name, namespace, interfaces}) => ({
		name,
		namespace,
		interfaces: interfaces.map(({name, mac, address, address6, mtu, loss, peer}) => ({
			iface: name,
			at: nameFromElsewhere(lab, mac),
			mac,
			address,
			address6,
			mtu,
			loss,
			peer: peer.host,
			peerAt: nameFromElsewhere(lab, peer.mac),
		})),
	})),
});

function show(lab: SavedLab, output: Output): void {
	output.text(`lab ${lab.name} (${lab.kind === 'named' ? 'named namespaces' : 'user namespace'}, keeper ${lab.keeperPid})`);
	for (const {name, namespace, interfaces} of lab.plan.hosts) {
		output.text(`  ${name}  namespace ${namespace}`);
		for (const {name, mac, address, address6, mtu, loss, peer} of interfaces)
			output.text(
				`    ${name}  ${mac}  ${address}/24  ${address6}/64  mtu ${mtu}  to ${peer.host}, ${nameFromElsewhere(lab, peer.mac)}${loss > 0 ? `  loses ${showShare(loss)}` : ''}`,
			);
	}
}

function specOf(argv: LabArguments): LabSpec {
	const hosts = argv.hosts ?? ['target', 'initiator'];
	const pairs: [string, string][] =
		argv.link?.map(link => {
			const [a, b, ...rest] = link.split(':');
			if (!a || !b || rest.length > 0) throw usage(`--link "${link}" is not understood; write for instance target:initiator`);
			return [a, b];
		}) ?? hosts.slice(1).map((host, i) => [hosts[i] as string, host]);
	return {hosts, links: pairs.map(between => ({between, mtu: argv.mtu, loss: argv.loss, seed: argv.seed})), offloads: argv.offloads};
}

async function up(argv: LabArguments, name: string, output: Output, signal: AbortSignal): Promise<number> {
	if (await findLab(name)) throw usage(`lab "${name}" is up already; see it with: netstress lab show, or choose another --name`);
	const lab = await createLab(specOf(argv), {prefix: `netstress-${name}`});
	try {
		if (signal.aborted) return exit.failed;
		saveLab(name, lab);
		await lab.persist();
	} finally {
		if (signal.aborted) await lab.close();
	}
	const saved = await requireLab(name);
	show(saved, output);
	output.summary(describeLab(saved));
	return exit.done;
}

async function down(name: string, output: Output): Promise<number> {
	const saved = await requireLab(name);
	await removeLab(saved);
	output.text(`lab ${name} is gone`);
	output.summary({name, removed: saved.plan.hosts.map(host => host.name)});
	return exit.done;
}

/** Runs a command on a host; its exit status becomes ours, as with `env` or `nice`. */
async function execute(argv: LabArguments, name: string, signal: AbortSignal): Promise<number> {
	const [hostName, ...words] = [...(argv.words ?? []), ...(argv['--'] ?? [])];
	// netstress is this very program, which need not be on the PATH of the other side
	const [file, ...args] = words[0] === 'netstress' ? [process.execPath, fileURLToPath(new URL('./netstress.js', import.meta.url)), ...words.slice(1)] : words;
	if (hostName === undefined || file === undefined) throw usage('write for instance: netstress lab exec target -- ip address');
	const hosts = savedHosts(await requireLab(name));
	const host = hosts.find(({name}) => name === hostName);
	if (host === undefined) throw usage(`there is no host "${hostName}" in lab "${name}"; its hosts are ${hosts.map(({name}) => name).join(', ')}`);
	const command = host.command(file, args);
	return new Promise((resolve, reject) => {
		const child = spawn(command.file, command.args, {stdio: 'inherit'});
		signal.addEventListener('abort', () => child.kill(signal.reason as NodeJS.Signals)); // the terminal tells the child as well; twice does no harm
		child.on('error', reject);
		child.on('exit', (status, killed) => resolve(status ?? (killed ? 128 + 2 : exit.failed)));
	});
}

async function showAll(name: string | undefined, output: Output): Promise<number> {
	const labs = name === undefined ? await listLabs() : [await requireLab(name)];
	for (const lab of labs) show(lab, output);
	if (labs.length === 0) output.text('no lab is up; make one with: netstress lab up');
	output.summary({labs: labs.map(describeLab)});
	return exit.done;
}

export const command: Command<LabArguments> = {
	positionals: '<action> [words..]',
	describe: 'hosts as network namespaces, joined by veth: up, down, show, exec HOST -- COMMAND',
	build: yargs =>
		yargs
			.positional('action', {choices: ['up', 'down', 'exec', 'show'] as const, demandOption: true, describe: 'what to do'})
			.positional('words', {type: 'string', array: true, describe: 'exec: the host and the command'})
			.options({
				...pick('seed'),
				name: value('name of the lab (default: lab)', text => text, {name: 'name'}),
				hosts: value('hosts to make (default: target,initiator), linked one to the next', text => text.split(','), {name: 'hosts'}),
				link: {
					type: 'string',
					array: true,
					requiresArg: true,
					describe: 'a link, such as target:initiator; may repeat, and replaces the links from one to the next',
				},
				mtu: value('MTU of the links (default: 1500)', size, {name: 'mtu'}),
				loss: value('share of frames that a link loses in each direction, such as 0.1%', share, {name: 'loss'}),
				offloads: {type: 'boolean', default: false, describe: 'leave GSO, TSO and GRO on'},
			})
			.example('netstress lab up --mtu 9000', 'two hosts, target and initiator')
			.example('netstress lab exec target -- ip -brief address', 'a command on one of them')
			.example('netstress lab exec initiator -- netstress monitor', 'this netstress on one of them') as unknown as ReturnType<Command<LabArguments>['build']>,
	// `lab exec target ip -br link`: the flags behind the host are the command's
	prepare: words =>
		words[0] === 'exec' && !words.includes('--') && words[1]?.startsWith('-') === false ? [...words.slice(0, 2), '--', ...words.slice(2)] : words,
	run(argv, signal) {
		const output = outputFor(argv);
		const {action, name = 'lab'} = argv;
		if (action !== 'exec' && (argv.words?.length ?? 0) > 0) throw usage(`unexpected argument ${argv.words?.[0]}; see netstress lab --help`);
		if (action === 'up') return up(argv, name, output, signal);
		if (action === 'down') return down(name, output);
		if (action === 'exec') return execute(argv, name, signal);
		return showAll(argv.name, output);
	},
};
