// FIP, the initialization protocol of FCoE (FC-BB-6 7.9): the header by what it is for, and its descriptors, each a layer.
import {DEFAULT_FC_MAP, FCOE_MTU} from '../../../wire/fcoe.js';
import * as wire from '../../../wire/fip.js';
import type {Header} from '../../../wire/header.js';
import type {Kind, Values} from '../kind.js';
import type {Layer} from '../layer.js';

const {discoverySubcode, linkServiceSubcode, controlSubcode, vlanSubcode, vn2vnSubcode, fipOp, fipFlag, fipDescriptor} = wire;

interface Operation {
	readonly op: number;
	readonly subcode: number;
	/** Whom it goes to, where that is a group. */
	readonly group?: Uint8Array;
	readonly flags?: number;
}
const vn2vn = (subcode: number, group?: Uint8Array): Operation => ({op: fipOp.vn2vn, subcode, flags: fipFlag.fpma, ...(group === undefined ? {} : {group})});
const operations: Readonly<Record<string, Operation>> = {
	beacon: vn2vn(vn2vnSubcode.beacon, wire.allVn2vn),
	probe_request: vn2vn(vn2vnSubcode.probeRequest, wire.allVn2vn),
	probe_reply: vn2vn(vn2vnSubcode.probeReply),
	claim: vn2vn(vn2vnSubcode.claim, wire.allVn2vn),
	claim_response: vn2vn(vn2vnSubcode.claimResponse),
	solicitation: {op: fipOp.discovery, subcode: discoverySubcode.solicitation, group: wire.allFcf, flags: fipFlag.fpma},
	advertisement: {op: fipOp.discovery, subcode: discoverySubcode.advertisement, group: wire.allEnode, flags: fipFlag.fpma},
	els_request: {op: fipOp.linkService, subcode: linkServiceSubcode.request, flags: fipFlag.fpma},
	els_response: {op: fipOp.linkService, subcode: linkServiceSubcode.reply, flags: fipFlag.fpma},
	keep_alive: {op: fipOp.control, subcode: controlSubcode.keepAlive, flags: fipFlag.fpma},
	clear_virtual_link: {op: fipOp.control, subcode: controlSubcode.clearVirtualLink, flags: fipFlag.fpma},
	vlan_request: {op: fipOp.vlan, subcode: vlanSubcode.request, group: wire.allFcf},
	vlan_notification: {op: fipOp.vlan, subcode: vlanSubcode.notification},
	vlan_vn2vn: {op: fipOp.vlan, subcode: vlanSubcode.vn2vnNotification, group: wire.allVn2vn},
};
const operationOf = ({word}: Layer): Operation => operations[word || 'beacon'] as Operation;
const subcodes = ['disc_subcode', 'ls.subcode', 'ctrl_subcode', 'vlan_subcode', 'vn2vn_subcode', 'subcode'];

const fipKind: Kind = {
	name: 'fip',
	about: 'a FIP header: fip(beacon), fip(solicitation), fip(vlan_request); descriptors follow as layers, their length is filled in',
	table: {word: 'operation', tables: Object.fromEntries(Object.entries(operations).map(([name, {op}]) => [name, wire.fipHeaders[op] as Header]))},
	short: {version: 'ver'},
	shorts: {sub: subcodes, subcode: subcodes},
	words: {opcode: fipOp, flags: fipFlag},
	stations: layer => ({dst: operationOf(layer).group}),
	defaults(layer): Values {
		const {op, subcode, flags = 0} = operationOf(layer);
		const key = subcodes.find(name => Object.hasOwn(layer.header.fields, name)) as string;
		return {ver: wire.FIP_VERSION, opcode: op, [key]: subcode, flags};
	},
	computed: ['dl_len'],
	carries: false,
	finish: (layer, build) => build.fill(layer, 'dl_len', () => Math.floor((build.natural - layer.inner) / wire.FIP_WORD)),
};

const tables = {
	priority: wire.fipPriority,
	mac: wire.fipMac,
	fcMap: wire.fipFcMap,
	name: wire.fipName,
	fabric: wire.fipFabric,
	maxSize: wire.fipMaxSize,
	flogi: wire.fipEncapsulation,
	fdisc: wire.fipEncapsulation,
	logo: wire.fipEncapsulation,
	elp: wire.fipEncapsulation,
	vnPort: wire.fipVnPort,
	fkaPeriod: wire.fipFkaPeriod,
	vendor: wire.fipVendor,
	vlan: wire.fipVlan,
	fc4Features: wire.fipFc4Features,
} as const;
const typeOf = new Map(
	Object.entries(tables).map(([name]) => [name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`), fipDescriptor[name as keyof typeof tables]]),
);

const nodeName = 0x1000_026e_7300_0001n;
const portName = 0x2000_026e_7300_0001n;

/** Bytes of the descriptor, with the FC frame in it. */
function lengthOf(layer: Layer): number {
	let bytes = layer.length;
	for (let {above} = layer; above !== undefined && above.kind !== descKind; above = above.above) bytes += above.length;
	return bytes;
}

const descKind: Kind = {
	name: 'desc',
	about: 'a FIP descriptor: desc(mac,mac=…), desc(vn_port,fc_id=1,pwwn=20:00:…), desc(flogi)/fc/els(flogi)',
	table: {word: 'descriptor', tables},
	short: {type: 'desc_type', len: 'desc_len', period: 'fka', size: 'fcoe_size', fc_id: 'vn.fc_id', pwwn: 'vn.pwwn', wwn: 'name', id: 'vlan', vfid: 'fab.vfid'},
	shorts: {mac: ['mac', 'vn.mac'], map: ['map', 'fab.map'], name: ['name', 'fab.name']},
	over: ['fip', 'desc', 'els', 'fc'],
	computed: ['desc_len'],
	defaults(layer, {options}): Values {
		const type = typeOf.get(layer.word || 'priority') as number;
		const more: Readonly<Record<number, Values>> = {
			[fipDescriptor.priority]: {pri: 128},
			[fipDescriptor.mac]: {mac: options.source},
			[fipDescriptor.fcMap]: {map: DEFAULT_FC_MAP},
			[fipDescriptor.name]: {name: nodeName},
			[fipDescriptor.fabric]: {'fab.map': DEFAULT_FC_MAP, 'fab.name': nodeName},
			[fipDescriptor.maxSize]: {fcoe_size: FCOE_MTU},
			[fipDescriptor.vnPort]: {'vn.mac': options.source, 'vn.fc_id': 1, 'vn.pwwn': portName},
			[fipDescriptor.fkaPeriod]: {fka: 8000},
			[fipDescriptor.vlan]: {vlan: 1},
			[fipDescriptor.fc4Features]: {'fc4f.fcp': 1, 'fc4f.feat.fcp': 3},
		};
		return {desc_type: type, ...more[type]};
	},
	carries: false,
	finish: (layer, build) => build.fill(layer, 'desc_len', () => Math.floor(lengthOf(layer) / wire.FIP_WORD)),
};

export const fipKinds: readonly Kind[] = [fipKind, descKind];
