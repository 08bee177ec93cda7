// netstress dissect: a capture file as trees, fields, JSON or PDML (docs/dissect.md).
import {NetstressError, usage} from '../src/base/errors.js';
import {captureBatches, type ReadSummary, truncationText} from '../src/capture/reader.js';
import {Dissector} from '../src/dissect/dissector.js';
import {fieldPrinter} from '../src/dissect/fields.js';
import {compileFilter} from '../src/dissect/filter.js';
import {hexOf} from '../src/dissect/hex.js';
import {jsonLine} from '../src/dissect/json.js';
import {pdmlHead, pdmlPacket, pdmlTail} from '../src/dissect/pdml.js';
import {textTree} from '../src/dissect/text.js';
import type {Tree} from '../src/dissect/tree.js';
import {type Command, exit} from './command.js';

const outputs = ['text', 'json', 'fields', 'pdml'] as const;
type Output = (typeof outputs)[number];

interface Flags {
	read: string;
	output: Output;
	field: string[];
	filter: string | undefined;
	hex: boolean;
	count: number;
	json: boolean | undefined;
}

interface Printer {
	readonly head: string;
	readonly frame: (tree: Tree) => string;
	readonly tail: string;
}

function printerOf({output, field, hex}: Flags): Printer {
	if (output === 'fields' && field.length === 0) throw usage('-T fields needs at least one -e FIELD, for instance -e frame.number -e eth.type');
	if (output !== 'fields' && field.length > 0) throw usage(`-e belongs to -T fields, not to -T ${output}`);
	if (output !== 'text' && hex) throw usage(`-x belongs to -T text, not to -T ${output}`);
	switch (output) {
		case 'json':
			return {head: '', frame: jsonLine, tail: ''};
		case 'pdml':
			return {head: pdmlHead, frame: pdmlPacket, tail: pdmlTail};
		case 'fields':
			return {head: '', frame: fieldPrinter(field), tail: ''};
		default:
			return {head: '', frame: hex ? tree => textTree(tree) + hexOf(tree) : textTree, tail: ''};
	}
}

/** Writes, and waits while the reader of our output is slower than we are; false when it has gone away. */
function writer(): (text: string) => Promise<boolean> {
	let gone = false;
	process.stdout.on('error', error => {
		if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
		gone = true;
	});
	return text =>
		new Promise(resolve => {
			if (gone || text === '') resolve(!gone);
			else process.stdout.write(text, () => resolve(!gone));
		});
}

export const command: Command<Flags> = {
	positionals: '',
	describe: 'show a capture file as trees, fields, JSON or PDML',
	build: yargs =>
		yargs.options({
			read: {alias: 'r', type: 'string', default: '-', describe: 'capture file, pcap or pcapng; - is standard input'},
			output: {alias: 'T', choices: outputs, default: 'text', describe: 'form of the output'},
			field: {alias: 'e', type: 'string', array: true, nargs: 1, default: [], describe: 'a field to print with -T fields; may repeat'},
			filter: {alias: 'Y', type: 'string', describe: 'only frames that pass this display filter'},
			hex: {alias: 'x', type: 'boolean', default: false, describe: 'the bytes as well'},
			count: {alias: 'n', type: 'number', default: 0, describe: 'stop after so many frames of the file; 0 = all'},
			json: {type: 'boolean', describe: 'as -T json, with a summary object at the end'},
		}) as ReturnType<Command<Flags>['build']>,
	async run(flags, signal) {
		const {read, filter, count} = flags;
		const json = flags.json === true || flags.output === 'json';
		const printer = printerOf(json ? {...flags, output: 'json'} : flags);
		const passes = filter === undefined ? () => true : compileFilter(filter);
		const write = writer();
		const dissector = new Dissector();
		const summary: ReadSummary = {records: 0, truncated: undefined};
		const totals = {frames: 0, malformed: 0};
		let number = 0;
		let failure: unknown;
		let open = await write(printer.head);
		try {
			for await (const batch of captureBatches(read, summary)) {
				let text = '';
				for (const record of batch) {
					if (count > 0 && number >= count) break;
					const tree = dissector.dissect({...record, number: ++number});
					if (!passes(tree)) continue;
					totals.frames++;
					if (tree.malformed) totals.malformed++;
					text += printer.frame(tree);
				}
				open = await write(text);
				if (signal.aborted || !open || (count > 0 && number >= count)) break;
			}
		} catch (error) {
			// what was read before the damage counts: the tail and the summary are still printed
			if (!(error instanceof NetstressError)) throw error;
			failure = error;
		}
		await write(json ? `${JSON.stringify({type: 'summary', ...totals, truncated: summary.truncated !== undefined})}\n` : printer.tail);
		if (failure !== undefined) throw failure;
		if (summary.truncated !== undefined) console.error(`netstress dissect: ${truncationText(read, summary.truncated)}`);
		return exit.done;
	},
};
