// The oracle: our trees of a capture file against Wireshark's. Every node that both have must agree in name, position, size and value, and none that we
// know may be missing.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {Dissector} from '../../../src/dissect/dissector.js';
import {longText} from '../../../src/dissect/json.js';
import {collective, knownFields} from '../../../src/dissect/registry.js';
import {everyNode, type Tree} from '../../../src/dissect/tree.js';
import {CaptureFileDecoder} from '../../../src/wire/capture-file.js';
import {readPdml} from './pdml.js';

/** Wireshark leaves these checks off, and by default does not wait for a late segment. */
const preferences = ['ip.check_checksum', 'tcp.check_checksum', 'udp.check_checksum', 'tcp.reassemble_out_of_order'].flatMap(name => ['-o', `${name}:TRUE`]);

/** Runs tshark on a file. Gives its standard output. */
export const tshark = (file: string, ...more: string[]) =>
	execFileSync('tshark', ['-n', '-r', file, ...preferences, ...more], {encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore']});

/** Our trees of every frame of a file. */
export function treesOf(file: string): Tree[] {
	const decoder = new CaptureFileDecoder();
	decoder.push(readFileSync(file));
	const dissector = new Dissector();
	const trees: Tree[] = [];
	for (let record = decoder.next(); record !== undefined; record = decoder.next()) {
		trees.push(dissector.dissect({...record, number: trees.length + 1}));
	}
	return trees;
}

/** Nodes that Wireshark has elsewhere or otherwise, and why. A pattern is matched against `name` or `name@frame`. */
export interface Exceptions {
	/** Ours differ. */
	readonly ours: readonly RegExp[];
	/** Theirs are missing in ours. */
	readonly theirs: readonly RegExp[];
}

const everywhere: Exceptions = {
	ours: [
		/^data$/, // a field without a position there, a layer here
		/^_ws\./, // Wireshark puts it at the start of the protocol, we at the first byte that is wrong
		/^tcp\.segments$/, // a field without a value there, a layer here
		/^tcp\.analysis\./, // our own judgement, and no position there
		/^scsi\.mode\.sbc\.pagecode$/,
		/^scsi_sbc\.opcode$/, // for a device that is no disk Wireshark says scsi.spc.opcode
		/^eth\.trailer$/, // Wireshark takes the last four bytes for the check sequence, which packet sockets never deliver
	],
	theirs: [
		/^_ws\./,
		/^tcp\.analysis\./,
		/^scsi\.inquiry\.devtype$/, // repeated by Wireshark in every layer of a command
		/^scsi\.lun\.address_mode$/, // once more in a REPORT LUNS list
		/^eth\.trailer$/,
		/^ip\.version$/, // hidden in IPv6 packets as well
		/^scsi\.mode\.spc\.pagecode$/, // page 3F, all pages, belongs to no command set
		/^scsi\.mpi\.service_action$/, // repeated in front of the data of a maintenance command
	],
};

/** Where Wireshark 4.0 goes wrong with FCP: no response finds its command. */
export const linkless: Partial<Exceptions> = {
	ours: [
		/^frame\.protocols$/, // it names `data` where it finds no command to the data
		/^fc\.(exchange_first_frame|time)$/, // it joins exchanges that use an OX_ID one after another, and exchanges of both ports
		/^scsi\.(lun|inquiry\.devtype)$/, // it shows LUN 0xffff
	],
	theirs: [/^data(\.|$)/, /^fc\.(exchange_first_frame|time)$/],
};
/** Compares a file. Gives what differs, and how many nodes of how many frames were compared. */
export function compare(
	file: string,
	exceptions: Partial<Exceptions> = {},
	decode: readonly string[] = [],
): {readonly wrong: readonly string[]; readonly compared: number; readonly frames: number} {
	const theirs = readPdml(tshark(file, '-T', 'pdml', ...decode));
	const ours = treesOf(file);
	if (ours.length !== theirs.length) throw new Error(`${ours.length} frames here, ${theirs.length} for tshark`);
	const known = knownFields();
	const excepted = (side: keyof Exceptions, node: string, frame: number) =>
		[...everywhere[side], ...(exceptions[side] ?? [])].some(pattern => pattern.test(node) || pattern.test(`${node}@${frame}`));
	let compared = 0;
	const wrong: string[] = [];
	for (const [i, tree] of ours.entries()) {
		const frame = i + 1;
		const other = theirs[i] ?? [];
		// an exception inside Wireshark (an allocation length shorter than the data, say) ends its SCSI layers early
		const broken = other.some(({name}) => name === '_ws.malformed' || name === '_ws.short') && !tree.malformed;
		const skip = (node: string, side: keyof Exceptions) => (broken && node.startsWith('scsi')) || excepted(side, node, frame);
		const left = new Map<string, number>();
		const key = (node: {name: string; pos: number; size: number}, show: string | undefined) => `${node.name} ${node.pos}+${node.size} ${show}`;
		for (const node of other) left.set(key(node, node.show), (left.get(key(node, node.show)) ?? 0) + 1);
		const names = new Set(other.map(node => node.name));
		const mine = new Set<string>();
		for (const node of everyNode(tree.layers)) {
			mine.add(node.name);
			if (!names.has(node.name) || skip(node.name, 'ours')) continue;
			compared++;
			const exact = key(node, node.field === undefined ? undefined : longText(node));
			const count = left.get(exact) ?? 0;
			if (count > 0) left.set(exact, count - 1);
			else
				wrong.push(
					`frame ${frame}: ${exact}; tshark has ${other
						.filter(({name}) => name === node.name)
						.map(node => key(node, node.show))
						.join(' | ')}`,
				);
		}
		for (const node of names) {
			if (known.has(node) && !Object.hasOwn(collective, node) && !mine.has(node) && !skip(node, 'theirs'))
				wrong.push(`frame ${frame}: tshark has ${node}, we do not`);
		}
	}
	return {wrong, compared, frames: ours.length};
}
