// trafgen's layers in terms of ours: its names of fields, and its defaults, which are mostly 0 (trafgen(8), "Protocol header functions"; netsniff-ng 0.6.8).

export interface TrafgenLayer {
	/** The layer of a template that it is. */
	readonly kind: string;
	/** What is put below it when no header stands there. */
	readonly under: string | undefined;
	/** Field -> key; `*4` counts in words of four bytes. */
	readonly fields: Readonly<Record<string, string>>;
	/** Words without a value -> key and value. */
	readonly words?: Readonly<Record<string, readonly [key: string, value: string]>>;
	/** Values that ours would choose otherwise. */
	readonly defaults: Readonly<Record<string, string>>;
}

const zeroMac = '00:00:00:00:00:00';
const ports = {sp: 'srcport', sport: 'srcport', dp: 'dstport', dport: 'dstport', csum: 'checksum'};
const echo = {echorequest: ['type', 'echo'], echoreply: ['type', 'reply']} as const;
const flag = (name: string, key = name) => ({[name]: [`flags.${key}`, '1'] as const});

const eth: TrafgenLayer = {
	kind: 'eth',
	under: undefined,
	fields: {da: 'dst', daddr: 'dst', sa: 'src', saddr: 'src', etype: 'type', type: 'type', prot: 'type', proto: 'type'},
	defaults: {dst: zeroMac, src: zeroMac},
};
const ip4: TrafgenLayer = {
	kind: 'ip4',
	under: 'eth',
	fields: {
		...{ver: 'version', version: 'version', ihl: 'hdr_len*4', tos: 'dsfield', dscp: 'dsfield.dscp', ecn: 'dsfield.ecn', len: 'len', length: 'len', id: 'id'},
		...{flags: 'flags', frag: 'frag_offset', ttl: 'ttl', csum: 'checksum', sa: 'src', saddr: 'src', da: 'dst', daddr: 'dst', prot: 'proto', proto: 'proto'},
	},
	words: {...flag('df'), ...flag('mf')},
	defaults: {ttl: '0', src: '0.0.0.0', dst: '0.0.0.0'},
};
const ip6: TrafgenLayer = {
	kind: 'ip6',
	under: undefined,
	fields: {
		...{ver: 'version', version: 'version', tc: 'tclass', tclass: 'tclass', class: 'tclass', fl: 'flow', flow: 'flow', len: 'plen', length: 'plen', nh: 'nxt'},
		...{nexthdr: 'nxt', hl: 'hlim', hoplimit: 'hlim', ttl: 'hlim', sa: 'src', saddr: 'src', da: 'dst', daddr: 'dst'},
	},
	defaults: {hlim: '0', src: '::', dst: '::'},
};
const icmp4: TrafgenLayer = {
	kind: 'icmp',
	under: 'ip4',
	fields: {type: 'type', code: 'code', csum: 'checksum', seq: 'seq', id: 'ident', mtu: 'seq'},
	words: echo,
	defaults: {type: '0', ident: '0'},
};
const icmp6: TrafgenLayer = {kind: 'icmpv6_head', under: 'ip6', fields: {type: 'type', code: 'code', csum: 'checksum'}, words: echo, defaults: {}};
const udp: TrafgenLayer = {kind: 'udp', under: 'ip4', fields: {...ports, len: 'length', length: 'length'}, defaults: {srcport: '0', dstport: '0'}};
const tcp: TrafgenLayer = {
	kind: 'tcp',
	under: 'ip4',
	fields: {
		...{...ports, seq: 'seq_raw', aseq: 'ack_raw', ackseq: 'ack_raw', doff: 'hdr_len*4', hlen: 'hdr_len*4', win: 'window_size_value'},
		...{window: 'window_size_value', urgptr: 'urgent_pointer'},
	},
	words: {
		...flag('cwr'),
		...flag('ece'),
		...flag('ecn', 'ece'),
		...flag('urg'),
		...flag('ack'),
		...flag('psh', 'push'),
		...flag('rst', 'reset'),
		...flag('syn'),
		...flag('fin'),
	},
	defaults: {srcport: '0', dstport: '0', flags: '0', window_size_value: '0'},
};

/** By the words that name them. */
export const trafgenLayers: Readonly<Record<string, TrafgenLayer>> = {
	eth,
	vlan: {
		kind: 'vlan',
		under: 'eth',
		fields: {tpid: 'tpid', prot: 'tpid', proto: 'tpid', tci: 'tci', dei: 'dei', cfi: 'dei', pcp: 'priority', id: 'id'},
		words: {'1q': ['tpid', '0x8100'], '1ad': ['tpid', '0x88a8']},
		defaults: {id: '0'},
	},
	mpls: {
		kind: 'mpls',
		under: 'eth',
		fields: {label: 'label', lbl: 'label', tc: 'exp', tclass: 'exp', exp: 'exp', last: 'bottom', ttl: 'ttl'},
		defaults: {label: '0', ttl: '0'},
	},
	arp: {
		kind: 'arp',
		under: 'eth',
		fields: {
			...{htype: 'hw.type', ptype: 'proto.type', op: 'opcode', oper: 'opcode', smac: 'src.hw_mac', sha: 'src.hw_mac', sip: 'src.proto_ipv4'},
			...{spa: 'src.proto_ipv4', tmac: 'dst.hw_mac', tha: 'dst.hw_mac', tip: 'dst.proto_ipv4', tpa: 'dst.proto_ipv4'},
		},
		words: {request: ['opcode', '1'], req: ['opcode', '1'], reply: ['opcode', '2']},
		defaults: {'src.hw_mac': zeroMac, 'src.proto_ipv4': '0.0.0.0', 'dst.proto_ipv4': '0.0.0.0'},
	},
	ip4,
	ipv4: ip4,
	ip6,
	ipv6: ip6,
	icmp4,
	icmpv4: icmp4,
	icmp6,
	icmpv6: icmp6,
	udp,
	tcp,
	pause: {kind: 'pause', under: 'eth', fields: {code: 'opcode', time: 'pause_time'}, defaults: {pause_time: '0'}},
	pfc: {kind: 'pfc', under: 'eth', fields: {code: 'opcode', pri: 'cbfc.enbv', prio: 'cbfc.enbv'}, defaults: {}},
};

/** Destinations that trafgen puts into an Ethernet header which it adds below these. */
export const addedDestination: Readonly<Record<string, string>> = {arp: 'ff:ff:ff:ff:ff:ff', pause: '01:80:c2:00:00:01', pfc: '01:80:c2:00:00:01'};
