// Loss on purpose at one end of a link: netem where the kernel has it, else an XDP program through bpf(2), else refused.
import {spawnSync} from 'node:child_process';
import {NetstressError} from '../base/errors.js';
import {ArrayMap, attachType, closeBpf, linkToInterface, loadProgram, probeBpf, programType, xdpHasFragments, xdpMode} from '../sys/bpf.js';
import {interfaceInfo} from '../sys/interface.js';
import {entry, lossProgram} from './loss-program.js';

export interface Loss {
	readonly engine: 'netem' | 'xdp';
	/** Frames seen and dropped so far. */
	read(): {seen: number; dropped: number};
	close(): void;
}

/** netem drops what leaves the interface; `tc` says how much. Undefined when this kernel has no netem or there is no tc. */
function openNetem(iface: string, share: number): Loss | undefined {
	const tc = (...words: string[]) => spawnSync('tc', words, {encoding: 'utf8'});
	// the default limit of 1000 frames would be a loss of its own
	const added = tc('qdisc', 'add', 'dev', iface, 'root', 'netem', 'limit', '1000000', 'loss', `${share * 100}%`);
	if (added.status !== 0) return undefined;
	return {
		engine: 'netem',
		read: () => netemCounts(tc('-s', '-j', 'qdisc', 'show', 'dev', iface).stdout),
		close: () => void tc('qdisc', 'del', 'dev', iface, 'root'),
	};
}

/** Reads `tc -s -j qdisc show`: netem's `packets` are those that passed. */
export function netemCounts(json: string): {seen: number; dropped: number} {
	const list = JSON.parse(json || '[]') as {kind?: string; packets?: number; drops?: number}[];
	const {packets = 0, drops = 0} = list.find(({kind}) => kind === 'netem') ?? {};
	return {seen: packets + drops, dropped: drops};
}

function openXdp(iface: string, share: number, seed: number): Loss {
	const map = new ArrayMap('netstress_loss', entry.length);
	const program = loadProgram('netstress_loss', programType.xdp, attachType.xdp, xdpHasFragments, lossProgram(map.fd, share, seed));
	const index = interfaceInfo(iface).index;
	const attach = (mode: number) => linkToInterface(program, index, attachType.xdp, mode);
	let link: number;
	try {
		link = attach(xdpMode.driver);
	} catch {
		link = attach(xdpMode.generic); // a driver without XDP of its own
	}
	return {
		engine: 'xdp',
		read() {
			const view = new DataView(map.read().buffer);
			return {seen: Number(view.getBigUint64(entry.seen, true)), dropped: Number(view.getBigUint64(entry.dropped, true))};
		},
		close() {
			for (const fd of [link, program]) closeBpf(fd);
			map.close();
		},
	};
}

/**
 * Loses `share` (0 to 1) of the frames of an interface of this namespace until it is closed. With XDP the frames that arrive are meant, and the
 * same seed drops the same frame numbers; with netem those that leave.
 * ERR_UNSUPPORTED (exit status 4) names what is missing.
 */
export function openLoss(iface: string, share: number, seed: number): Loss {
	const netem = openNetem(iface, share);
	if (netem !== undefined) return netem;
	const {state, detail} = probeBpf();
	if (state === 'present') return openXdp(iface, share, seed);
	throw new NetstressError(
		'ERR_UNSUPPORTED',
		`cannot lose frames on ${iface}: this kernel has no netem (CONFIG_NET_SCH_NETEM: modprobe sch_netem) and bpf(2) is not allowed here (${detail}); run as root, Linux 5.18 or newer`,
		{feature: 'netem or bpf', minimumKernel: '5.18'},
	);
}
