// netstress target: the reference target. It serves until it is told to stop, then prints what it counted.
import {usage} from '../src/base/errors.js';
import {size} from '../src/base/units.js';
import {parseWwn, showPortId} from '../src/fcoe/wwn.js';
import {openStatistics} from '../src/sys/statistics-socket.js';
import {portsOf} from '../src/target/ports.js';
import {type RunningTarget, serveTarget, type TargetSpec, type TargetStats} from '../src/target/serve.js';
import {type Command, exit} from './command.js';
import {pick, type SharedArguments, value} from './flags.js';
import {outputFor, toJson} from './output.js';

interface TargetArguments extends SharedArguments {
	files: string[];
	aoe?: string[];
	fcoe?: string[];
	wwpn?: string[];
	fcoeAllow?: string[];
	fcoeMode: 'multipoint' | 'p2p';
	fcoeVlan?: string[];
	iscsi?: string[];
	iqn: string;
	readOnly: boolean;
	sync: boolean;
	ringSize?: number;
	buffers?: number;
	transmit?: 'sendmmsg' | 'ring';
}

const DEFAULT_IQN = 'iqn.2026-11.io.netstress:target';

/** `IFACE:SHELF.SLOT` */
function aoeAddress(text: string): TargetSpec['aoe'][number] {
	const match = /^([^:\s]+):(\d{1,5})\.(\d{1,3})$/.exec(text);
	if (!match) throw usage(`--aoe "${text}" is not understood; write IFACE:SHELF.SLOT, for instance eth0:1.1`);
	return {iface: match[1]!, shelf: Number(match[2]), slot: Number(match[3])};
}

/** `--fcoe IFACE` with its `--wwpn`, paired in their order. */
function fcoePorts(ifaces: readonly string[], wwpns: readonly string[]): TargetSpec['fcoe'] {
	if (wwpns.length > ifaces.length) throw usage(`--wwpn ${wwpns[ifaces.length]} has no --fcoe: the n-th --wwpn names the port on the n-th --fcoe`);
	return ifaces.map((iface, i) => (wwpns[i] === undefined ? {iface} : {iface, wwpn: parseWwn(wwpns[i], '--wwpn')}));
}

function vlanId(text: string): number {
	if (!/^\d{1,4}$/.test(text) || Number(text) < 1 || Number(text) > 4094) throw usage(`--fcoe-vlan "${text}" is no VLAN; use 1 to 4094`);
	return Number(text);
}

/** `HOST:PORT`, IPv6 in brackets; the port may be left out (3260), 0 takes any free one. */
function portal(text: string): TargetSpec['iscsi'][number] {
	const match = /^(\[[0-9a-fA-F:.%\w]+\]|[^:\s]+)(?::(\d{1,5}))?$/.exec(text);
	const port = Number(match?.[2] ?? 3260);
	if (!match || port > 65_535) throw usage(`--iscsi "${text}" is not understood; write HOST:PORT, for instance 0.0.0.0:3260 or [::1]:3260`);
	return {host: match[1]!.replace(/^\[|\]$/g, ''), port};
}

const wholeNumber = (text: string, what: string): number => {
	if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > 65_535) throw usage(`${what} "${text}" is not a whole number from 1 to 65535`);
	return Number(text);
};

/** Counters that have counted something. */
const counted = (counters: Readonly<Record<string, number>>): string =>
	Object.entries(counters)
		.filter(([, count]) => count !== 0)
		.map(([name, count]) => `${name} ${count}`)
		.join('  ');

/** A line for each export: what was read, written and refused. */
function* statistics({aoe, fcoe, iscsi}: TargetStats): Iterable<string> {
	for (const {address, reads, readBytes, writes, writtenBytes, flushes, ataErrors, protocolErrors} of aoe?.exports ?? []) {
		yield `${address}  reads ${reads} (${readBytes} bytes)  writes ${writes} (${writtenBytes} bytes)  flushes ${flushes}  errors ${ataErrors + protocolErrors}`;
	}
	for (const {iface, received, sent, receiveDropped, transmitFailed} of aoe?.ports ?? []) {
		yield `${iface}  frames in ${received}, out ${sent}, lost in our ring ${receiveDropped}, refused by the kernel ${transmitFailed}`;
	}
	for (const {iface, wwpn, portId, received, sent, receiveDropped, transmitFailed, fcp, fcoe: frames, initiators, shortPaths} of fcoe?.ports ?? []) {
		yield `fcoe:${iface}/${wwpn}  address ${showPortId(portId)}  initiators ${initiators.length}  ${counted(fcp)}`;
		yield `${iface}  FCoE frames in ${received}, out ${sent}, lost in our ring ${receiveDropped}, refused by the kernel ${transmitFailed}; ${counted(frames)}`;
		for (const {wwpn: peer, proven, fcoeSize} of shortPaths) {
			yield `${iface}  the path to ${peer} carried ${proven} bytes where its FCoE size is ${fcoeSize}: look for a hop with a smaller MTU`;
		}
	}
	for (const {host, port, counters} of iscsi ?? []) {
		yield `iscsi ${host}:${port}  ${counted(counters)}`;
	}
}

/** Settles when the signal aborts. */
const aborted = (signal: AbortSignal) =>
	new Promise<void>(resolve => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), {once: true})));

export const command: Command<TargetArguments> = {
	positionals: '<files..>',
	describe: 'the reference target: files exported over AoE, FCoE and iSCSI',
	build: yargs =>
		yargs
			.positional('files', {type: 'string', array: true, demandOption: true, describe: 'files or block devices; the n-th is LUN n, and AoE slot + n'})
			.options({
				aoe: {type: 'string', array: true, nargs: 1, requiresArg: true, describe: 'export over AoE: IFACE:SHELF.SLOT; may repeat'},
				fcoe: {type: 'string', array: true, nargs: 1, requiresArg: true, describe: 'export over FCoE (VN2VN): IFACE; may repeat'},
				wwpn: {
					type: 'string',
					array: true,
					nargs: 1,
					requiresArg: true,
					describe: 'name of the FCoE port (default: 10:00 and the MAC address); one for each --fcoe',
				},
				'fcoe-allow': {type: 'string', array: true, nargs: 1, requiresArg: true, describe: 'a WWPN that may log in over FCoE; may repeat (default: everybody)'},
				'fcoe-mode': {choices: ['multipoint', 'p2p'] as const, default: 'multipoint' as const, describe: 'VN2VN with many ports, or between two'},
				'fcoe-vlan': {type: 'string', array: true, nargs: 1, requiresArg: true, describe: 'a VLAN to name to FCoE ports that ask; may repeat'},
				iscsi: {type: 'string', array: true, nargs: 1, requiresArg: true, describe: 'export over iSCSI: HOST:PORT; may repeat; port 0 takes a free one'},
				iqn: {type: 'string', requiresArg: true, default: DEFAULT_IQN, describe: 'iSCSI name of the target'},
				'read-only': {type: 'boolean', default: false, describe: 'refuse writes'},
				sync: {type: 'boolean', default: false, describe: 'acknowledge a write when it is on the medium (Linux’s aoe driver never flushes)'},
				buffers: value('AoE buffer count to advertise (default: from the ring)', wholeNumber, {name: 'buffers'}),
				transmit: {choices: ['sendmmsg', 'ring'] as const, describe: 'how AoE replies are sent (docs/target.md)'},
				'ring-size': value('bytes of each interface’s receive ring (default 4MiB)', size, {alias: 'S', name: 'ring-size'}),
				...pick('json', 'quiet', 'verbose'),
			})
			.example('$0 target disk.img --aoe eth0:1.1 --fcoe eth0 --iscsi 0.0.0.0:3260', 'one file over all three') as unknown as ReturnType<
			Command<TargetArguments>['build']
		>,
	async run(argv, signal) {
		const output = outputFor(argv);
		const running: RunningTarget = await serveTarget({
			files: argv.files,
			readOnly: argv.readOnly,
			sync: argv.sync,
			aoe: (argv.aoe ?? []).map(aoeAddress),
			fcoe: fcoePorts(argv.fcoe ?? [], argv.wwpn ?? []),
			...(argv.fcoeAllow === undefined ? {} : {fcoeAllow: argv.fcoeAllow.map(text => parseWwn(text, '--fcoe-allow'))}),
			...(argv.fcoeMode === 'p2p' ? {pointToPoint: true} : {}),
			...(argv.fcoeVlan === undefined ? {} : {fcoeVlans: argv.fcoeVlan.map(vlanId)}),
			iscsi: (argv.iscsi ?? []).map(portal),
			iqn: argv.iqn,
			...(argv.ringSize === undefined ? {} : {ringBytes: argv.ringSize}),
			...(argv.buffers === undefined ? {} : {bufferCount: argv.buffers}),
			...(argv.transmit === undefined ? {} : {transmit: argv.transmit}),
		});
		const asked = await openStatistics(async () => ({type: 'statistics', ports: portsOf(await running.stats())}));
		// The first line is for scripts in either mode: they wait for it before they connect.
		process.stdout.write(`${toJson({type: 'ready', exports: running.exports})}\n`);
		output.say('serving; Ctrl-C stops');
		try {
			await Promise.race([aborted(signal), running.died]);
		} finally {
			asked?.close();
			const stats = await running.close();
			for (const line of statistics(stats)) output.text(line);
			output.summary(stats);
		}
		return exit.done;
	},
};
