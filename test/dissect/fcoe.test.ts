// What the trees of FIP and FCoE say beyond single fields: which command a response belongs to, what was not seen, and that anything may come.
import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {Dissector} from '../../src/dissect/dissector.js';
import {everyNode, type Tree} from '../../src/dissect/tree.js';
import {CaptureFileDecoder} from '../../src/wire/capture-file.js';
import {fCtl, fc as fcHeader, fcType, rCtl} from '../../src/wire/fc.js';
import {elsCommand} from '../../src/wire/fc-els.js';
import {eof, FCOE_ETHERTYPE, fcCrc, fcoe, fcoeTrailer, sof} from '../../src/wire/fcoe.js';
import {FIP_ETHERTYPE, fip} from '../../src/wire/fip.js';
import {concat, encode, frame, hex} from '../build.js';
import {exchangeCases, fcoeMalformed, fipCases, lossCases} from '../fixtures-fcoe.js';
import {fixtures} from '../golden.js';
import {holds} from '../property.js';
import {dissectAll, names, one, values} from './trees.js';

/** The trees of a capture; a snap length leaves its frames shorter than they were. */
function treesOf(name: string): Tree[] {
	const decoder = new CaptureFileDecoder();
	decoder.push(readFileSync(`${fixtures}${name}.pcap`));
	const dissector = new Dissector();
	const trees: Tree[] = [];
	for (let record = decoder.next(); record !== undefined; record = decoder.next()) trees.push(dissector.dissect({...record, number: trees.length + 1}));
	return trees;
}
const analysis = (tree: Tree): string[] =>
	[...everyNode(tree.layers)].filter(({name}) => /\.analysis\./.test(name)).map(({name, value}) => `${name.replace(/^.*analysis\./, '')} ${value}`);
/** Frames (from 1) that say something of what was not seen. */
const said = (trees: readonly Tree[]) => Object.fromEntries(trees.flatMap((tree, i) => (analysis(tree).length > 0 ? [[i + 1, analysis(tree)]] : [])));

test('Linux uses OX_ID 0 for one exchange after another: every response finds its own command', t => {
	const trees = treesOf('captures/fcoe-vn2vn-lio-mtu2500');
	let responses = 0;
	const open = new Map<unknown, number>();
	for (const [i, tree] of trees.entries()) {
		const [control, oxId] = [values(tree, 'fc.r_ctl')[0], values(tree, 'fc.ox_id')[0]];
		if (control === rCtl.unsolicitedCommand) open.set(oxId, i + 1);
		if (control !== rCtl.commandStatus) continue;
		responses++;
		t.deepEqual(values(tree, 'fcp.request_in'), [open.get(oxId)]);
		t.deepEqual(values(tree, 'fc.exchange_first_frame'), [open.get(oxId)]);
		const time = values(tree, 'fcp.time')[0] as bigint;
		t.true(time > 0n && time < 1_000_000_000n);
	}
	t.is(responses, 21);
	// two commands overlap there
	t.deepEqual([values(trees[33]!, 'fcp.request_in'), values(trees[35]!, 'fcp.request_in')], [[31], [32]]);
});

test('in a capture without losses nothing is missing', t => {
	t.deepEqual(said(treesOf('captures/fcoe-vn2vn-lio-mtu2500')), {});
});

test('three frames taken out of a captured write are told by number and by bytes, also where the capture kept only the beginnings', t => {
	const trees = treesOf('fcoe/write-hole');
	t.deepEqual(said(trees), {
		8: ['lost_frames 2', 'lost_bytes 4096'],
		21: ['lost_frames 1', 'lost_bytes 2048'],
		// the status is good, 65536 bytes were asked for
		32: ['missing_bytes 6144'],
	});
	t.true(trees.every(({malformed}) => !malformed));
});

test('lost, late, cut and damaged frames each say what they are', t => {
	const trees = dissectAll(lossCases());
	t.deepEqual(said(trees), {
		3: ['lost_frames 1', 'lost_bytes 64'],
		5: ['missing_bytes 64'],
		8: ['lost_frames 1', 'lost_bytes 64'],
		9: ['out_of_order 1', 'offset_again 1'],
		13: ['sequence_cut 1', 'missing_bytes 64'],
		18: ['lost_frames 1', 'lost_bytes 64'],
		19: ['missing_bytes 64'],
		26: ['wrong_address 1'],
	});
	t.deepEqual(values(trees[23]!, 'fcoe.crc.status'), [0]);
	t.deepEqual(values(trees[22]!, 'fcoe.crc.status'), [1]);
	// the same OX_ID again, and the second command is the one that counts
	t.deepEqual([values(trees[12]!, 'fcp.request_in'), values(trees[15]!, 'fcp.request_in')], [[11], [14]]);
});

test('REC, SRR and RRQ say which exchange they are about', t => {
	const trees = dissectAll(exchangeCases());
	const about = trees.flatMap((tree, i) => values(tree, 'fc.analysis.exchange_in').map(first => [i + 1, first]));
	t.deepEqual(about, [
		[28, 25],
		[30, 25],
		[50, 47],
	]);
	t.true(trees.every(({malformed}) => !malformed));
	t.deepEqual(
		trees.filter((_, i) => [29, 37, 39].includes(i + 1)).map(tree => [values(tree, 'fcels.estat')[0], values(tree, 'fcp.rspcode')[0]]),
		[
			[0x4000_0000, undefined],
			[undefined, 0],
			[undefined, 4],
		],
	);
	// fill bytes are no data: 512 bytes are sent for 510
	t.deepEqual([values(trees[32]!, 'fc.fill'), values(trees[32]!, 'data.len')], [[new Uint8Array(2)], [510]]);
	t.deepEqual(values(trees[39]!, 'fcp.dl'), [512]);
});

test('a fabric login is answered to an address that it did not have', t => {
	const trees = dissectAll(fipCases());
	t.deepEqual(values(trees[15]!, 'fc.exchange_first_frame'), [15]);
	t.true(names(trees[15]!).includes('fcels.logi.rcvsize'));
	t.deepEqual(values(trees[10]!, 'fip.padding'), [new Uint8Array(200)]);
});

test('an accept whose request was not seen is its code, and data', t => {
	const [, accept] = exchangeCases();
	const tree = one(accept!);
	t.deepEqual(values(tree, 'fcels.opcode'), [elsCommand.lsRjt]);
	const third = one(exchangeCases()[3]!);
	t.deepEqual([values(third, 'fcels.opcode'), values(third, 'data.len')], [[elsCommand.lsAcc], [112]]);
});

test('frames that end too early or contradict themselves are malformed, each of them', t => {
	t.deepEqual(
		fcoeMalformed().map(bytes => one(bytes).malformed),
		fcoeMalformed().map(() => true),
	);
});

/** Header fields that lead everywhere, and anything behind them. */
const anyFrame = fc
	.record({
		r_ctl: fc.constantFrom(...Object.values(rCtl), 0xc2, 0x50, 0x04, 0x02),
		type: fc.constantFrom(...Object.values(fcType), 0x22),
		f_ctl: fc.constantFrom(
			fCtl.first | fCtl.end,
			fCtl.responder | fCtl.end,
			fCtl.relativeOffset,
			fCtl.responder | fCtl.relativeOffset | fCtl.last | fCtl.end,
			3,
		),
		df_ctl: fc.constantFrom(0, 0, 0, 0x20, 0x73),
		seq_cnt: fc.nat(4),
		ox_id: fc.nat(2),
		relative_offset: fc.constantFrom(0, 64, 0xffff_ffff),
	})
	.chain(head =>
		fc.tuple(fc.constant(head), fc.constantFrom(...Object.values(elsCommand), 0x99), fc.uint8Array({maxLength: 200}), fc.constantFrom(sof.i3, sof.n3, sof.f)),
	)
	.map(([head, code, rest, start]) => {
		const bytes = encode(fcHeader, {...head, d_id: 1, s_id: 2}, Uint8Array.of(code), rest);
		const trailer = encode(fcoeTrailer, {crc: fcCrc(bytes, 0, bytes.length), eof: eof.t});
		return frame(FCOE_ETHERTYPE, encode(fcoe, {sof: start}, bytes, trailer));
	});

test('frames of every kind with anything in them never throw, and their nodes lie inside', t => {
	holds(
		t,
		fc.property(fc.array(anyFrame, {maxLength: 12}), fc.nat(30), (frames, cut) => {
			for (const tree of dissectAll(frames, {cut})) {
				for (const node of everyNode(tree.layers)) if (!(node.pos + node.size <= tree.frame.bytes.length)) return false;
			}
			return true;
		}),
		{numRuns: 500},
	);
});

test('FIP descriptors of any type and length never throw, and their nodes lie inside', t => {
	const descriptor = fc
		.tuple(fc.constantFrom(...Array.from({length: 17}, (_, i) => i), 128, 255), fc.constantFrom(0, 1, 2, 3, 5, 9, 36, 41, 255), fc.uint8Array({maxLength: 60}))
		.map(([type, words, rest]) => concat(Uint8Array.of(type, words), rest));
	holds(
		t,
		fc.property(fc.nat(6), fc.nat(70), fc.array(descriptor, {maxLength: 5}), (opcode, words, list) => {
			const bytes = frame(FIP_ETHERTYPE, encode(fip, {ver: 1, opcode, subcode: 1, dl_len: words}, ...list));
			const tree = one(bytes);
			return [...everyNode(tree.layers)].every(node => node.pos + node.size <= bytes.length);
		}),
		{numRuns: 500},
	);
});

test('a descriptor of no length ends the list, and is told', t => {
	const tree = one(frame(FIP_ETHERTYPE, encode(fip, {ver: 1, opcode: 5, subcode: 5, dl_len: 3}, hex('0202020000000001 0b000000'))));
	t.deepEqual(values(tree, 'fip.mac'), [hex('020000000001')]);
	t.true(names(tree).includes('fip.descriptors.length_error'));
	t.true(tree.malformed);
});
