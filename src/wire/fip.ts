// FCoE Initialization Protocol (FC-BB-6 7.9; Linux include/scsi/fc/fc_fip.h): header and descriptors. Offsets count from the byte behind the
// EtherType; each descriptor's table includes its type and length, the length in words of four bytes.
import {bytes, mac, u8, u16, u24, u32, u64} from './field.js';
import {type Header, header} from './header.js';

/** EtherType (FC-BB-6 7.9.1). */
export const FIP_ETHERTYPE = 0x8914;
export const FIP_VERSION = 1;
/** Bytes of the header, and of a word in which lengths count. */
export const FIP_HEADER_LENGTH = 10;
export const FIP_WORD = 4;

const groupMac = (last: number) => Uint8Array.of(0x01, 0x10, 0x18, 0x01, 0x00, last);
/** Group addresses (FC-BB-6 table 47). */
export const allFcoe = groupMac(0);
export const allEnode = groupMac(1);
export const allFcf = groupMac(2);
export const allVn2vn = groupMac(4);
export const allP2p = groupMac(5);

/** Operations and their subcodes (FC-BB-6 table 34). */
export const fipOp = {discovery: 1, linkService: 2, control: 3, vlan: 4, vn2vn: 5} as const;
export const fipOpNames: Readonly<Record<number, string>> = {1: 'Discovery', 2: 'Link Service', 3: 'Control', 4: 'VLAN', 5: 'VN2VN'};
export const discoverySubcode = {solicitation: 1, advertisement: 2} as const;
export const linkServiceSubcode = {request: 1, reply: 2} as const;
export const controlSubcode = {keepAlive: 1, clearVirtualLink: 2} as const;
export const vlanSubcode = {request: 1, notification: 2, vn2vnNotification: 3} as const;
export const vn2vnSubcode = {probeRequest: 1, probeReply: 2, claim: 3, claimResponse: 4, beacon: 5} as const;

/** Names of the subcodes, by operation; Wireshark has none for VLAN 3. */
export const fipSubcodeNames: Readonly<Record<number, Readonly<Record<number, string>>>> = {
	1: {1: 'Solicitation', 2: 'Advertisement'},
	2: {1: 'ELS Request', 2: 'ELS Response'},
	3: {1: 'Keep-Alive', 2: 'Clear Virtual Link'},
	4: {1: 'VLAN Request', 2: 'VLAN Response', 3: 'VN2VN VLAN Notification'},
	5: {1: 'Probe Request', 2: 'Probe Reply', 3: 'Claim Notification', 4: 'Claim Response', 5: 'Beacon'},
};

/** Flags of the header (FC-BB-6 7.9.2): `recOrP2p` says that the address was recorded, or that the port is point-to-point. */
export const fipFlag = {fpma: 0x8000, spma: 0x4000, fcf: 0x0020, fdf: 0x0010, recOrP2p: 0x0008, available: 0x0004, solicited: 0x0002, fPort: 0x0001} as const;

const hex = {show: 'hex'} as const;
const before = {
	ver: u8(0, 'Version', {mask: 0xf0}),
	reserved: u16(0, 'Reserved', {mask: 0x0fff, show: 'hex'}),
	opcode: u16(2, 'Opcode', {show: 'hex', names: fipOpNames}),
	'.fip.reserved': u8(4, 'Reserved', hex),
};
const flag = (mask: number, label: string) => u16(8, label, {mask});
const behind = {
	dl_len: u16(6, 'Length of Descriptors (words)'),
	flags: u16(8, 'Flags', hex),
	'flags.fpma': flag(fipFlag.fpma, 'Fabric Provided MAC addr'),
	'flags.spma': flag(fipFlag.spma, 'Server Provided MAC addr'),
	'flags.rec_p2p': flag(fipFlag.recOrP2p, 'REC/P2P'),
	'flags.available': flag(fipFlag.available, 'Available'),
	'flags.sol': flag(fipFlag.solicited, 'Solicited'),
	'flags.fport': flag(fipFlag.fPort, 'F_Port'),
};

/**
 * The header of every FIP frame:
 * ```
 *  0 ver|reserved  2 opcode(2)  4 reserved  5 subcode  6 dl_len(2), in words  8 flags(2)
 * ```
 */
export const fip = header('fip', FIP_HEADER_LENGTH, {...before, subcode: u8(5, 'Unknown Subcode', hex), ...behind});

const subcode = (label: string, op: number) => u8(5, label, {show: 'hex', names: fipSubcodeNames[op] ?? {}});
/** The same header under the name that Wireshark gives each operation's subcode; an operation that is missing here is `fip`. */
export const fipHeaders: Readonly<Record<number, Header>> = {
	1: header('fip', FIP_HEADER_LENGTH, {...before, disc_subcode: subcode('Discovery Subcode', 1), ...behind}),
	2: header('fip', FIP_HEADER_LENGTH, {...before, 'ls.subcode': subcode('Link Service Subcode', 2), ...behind}),
	3: header('fip', FIP_HEADER_LENGTH, {...before, ctrl_subcode: subcode('Control Subcode', 3), ...behind}),
	4: header('fip', FIP_HEADER_LENGTH, {...before, vlan_subcode: subcode('VLAN Subcode', 4), ...behind}),
	5: header('fip', FIP_HEADER_LENGTH, {...before, vn2vn_subcode: subcode('VN2VN Subcode', 5), ...behind}),
};

/** Descriptor types (FC-BB-6 table 36). From 128 on they are a vendor's and may be ignored. */
export const fipDescriptor = {
	priority: 1,
	mac: 2,
	fcMap: 3,
	name: 4,
	fabric: 5,
	maxSize: 6,
	flogi: 7,
	fdisc: 8,
	logo: 9,
	elp: 10,
	vnPort: 11,
	fkaPeriod: 12,
	vendor: 13,
	vlan: 14,
	fc4Features: 15,
} as const;
export const fipDescriptorNames: Readonly<Record<number, string>> = {
	1: 'Priority',
	2: 'MAC Address',
	3: 'FPMA MAP OUI',
	4: 'Switch or Node Name',
	5: 'Fabric Descriptor',
	6: 'Max FCoE frame size',
	7: 'FLOGI Encapsulation',
	8: 'FDISC Encapsulation',
	9: 'LOGO Encapsulation',
	10: 'ELP Encapsulation',
	11: 'VN_Port Info',
	12: 'FKA_ADV_Period',
	13: 'Vendor_ID',
	14: 'VLAN',
	15: 'FC-4 features',
};

const head = {desc_type: u8(0, 'Descriptor Type', {show: 'hex', names: fipDescriptorNames}), desc_len: u8(1, 'Descriptor Length (words)')};
/** What every descriptor begins with. */
export const fipDescriptorHead = header('fip', 2, head);
export const fipPriority = header('fip', 4, {...head, pri: u8(3, 'Priority')});
export const fipMac = header('fip', 8, {...head, mac: mac(2, 'MAC Address')});
export const fipFcMap = header('fip', 8, {...head, map: u24(5, 'FC-MAP-OUI', {show: 'fcid'})});
/** Node name, or a switch's name. */
export const fipName = header('fip', 12, {...head, name: u64(4, 'Switch or Node Name', {show: 'wwn'})});
export const fipFabric = header('fip', 16, {
	...head,
	'fab.vfid': u16(2, 'VFID'),
	'fab.map': u24(5, 'FC-MAP', {show: 'fcid'}),
	'fab.name': u64(8, 'Fabric Name', {show: 'wwn'}),
});
/** The largest FCoE payload of an Ethernet frame, in bytes ({@link FCOE_MTU} at most). */
export const fipMaxSize = header('fip', 4, {...head, fcoe_size: u16(2, 'Max FCoE frame size')});
/** FLOGI, FDISC, LOGO, ELP: an FC frame follows, without SOF, CRC and EOF. */
export const fipEncapsulation = header('fip', 4, head);
export const fipVnPort = header('fip', 20, {
	...head,
	'vn.mac': mac(2, 'VN_Port MAC Address'),
	'vn.fc_id': u24(9, 'VN_Port FC_ID', {show: 'hex', digits: 8}),
	'vn.pwwn': u64(12, 'Port Name', {show: 'wwn'}),
});
/** Milliseconds between keep-alives. */
export const fipFkaPeriod = header('fip', 8, {...head, fka: u32(4, 'FKA_ADV_Period')});
export const fipVendor = header('fip', 12, {...head, vendor: bytes(4, 8, 'Vendor-ID')});
export const fipVlan = header('fip', 4, {...head, vlan: u16(2, 'VLAN')});

/** Bits of an FC-4's feature nibble, for FCP (FC-GS-6 5.2.3.8, FCP-4 annex A). */
export const fcpFeature = {target: 1, initiator: 2} as const;
const types0 = (mask: number, label: string) => u32(4, label, {mask});
/** FC-4 types as a bit map (a bit for each TYPE, in words of 32), and four bits of features for each: word 1 of those holds FCP's (TYPE 8) lowest. */
export const fipFc4Features = header('fip', 164, {
	...head,
	'fc4f.types': u32(4, 'FC4 Types', hex),
	'fc4f.ip': types0(1 << 5, 'IP'),
	'fc4f.fcp': types0(1 << 8, 'FCP'),
	'.fip.fc4f.types': u32(8, 'FC4 Types', hex),
	'fc4f.gs3': u32(8, 'GS3', {mask: 1}),
	'fc4f.feat.fcp': u32(40, 'FCP Features', {mask: 0x0f, show: 'hex'}),
	'fc4f.feat.fcp.target': u32(40, 'FCP Target', {mask: fcpFeature.target}),
	'fc4f.feat.fcp.initiator': u32(40, 'FCP Initiator', {mask: fcpFeature.initiator}),
});

/** The table of each descriptor type that has one. */
export const fipDescriptors: Readonly<Record<number, Header>> = {
	1: fipPriority,
	2: fipMac,
	3: fipFcMap,
	4: fipName,
	5: fipFabric,
	6: fipMaxSize,
	7: fipEncapsulation,
	8: fipEncapsulation,
	9: fipEncapsulation,
	10: fipEncapsulation,
	11: fipVnPort,
	12: fipFkaPeriod,
	13: fipVendor,
	14: fipVlan,
	15: fipFc4Features,
};
