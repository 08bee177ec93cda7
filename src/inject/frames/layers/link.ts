// Ethernet, tags and ARP.
import {arp} from '../../../wire/arp.js';
import {ethernet} from '../../../wire/ethernet.js';
import {serviceTag, vlan} from '../../../wire/vlan.js';
import {broadcast, type Kind} from '../kind.js';
import type {Layer} from '../layer.js';

/** The first layer above that is no tag: it decides whom a frame is for. */
function upper(layer: Layer): Layer | undefined {
	let {above} = layer;
	while (above?.header === vlan || above?.header === serviceTag) above = above.above;
	return above;
}

const eth: Kind = {
	name: 'eth',
	also: ['ethernet'],
	about: 'Ethernet II; the source is the interface, the destination nobody',
	table: ethernet,
	short: {da: 'dst', sa: 'src', t: 'type'},
	over: [],
	defaults(layer, {options}) {
		const above = upper(layer);
		const {dst, src} = above?.kind.stations?.(above) ?? {};
		return {dst: dst ?? options.destination, src: src ?? options.source};
	},
	next: {key: 'type', binding: 'eth.type'},
	carries: true,
};

const priorities = {prio: 'priority', pcp: 'priority', cfi: 'dei', vid: 'id'};
const tag = {defaults: () => ({id: 1}), over: ['eth', 'qinq', 'vlan'], carries: true} satisfies Partial<Kind>;

const vlanKind: Kind = {
	...tag,
	name: 'vlan',
	also: ['dot1q'],
	about: 'an 802.1Q tag',
	table: vlan,
	short: {...priorities, type: 'etype'},
	next: {key: 'etype', binding: 'eth.type'},
};
const qinq: Kind = {
	...tag,
	name: 'qinq',
	also: ['dot1ad'],
	about: 'an 802.1ad service tag; a vlan layer usually follows',
	table: serviceTag,
	short: {...priorities, type: '.ieee8021ah.etype', etype: '.ieee8021ah.etype'},
	next: {key: '.ieee8021ah.etype', binding: 'eth.type'},
};

const arpKind: Kind = {
	name: 'arp',
	about: 'ARP for IPv4: request or reply',
	table: arp,
	short: {op: 'opcode', sha: 'src.hw_mac', spa: 'src.proto_ipv4', tha: 'dst.hw_mac', tpa: 'dst.proto_ipv4', htype: 'hw.type', ptype: 'proto.type'},
	bare: 'opcode',
	stations: layer => ({dst: layer.number('opcode', 1) === 1 ? broadcast : undefined}),
	defaults: (_layer, {options}) => ({
		'hw.type': 1,
		'proto.type': 0x0800,
		'hw.size': 6,
		'proto.size': 4,
		opcode: 1,
		'src.hw_mac': options.source,
		'src.proto_ipv4': Uint8Array.of(192, 0, 2, 1),
		'dst.proto_ipv4': Uint8Array.of(192, 0, 2, 2),
	}),
	carries: false,
};

export const linkKinds: readonly Kind[] = [eth, vlanKind, qinq, arpKind];
