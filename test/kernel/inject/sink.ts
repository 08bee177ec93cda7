// The other end of a link for tests and benches of senders: an XDP program that counts the frames of the injector's EtherType and drops all, as cheaply
// as a kernel can. Others there are few: what a kernel says by itself on a new link.
// usage: sink IFACE; a line on standard input asks, a line of JSON {frames, bytes, ms} answers; the end of input ends it
import {createInterface} from 'node:readline';
import {attachType, closeBpf, linkToInterface, loadProgram, programType, xdpHasFragments, xdpMode} from '../../../src/sys/bpf.js';
import {
	atomicAdd,
	exit,
	type Instruction,
	jump,
	jumpIfEqual,
	jumpIfMore,
	label,
	load32,
	mapValue,
	toBigEndian,
	withConstant,
	withRegister,
} from '../../../src/sys/bpf-assembler.js';
import {ArrayMap} from '../../../src/sys/bpf-maps.js';
import {interfaceInfo} from '../../../src/sys/interface.js';
import {STAMP_ETHERTYPE} from '../../../src/wire/stamp.js';

const XDP_DROP = 1;
const entry = {frames: 0, bytes: 8, length: 16} as const;

const program = (mapFd: number): Instruction[] => [
	load32(2, 1, 0), // data
	load32(3, 1, 4), // data_end
	withRegister('mov', 0, 2),
	withConstant('add', 0, 14),
	jumpIfMore(0, 3, 'drop'),
	load32(0, 2, 10), // two bytes of the source address, and the type
	withConstant('rsh', 0, 16),
	toBigEndian(0, 16),
	jumpIfEqual(0, STAMP_ETHERTYPE, 'count'),
	jump('drop'),
	label('count'),
	withRegister('sub', 3, 2),
	mapValue(4, mapFd),
	withConstant('mov', 5, 1),
	atomicAdd(4, entry.frames, 5),
	atomicAdd(4, entry.bytes, 3),
	label('drop'),
	withConstant('mov', 0, XDP_DROP),
	exit(),
];

const [iface = ''] = process.argv.slice(2);
const map = new ArrayMap('netstress_sink', entry.length);
const loaded = loadProgram('netstress_sink', programType.xdp, attachType.xdp, xdpHasFragments, program(map.fd));
const link = linkToInterface(loaded, interfaceInfo(iface).index, attachType.xdp, xdpMode.driver);
console.log('ready');
createInterface({input: process.stdin})
	.on('line', () => {
		const view = new DataView(map.read().buffer);
		console.log(
			JSON.stringify({frames: Number(view.getBigUint64(entry.frames, true)), bytes: Number(view.getBigUint64(entry.bytes, true)), ms: performance.now()}),
		);
	})
	.on('close', () => {
		closeBpf(link);
		closeBpf(loaded);
		map.close();
	});
