// FIP frames, written and read: the VN2VN messages, an ELS inside FIP, and the VLAN request and notification (FC-BB-6 7.9).
// Reading is strict as Linux's is (fcoe_ctlr_vn_parse): an unexpected, repeated or misshapen descriptor makes the frame void, a missing one too.
import {
	FIP_ETHERTYPE,
	FIP_HEADER_LENGTH,
	FIP_VERSION,
	FIP_WORD,
	fcpFeature,
	fip,
	fipDescriptor,
	fipDescriptorHead,
	fipEncapsulation,
	fipFc4Features,
	fipFlag,
	fipMac,
	fipMaxSize,
	fipName,
	fipOp,
	fipVlan,
	fipVnPort,
	vn2vnSubcode,
} from '../wire/fip.js';
import type {Features, Vn2vnMessage} from './vn2vn.js';

const ETHERNET = 14;
const LEAST_FRAME = 60;
/** Descriptors from here on are a vendor's: ignored when unknown. */
const VENDOR = 128;
/** Bit of FCP (TYPE 8) in the first word of the FC-4 types. */
const FCP_TYPE_BIT = 1 << 8;

/** The port that speaks. */
export interface Speaker {
	readonly enodeMac: Uint8Array;
	readonly vnMac: Uint8Array;
	readonly portId: number;
	readonly wwpn: bigint;
	readonly wwnn: bigint;
	/** Largest FCoE payload it takes, bytes. */
	readonly fcoeSize: number;
	readonly features: Features;
}

/** Writes the Ethernet and FIP headers; `words` counts the descriptors. Returns where the descriptors begin. */
function head(view: DataView, at: number, to: Uint8Array, from: Uint8Array, op: number, sub: number, flags: number, words: number): number {
	for (let i = 0; i < 6; i++) {
		view.setUint8(at + i, to[i]!);
		view.setUint8(at + 6 + i, from[i]!);
	}
	view.setUint16(at + 12, FIP_ETHERTYPE);
	fip.encode({ver: FIP_VERSION, opcode: op, subcode: sub, dl_len: words, flags}, view, at + ETHERNET);
	return at + ETHERNET + FIP_HEADER_LENGTH;
}

/** Zeros up to `length` bytes of frame, 60 at least. Returns the frame's length. */
function pad(view: DataView, at: number, end: number, length = LEAST_FRAME): number {
	const until = at + Math.max(LEAST_FRAME, length);
	for (let i = end; i < until; i++) view.setUint8(i, 0);
	return Math.max(end, until) - at;
}

const isClaim = (sub: number) => sub === vn2vnSubcode.claim || sub === vn2vnSubcode.claimResponse;

/**
 * Writes a VN2VN frame at `at` and returns its length. A beacon comes from the VN_Port's address, all else from the ENode's. `padTo` bytes of FCoE
 * payload make a claim response as long as the longest frame that both sides take: the test of the path's MTU.
 */
export function writeVn2vn(view: DataView, at: number, speaker: Speaker, sub: number, to: Uint8Array, recOrP2p: boolean, padTo = 0): number {
	const {enodeMac, vnMac, portId, wwpn, wwnn, fcoeSize, features} = speaker;
	const words = (fipMac.length + fipName.length + fipVnPort.length + (isClaim(sub) ? fipFc4Features.length + fipMaxSize.length : 0)) / FIP_WORD;
	let next = head(view, at, to, sub === vn2vnSubcode.beacon ? vnMac : enodeMac, fipOp.vn2vn, sub, recOrP2p ? fipFlag.recOrP2p : 0, words);
	fipMac.encode({desc_type: fipDescriptor.mac, desc_len: fipMac.length / FIP_WORD, mac: enodeMac}, view, next);
	next += fipMac.length;
	fipName.encode({desc_type: fipDescriptor.name, desc_len: fipName.length / FIP_WORD, name: wwnn}, view, next);
	next += fipName.length;
	fipVnPort.encode({desc_type: fipDescriptor.vnPort, desc_len: fipVnPort.length / FIP_WORD, 'vn.mac': vnMac, 'vn.fc_id': portId, 'vn.pwwn': wwpn}, view, next);
	next += fipVnPort.length;
	if (!isClaim(sub)) return pad(view, at, next);
	fipFc4Features.encode(
		{
			desc_type: fipDescriptor.fc4Features,
			desc_len: fipFc4Features.length / FIP_WORD,
			'fc4f.types': FCP_TYPE_BIT,
			'fc4f.feat.fcp': (features.target ? fcpFeature.target : 0) | (features.initiator ? fcpFeature.initiator : 0),
		},
		view,
		next,
	);
	next += fipFc4Features.length;
	fipMaxSize.encode({desc_type: fipDescriptor.maxSize, desc_len: fipMaxSize.length / FIP_WORD, fcoe_size: fcoeSize}, view, next);
	next += fipMaxSize.length;
	return pad(view, at, next, padTo > 0 ? ETHERNET + Math.min(padTo, fcoeSize) : 0);
}

/** Writes the frame around an ELS of `length` bytes (FC header and payload, whole words) that lies at `elsAt(at)`; the MAC descriptor follows it. */
export function writeEncapsulated(
	view: DataView,
	at: number,
	speaker: Speaker,
	sub: number,
	descriptor: number,
	to: Uint8Array,
	length: number,
	withMac: boolean,
): number {
	const words = (fipEncapsulation.length + length + (withMac ? fipMac.length : 0)) / FIP_WORD;
	const next = head(view, at, to, speaker.enodeMac, fipOp.linkService, sub, fipFlag.fpma, words);
	fipEncapsulation.encode({desc_type: descriptor, desc_len: (fipEncapsulation.length + length) / FIP_WORD}, view, next);
	const after = next + fipEncapsulation.length + length;
	if (!withMac) return pad(view, at, after);
	fipMac.encode({desc_type: fipDescriptor.mac, desc_len: fipMac.length / FIP_WORD, mac: speaker.vnMac}, view, after);
	return pad(view, at, after + fipMac.length);
}

/** Where the FC frame of {@link writeEncapsulated} begins. */
export const encapsulatedAt = (at: number): number => at + ETHERNET + FIP_HEADER_LENGTH + fipEncapsulation.length;

/** Writes a VLAN request, or the answer to one: the MAC and, in the answer, the VLANs on which a VN2VN port can be found here (FC-BB-6 7.9.6.3). */
export function writeVlan(view: DataView, at: number, speaker: Speaker, sub: number, to: Uint8Array, vlans: readonly number[]): number {
	const words = (fipMac.length + vlans.length * fipVlan.length) / FIP_WORD;
	let next = head(view, at, to, speaker.enodeMac, fipOp.vlan, sub, 0, words);
	fipMac.encode({desc_type: fipDescriptor.mac, desc_len: fipMac.length / FIP_WORD, mac: speaker.enodeMac}, view, next);
	next += fipMac.length;
	for (const vlan of vlans) {
		fipVlan.encode({desc_type: fipDescriptor.vlan, desc_len: 1, vlan}, view, next);
		next += fipVlan.length;
	}
	return pad(view, at, next);
}

export type FipFault = 'short' | 'version' | 'length' | 'descriptor' | 'unexpected' | 'missing' | 'address';

/** An ELS inside FIP. */
export interface Encapsulated {
	readonly kind: 'els';
	readonly request: boolean;
	/** FLOGI, FDISC or LOGO. */
	readonly descriptor: number;
	/** The FC frame: header and payload. */
	readonly at: number;
	readonly length: number;
	readonly mac: Uint8Array | undefined;
}

export type FipMessage =
	| {readonly kind: 'vn2vn'; readonly message: Vn2vnMessage}
	| Encapsulated
	| {readonly kind: 'vlan'; readonly subcode: number; readonly mac: Uint8Array; readonly vlans: readonly number[]}
	/** Fabric business that a VN2VN port has no part in. */
	| {readonly kind: 'other'; readonly op: number; readonly subcode: number}
	| {readonly kind: 'fault'; readonly fault: FipFault};

const fault = (what: FipFault): FipMessage => ({kind: 'fault', fault: what});

/** The descriptors of a frame by type, or what is wrong with them. Each type below 32 may come once (VLANs as often as they like). */
function descriptors(view: DataView, from: number, end: number): Map<number, number[]> | FipFault {
	const found = new Map<number, number[]>();
	for (let at = from; at < end; ) {
		if (end - at < fipDescriptorHead.length) return 'descriptor';
		const type = fipDescriptorHead.fields.desc_type.read(view, at);
		const length = fipDescriptorHead.fields.desc_len.read(view, at) * FIP_WORD;
		if (length < FIP_WORD || at + length > end) return 'descriptor';
		const places = found.get(type);
		if (places === undefined) found.set(type, [at]);
		else if (type < VENDOR && type !== fipDescriptor.vlan) return 'unexpected';
		else places.push(at);
		at += length;
	}
	return found;
}

const claimDescriptors: ReadonlyMap<number, number> = new Map([
	[fipDescriptor.mac, fipMac.length],
	[fipDescriptor.name, fipName.length],
	[fipDescriptor.vnPort, fipVnPort.length],
	[fipDescriptor.fc4Features, fipFc4Features.length],
	[fipDescriptor.maxSize, fipMaxSize.length],
]);
const probeDescriptors: ReadonlyMap<number, number> = new Map([...claimDescriptors].slice(0, 3));
const vlanDescriptors: ReadonlyMap<number, number> = new Map([
	[fipDescriptor.mac, fipMac.length],
	[fipDescriptor.vlan, fipVlan.length],
]);

const lengthOf = (view: DataView, at: number) => fipDescriptorHead.fields.desc_len.read(view, at) * FIP_WORD;

/** Whether exactly the descriptors of `wanted` are there, each as long as it must be; vendors' own are allowed. `optional` may be missing. */
function check(view: DataView, found: ReadonlyMap<number, readonly number[]>, wanted: ReadonlyMap<number, number>, optional = -1): FipFault | undefined {
	for (const [type, places] of found) {
		const length = wanted.get(type);
		if (length === undefined) {
			if (type < VENDOR) return 'unexpected';
		} else if (places.some(at => lengthOf(view, at) !== length)) return 'descriptor';
	}
	for (const type of wanted.keys()) if (type !== optional && !found.has(type)) return 'missing';
	return undefined;
}

/** Reads the FIP frame of `length` bytes at `at` (Ethernet header first). Never throws. MACs are copied. */
export function readFip(view: DataView, at: number, length: number): FipMessage {
	const start = at + ETHERNET;
	if (length < ETHERNET + FIP_HEADER_LENGTH) return fault('short');
	if (fip.fields.ver.read(view, start) !== FIP_VERSION) return fault('version');
	const op = fip.fields.opcode.read(view, start);
	const sub = fip.fields.subcode.read(view, start);
	const from = start + FIP_HEADER_LENGTH;
	const end = from + fip.fields.dl_len.read(view, start) * FIP_WORD;
	if (end > at + length) return fault('length');
	if (op !== fipOp.vn2vn && op !== fipOp.linkService && op !== fipOp.vlan) return {kind: 'other', op, subcode: sub};
	const found = descriptors(view, from, end);
	if (typeof found === 'string') return fault(found);
	if (op === fipOp.vn2vn) return readVn2vn(view, found, sub, fip.fields.flags.read(view, start), length);
	if (op === fipOp.linkService) return readEncapsulated(view, found, sub);
	const wrong = check(view, found, vlanDescriptors, fipDescriptor.vlan);
	if (wrong !== undefined) return fault(wrong);
	const vlans = (found.get(fipDescriptor.vlan) ?? []).map(place => fipVlan.fields.vlan.read(view, place) & 0xfff);
	return {kind: 'vlan', subcode: sub, mac: fipMac.fields.mac.read(view, found.get(fipDescriptor.mac)![0]!).slice(), vlans};
}

const isStation = (mac: Uint8Array) => (mac[0]! & 1) === 0 && mac.some(byte => byte !== 0);

function readVn2vn(view: DataView, found: ReadonlyMap<number, readonly number[]>, sub: number, flags: number, length: number): FipMessage {
	if (sub < vn2vnSubcode.probeRequest || sub > vn2vnSubcode.beacon) return {kind: 'other', op: fipOp.vn2vn, subcode: sub};
	const wrong = check(view, found, isClaim(sub) ? claimDescriptors : probeDescriptors);
	if (wrong !== undefined) return fault(wrong);
	const place = (type: number) => found.get(type)![0]!;
	const enodeMac = fipMac.fields.mac.read(view, place(fipDescriptor.mac)).slice();
	const port = fipVnPort.decode(view, place(fipDescriptor.vnPort));
	if (!isStation(enodeMac) || port['vn.fc_id'] === 0 || port['vn.fc_id'] > 0xffff) return fault('address');
	const claim = isClaim(sub);
	const features = claim ? fipFc4Features.fields['fc4f.feat.fcp'].read(view, place(fipDescriptor.fc4Features)) : 0;
	return {
		kind: 'vn2vn',
		message: {
			subcode: sub,
			recOrP2p: (flags & fipFlag.recOrP2p) !== 0,
			enodeMac,
			vnMac: port['vn.mac'].slice(),
			portId: port['vn.fc_id'],
			wwpn: port['vn.pwwn'],
			wwnn: fipName.fields.name.read(view, place(fipDescriptor.name)),
			fcoeSize: claim ? fipMaxSize.fields.fcoe_size.read(view, place(fipDescriptor.maxSize)) : undefined,
			features: claim ? {target: (features & fcpFeature.target) !== 0, initiator: (features & fcpFeature.initiator) !== 0} : undefined,
			length,
		},
	};
}

function readEncapsulated(view: DataView, found: ReadonlyMap<number, readonly number[]>, sub: number): FipMessage {
	let descriptor = 0;
	for (const [type, places] of found) {
		if (type >= fipDescriptor.flogi && type <= fipDescriptor.elp) {
			if (descriptor !== 0) return fault('unexpected');
			descriptor = type;
		} else if (type === fipDescriptor.mac) {
			if (lengthOf(view, places[0]!) !== fipMac.length) return fault('descriptor');
		} else if (type < VENDOR) return fault('unexpected');
	}
	if (descriptor === 0) return fault('missing');
	const at = found.get(descriptor)![0]!;
	const mac = found.get(fipDescriptor.mac);
	return {
		kind: 'els',
		request: sub === 1,
		descriptor,
		at: at + fipEncapsulation.length,
		length: lengthOf(view, at) - fipEncapsulation.length,
		mac: mac === undefined ? undefined : fipMac.fields.mac.read(view, mac[0]!).slice(),
	};
}
