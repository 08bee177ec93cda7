// Loss on purpose at one end of a link: netem where the kernel has it, else a program of ours through bpf(2), else refused.
import {spawnSync} from 'node:child_process';
import {NetstressError} from '../base/errors.js';
import {attachType, closeBpf, linkToInterface, loadProgram, probeBpf, programType, xdpHasFragments, xdpMode} from '../sys/bpf.js';
import {ArrayMap} from '../sys/bpf-maps.js';
import {interfaceInfo} from '../sys/interface.js';
import {entry, type LossHook, type LossRule, lossProgram, ruleBytes, ruleEntry} from './loss-program.js';
import type {LossEngine} from './plan.js';

export interface Loss {
	readonly engine: LossEngine;
	/** Puts another rule into force; false when this engine has no such rule. */
	set(rule: LossRule): boolean;
	/** Frames seen and dropped so far. */
	read(): {seen: number; dropped: number};
	close(): void;
}

/** netem drops what leaves the interface; `tc` says how much. Undefined when this kernel has no netem or there is no tc. */
function openNetem(iface: string, rule: LossRule): Loss | undefined {
	const tc = (...words: string[]) => spawnSync('tc', words, {encoding: 'utf8'});
	// the default limit of 1000 frames would be a loss of its own
	const put = (verb: 'add' | 'change', rule: LossRule) =>
		rule.kind === 'share' && tc('qdisc', verb, 'dev', iface, 'root', 'netem', 'limit', '1000000', 'loss', `${rule.share * 100}%`).status === 0;
	if (!put('add', rule)) return undefined;
	return {
		engine: 'netem',
		set: rule => put('change', rule),
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

/**
 * Where a program can be put, the better first. Both are where frames arrive: on the way out TCP's segments still go together, up to 64 KiB at once,
 * and are only taken apart behind qdisc and TCX (net/core/dev.c, validate_xmit_skb); one loss there would be a run of frames.
 */
const hooks = [
	{engine: 'tcx', type: programType.classifier, attach: attachType.tcxIngress, programFlags: 0, linkFlags: [0]},
	// a driver without XDP of its own takes the generic kind
	{engine: 'xdp', type: programType.xdp, attach: attachType.xdp, programFlags: xdpHasFragments, linkFlags: [xdpMode.driver, xdpMode.generic]},
] as const;

function attachProgram(
	iface: string,
	counters: ArrayMap,
	rule: ArrayMap,
	seed: number,
	only: LossEngine | undefined,
): {engine: LossHook; descriptors: number[]} {
	const index = interfaceInfo(iface).index;
	let failure: unknown;
	for (const {engine, type, attach, programFlags, linkFlags} of hooks.filter(({engine}) => only === undefined || only === engine)) {
		for (const flags of linkFlags) {
			try {
				const program = loadProgram('netstress_loss', type, attach, programFlags, lossProgram(engine, counters.fd, rule.fd, seed));
				return {engine, descriptors: [linkToInterface(program, index, attach, flags), program]};
			} catch (error) {
				failure = error; // an older kernel: the next hook
			}
		}
	}
	throw failure;
}

function openProgram(iface: string, rule: LossRule, seed: number, only: LossEngine | undefined): Loss {
	const counters = new ArrayMap('netstress_loss', entry.length);
	const rules = new ArrayMap('netstress_rule', ruleEntry.length);
	const read = () => {
		const view = new DataView(counters.read().buffer);
		return {seen: Number(view.getBigUint64(entry.seen, true)), dropped: Number(view.getBigUint64(entry.dropped, true))};
	};
	rules.write(ruleBytes(rule, 0));
	const {engine, descriptors} = attachProgram(iface, counters, rules, seed, only);
	return {
		engine,
		set(rule) {
			rules.write(ruleBytes(rule, read().seen));
			return true;
		},
		read,
		close() {
			for (const fd of descriptors) closeBpf(fd);
			counters.close();
			rules.close();
		},
	};
}

/**
 * Loses frames of an interface of this namespace until it is closed: of those that leave (netem), or of those that arrive (TCX, XDP). With our
 * own program the same seed drops the same frame numbers; only it can count frames, netem knows shares. Frames sent past the qdisc
 * (PACKET_QDISC_BYPASS) escape netem; packet sockets for every EtherType see what TCX drops afterwards (net/core/dev.c, __netif_receive_skb_core).
 * ERR_UNSUPPORTED (exit status 4) names what is missing.
 */
export function openLoss(iface: string, rule: LossRule, seed: number, only?: LossEngine): Loss {
	const netem = only === undefined || only === 'netem' ? openNetem(iface, rule) : undefined;
	if (netem !== undefined) return netem;
	const {state, detail} = probeBpf();
	if (state === 'present' && only !== 'netem') return openProgram(iface, rule, seed, only);
	if (rule.kind !== 'share')
		throw new NetstressError(
			'ERR_UNSUPPORTED',
			`cannot lose single frames on ${iface}: bpf(2) is not allowed here (${detail}); run as root, Linux 5.18 or newer`,
			{
				feature: 'bpf',
				minimumKernel: '5.18',
			},
		);
	throw new NetstressError(
		'ERR_UNSUPPORTED',
		`cannot lose frames on ${iface}: this kernel has no netem (CONFIG_NET_SCH_NETEM: modprobe sch_netem) and bpf(2) is not allowed here (${detail}); run as root, Linux 5.18 or newer`,
		{feature: 'netem or bpf', minimumKernel: '5.18'},
	);
}
