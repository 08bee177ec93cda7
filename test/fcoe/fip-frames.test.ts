import test from 'ava';
import fc from 'fast-check';
import {encapsulatedAt, readFip, type Speaker, writeEncapsulated, writeVlan, writeVn2vn} from '../../src/fcoe/fip-frames.js';
import {
	fipDescriptor,
	fipEncapsulation,
	fipFc4Features,
	fipFlag,
	fipMac,
	fipMaxSize,
	fipName,
	fipOp,
	fipVlan,
	fipVnPort,
	linkServiceSubcode,
	vlanSubcode,
	vn2vnSubcode,
} from '../../src/wire/fip.js';
import {clientMac, concat, hex, serverMac, viewOf} from '../build.js';
import {
	descriptor,
	elsHead,
	encapsulated,
	fcBytes,
	features,
	fipFrame,
	host,
	hostName,
	login,
	macOf,
	maxSize,
	nameOf,
	nodeOf,
	portMac,
	vnPort,
} from '../build-fcoe.js';
import {holds} from '../property.js';

const speaker: Speaker = {
	enodeMac: clientMac,
	vnMac: portMac(host),
	portId: host,
	wwpn: hostName,
	wwnn: nodeOf(hostName),
	fcoeSize: 2158,
	features: {target: true, initiator: true},
};
const read = (frame: Uint8Array) => readFip(viewOf(frame), 0, frame.length);
function written(write: (view: DataView) => number): Uint8Array {
	const buffer = new Uint8Array(3000).fill(0xa5);
	return buffer.slice(0, write(viewOf(buffer)));
}
const me = [macOf(clientMac), nameOf(nodeOf(hostName)), vnPort(host, hostName)];
const claim = [...me, features({'fc4f.feat.fcp.target': 1}), maxSize];
const vn = (subcode: number, descriptors: readonly Uint8Array[]) => fipFrame(fipOp.vn2vn, subcode, descriptors);

for (const [name, subcode] of Object.entries(vn2vnSubcode)) {
	test(`${name}: what is written is read`, t => {
		const frame = written(view => writeVn2vn(view, 0, speaker, subcode, serverMac, true));
		const isClaim = subcode === vn2vnSubcode.claim || subcode === vn2vnSubcode.claimResponse;
		const answer = read(frame);
		t.deepEqual(answer, {
			kind: 'vn2vn',
			message: {
				subcode,
				recOrP2p: true,
				enodeMac: clientMac,
				vnMac: portMac(host),
				portId: host,
				wwpn: hostName,
				wwnn: nodeOf(hostName),
				fcoeSize: isClaim ? 2158 : undefined,
				features: isClaim ? {target: true, initiator: true} : undefined,
				length: frame.length,
			},
		});
		t.deepEqual(frame.slice(0, 6), serverMac);
		t.deepEqual(frame.slice(6, 12), subcode === vn2vnSubcode.beacon ? portMac(host) : clientMac, 'only a beacon comes from the VN_Port');
		t.true(frame.length >= 60);
	});
}

test('a claim response is padded with zeros to the smaller of both sizes, the Ethernet header on top', t => {
	for (const [size, own] of [
		[2158, 2158],
		[1500, 2158],
		[2158, 1500],
	] as const) {
		const frame = written(view => writeVn2vn(view, 0, {...speaker, fcoeSize: own}, vn2vnSubcode.claimResponse, serverMac, false, size));
		t.is(frame.length, 14 + Math.min(size, own));
		t.true(frame.subarray(232).every(byte => byte === 0));
		t.is(read(frame).kind, 'vn2vn');
	}
});

test('an ELS in FIP, with and without its MAC descriptor', t => {
	const payload = fcBytes(elsHead(5, false), login(4));
	for (const withMac of [true, false]) {
		const frame = written(view => {
			new Uint8Array(view.buffer).set(payload, encapsulatedAt(0));
			return writeEncapsulated(view, 0, speaker, linkServiceSubcode.request, fipDescriptor.flogi, serverMac, payload.length, withMac);
		});
		const answer = read(frame);
		t.like(answer, {kind: 'els', request: true, descriptor: fipDescriptor.flogi, at: encapsulatedAt(0), length: payload.length});
		t.deepEqual(answer.kind === 'els' ? answer.mac : undefined, withMac ? portMac(host) : undefined);
		t.deepEqual(frame.slice(encapsulatedAt(0), encapsulatedAt(0) + payload.length), payload);
		t.deepEqual(
			frame.slice(14),
			fipFrame(
				fipOp.linkService,
				linkServiceSubcode.request,
				withMac ? [encapsulated(fipDescriptor.flogi, payload), macOf(portMac(host))] : [encapsulated(fipDescriptor.flogi, payload)],
				{flags: fipFlag.fpma},
			).slice(14),
		);
	}
});

test('a VLAN notification names as many VLANs as there are', t => {
	const frame = written(view => writeVlan(view, 0, speaker, vlanSubcode.vn2vnNotification, serverMac, [100, 4094]));
	t.deepEqual(read(frame), {kind: 'vlan', subcode: vlanSubcode.vn2vnNotification, mac: clientMac, vlans: [100, 4094]});
});

const vendor = (type: number, words = 2) => {
	const bytes = new Uint8Array(words * 4);
	bytes[0] = type;
	bytes[1] = words;
	return bytes;
};
const resized = (bytes: Uint8Array, words: number) => {
	const copy = bytes.slice();
	copy[1] = words;
	return copy;
};

test('order does not matter, nor what a vendor adds', t => {
	t.is(read(vn(vn2vnSubcode.beacon, [...me].reverse())).kind, 'vn2vn');
	t.is(read(vn(vn2vnSubcode.beacon, [vendor(200), ...me, vendor(128, 5), vendor(200)])).kind, 'vn2vn');
});

const bad: Array<[string, string, Uint8Array]> = [
	['no FIP header', 'short', vn(1, me).subarray(0, 20)],
	['another version', 'version', concat(vn(1, me).subarray(0, 14), hex('20'), vn(1, me).subarray(15))],
	['a list longer than the frame', 'length', vn(1, me).subarray(0, 50)],
	['a descriptor of length zero', 'descriptor', vn(1, [...me, resized(vendor(200), 0)])],
	['a MAC descriptor of length zero', 'descriptor', vn(1, [resized(me[0]!, 0), ...me.slice(1)])],
	['a descriptor longer than the list', 'descriptor', vn(1, [...me, resized(vendor(200), 3)])],
	['an unknown descriptor below 128', 'unexpected', vn(1, [...me, vendor(127)])],
	['a descriptor that is known but not meant', 'unexpected', vn(1, [...me, descriptor(fipVlan, fipDescriptor.vlan, {vlan: 3})])],
	['the features of a claim in a beacon', 'unexpected', vn(5, claim)],
	...me.map((one, i): [string, string, Uint8Array] => [`descriptor ${i} twice`, 'unexpected', vn(1, [...me, one])]),
	...me.map((_, i): [string, string, Uint8Array] => [
		`descriptor ${i} missing in a probe`,
		'missing',
		vn(
			1,
			me.filter((__, j) => j !== i),
		),
	]),
	...claim.map((_, i): [string, string, Uint8Array] => [
		`descriptor ${i} missing in a claim`,
		'missing',
		vn(
			3,
			claim.filter((__, j) => j !== i),
		),
	]),
	['a name one word too long', 'descriptor', vn(1, [me[0]!, resized(concat(me[1]!, new Uint8Array(4)), 4), me[2]!])],
	['a group address as the station', 'address', vn(1, [macOf(hex('010000000001')), ...me.slice(1)])],
	['no station address', 'address', vn(1, [macOf(hex('000000000000')), ...me.slice(1)])],
	['an N_Port_ID of 0', 'address', vn(1, [me[0]!, me[1]!, vnPort(0, hostName)])],
	['an N_Port_ID of a fabric', 'address', vn(1, [me[0]!, me[1]!, vnPort(0x01_0000, hostName)])],
	['two link services in one frame', 'unexpected', fipFrame(2, 1, [encapsulated(7, new Uint8Array(24)), encapsulated(9, new Uint8Array(24))])],
	['a link service frame without one', 'missing', fipFrame(2, 1, [me[0]!])],
	['a name beside a link service', 'unexpected', fipFrame(2, 1, [encapsulated(7, new Uint8Array(24)), me[1]!])],
];
for (const [name, fault, frame] of bad) test(`${name}: ${fault}`, t => t.deepEqual(read(frame), {kind: 'fault', fault}));

test('what only a fabric does is not a fault, nor a subcode that nobody knows', t => {
	t.deepEqual(read(fipFrame(fipOp.discovery, 1, me)), {kind: 'other', op: 1, subcode: 1});
	t.deepEqual(read(vn(6, me)), {kind: 'other', op: fipOp.vn2vn, subcode: 6});
});

test('a frame cut anywhere is a fault, one with bytes behind it is not', t => {
	const frame = vn(vn2vnSubcode.claim, claim);
	for (let length = 0; length < frame.length; length++) t.is(read(frame.subarray(0, length)).kind, 'fault');
	t.is(read(concat(frame, new Uint8Array(700))).kind, 'vn2vn');
});

test('any bytes behind any operation: never an exception, and what is found lies inside', t => {
	const lengths = [fipMac, fipName, fipVnPort, fipFc4Features, fipMaxSize, fipVlan, fipEncapsulation].map(({length}) => length / 4);
	const list = fc.array(
		fc
			.tuple(fc.nat(255), fc.constantFrom(0, 1, 2, 3, 5, 41, 255, ...lengths), fc.uint8Array({maxLength: 40}))
			.map(([type, words, rest]) => concat(Uint8Array.of(type, words), rest)),
		{maxLength: 6},
	);
	holds(
		t,
		fc.property(fc.nat(6), fc.nat(6), list, fc.nat(60), (op, subcode, parts, cut) => {
			const bytes = concat(...parts);
			const frame = fipFrame(op, subcode, [bytes.subarray(0, bytes.length & ~3)]);
			const end = Math.max(0, frame.length - cut);
			const answer = readFip(viewOf(frame), 0, end);
			return answer.kind !== 'els' || answer.at + answer.length <= end;
		}),
		{numRuns: 3000},
	);
});
