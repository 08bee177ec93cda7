// Packet files of trafgen (netsniff-ng 0.6.8, trafgen(8) "SYNTAX"): each packet becomes a program, its headers and elements the layers of a template
// in which nothing is chosen for the user. What is not supported is an error with its line.

import {NetstressError, usage} from '../../base/errors.js';
import {freshSeed, type Random, seeded} from '../../base/random.js';
import {header} from '../../wire/header.js';
import {icmpv6} from '../../wire/icmp.js';
import type {BuildOptions} from './build.js';
import {compileLayers} from './compile.js';
import type {Kind} from './kind.js';
import {kindOf} from './kinds.js';
import {icmp6} from './layers/icmp.js';
import type {MeasuredSource} from './measured.js';
import {Sequence} from './sequence.js';
import type {StackedLayer} from './stack-layers.js';
import {TrafgenHeader} from './trafgen-header.js';
import {type Element, Packet} from './trafgen-packet.js';
import {Scanner} from './trafgen-scan.js';

const cpu = /cpu\s*\(\s*\d+\s*(?:[-:]\s*\d+\s*)?\)\s*:/iy;
const mostPackets = 65_536;

/** ICMPv6 as trafgen has it: the common header alone. */
const icmpv6Head: Kind = {...icmp6, name: 'icmpv6_head', table: header('icmpv6', 4, {...icmpv6.fields}), defaults: () => ({})};

/** VLAN tags say their own EtherType in trafgen; in a frame it stands in front of them. */
function settleVlan(elements: readonly Element[]): void {
	for (const [i, made] of elements.entries()) {
		if (!(made instanceof TrafgenHeader) || made.layer.kind !== 'vlan') continue;
		const tci = made.number('tci');
		made.values.delete('tci');
		if (tci !== undefined)
			for (const [key, value] of [
				['priority', tci >>> 13],
				['dei', (tci >>> 12) & 1],
				['id', tci & 0xfff],
			] as const)
				made.set(key, String(value));
		const tpid = String(made.number('tpid') ?? 0x8100);
		made.values.delete('tpid');
		const below = elements[i - 1];
		if (below instanceof TrafgenHeader) below.otherwise(below.layer.kind === 'vlan' ? 'etype' : 'type', tpid);
		if (!(elements[i + 1] instanceof TrafgenHeader)) made.otherwise('etype', tpid);
	}
}

function stackOf(elements: readonly Element[]): StackedLayer[] {
	settleVlan(elements);
	return elements.map(element => {
		if (!(element instanceof TrafgenHeader)) return {kind: element.kind, node: {name: element.kind.name, at: element.at, values: []}};
		for (const [key, value] of Object.entries(element.layer.defaults)) {
			// single flags are given in front of the field that holds them all
			if (key === 'flags' || key === 'dsfield') continue;
			element.otherwise(key, value);
		}
		const node = element.node();
		const flags = element.layer.defaults.flags;
		const whole =
			flags === undefined
				? []
				: [
						{
							key: 'flags',
							at: element.at,
							kept: true,
							value: {kind: 'words' as const, at: element.at, words: [{kind: 'word' as const, text: flags, at: element.at}]},
						},
					];
		return {
			kind: element.layer.kind === 'icmpv6_head' ? icmpv6Head : (kindOf(element.layer.kind) as Kind),
			node: {...node, values: [...whole, ...node.values]},
		};
	});
}

function packetsIn(scanner: Scanner, random: () => Random): StackedLayer[][] {
	const packets: StackedLayer[][] = [];
	while (!scanner.ended) {
		// one thread sends them all: which CPU a packet is for does not matter here
		scanner.take(cpu);
		const {at} = scanner;
		scanner.expect('{', 'at the beginning of a packet');
		const packet = new Packet(scanner, random);
		packet.read();
		if (packet.elements.length === 0) throw scanner.wrong('this packet is empty', at);
		packets.push(stackOf(packet.elements));
		if (packets.length > mostPackets) throw scanner.wrong(`there are more than ${mostPackets} packets`, at);
	}
	return packets;
}

/** Compiles a packet file of trafgen. ERR_USAGE naming `path`, the line and the function for what is wrong or not supported. */
export function compileTrafgen(text: string, path: string, options: Partial<BuildOptions> = {}): MeasuredSource {
	const seed = options.seed ?? freshSeed();
	let random: Random | undefined;
	const chance = () => {
		random ??= seeded(seed);
		return random;
	};
	try {
		const packets = packetsIn(new Scanner(text), chance);
		if (packets.length === 0) throw usage('there is no packet in it; a packet is written { … }');
		const programs = packets.map(stack => compileLayers(text, stack, {...options, seed, random: chance, exact: true}));
		return programs.length === 1 ? (programs[0] as MeasuredSource) : new Sequence(programs);
	} catch (error) {
		if (!(error instanceof NetstressError)) throw error;
		throw new NetstressError(error.code, `${path}: ${error.message}`, {...error.details, path}, error);
	}
}
