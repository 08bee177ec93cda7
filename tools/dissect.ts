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
import {pick, type SharedArguments, value} from './flags.js';
import {outputFor} from './output.js';

const outputs = ['text', 'json', 'fields', 'pdml'] as const;
type Output = (typeof outputs)[number];

interface DissectArguments extends SharedArguments {
	read?: string;
	output: Output;
	field: string[];
	filter?: string;
	hex: boolean;
	count?: number;
}

interface Printer {
	readonly head: string;
	readonly frame: (tree: Tree) => string;
	readonly tail: string;
}

function printerOf(output: Output, {field, hex}: DissectArguments): Printer {
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

/** Writes, and waits while the reader of our output is slower than we are. */
const write = (text: string): Promise<void> => new Promise(resolve => (text === '' ? resolve() : void process.stdout.write(text, () => resolve())));

export const command: Command<DissectArguments> = {
	positionals: '',
	describe: 'show a capture file as trees, fields, JSON or PDML',
	build: yargs =>
		yargs
			.options({
				...pick('read', 'count'),
				output: {alias: 'T', choices: outputs, default: 'text', describe: 'form of the output'},
				field: {alias: 'e', type: 'string', array: true, nargs: 1, requiresArg: true, default: [], describe: 'a field to print with -T fields; may repeat'},
				filter: value('only frames that pass this display filter', text => text, {alias: 'Y', name: 'filter'}),
				hex: {alias: 'x', type: 'boolean', default: false, describe: 'the bytes as well'},
			})
			.example('$0 dissect -r aoe.pcapng -Y "aoe.cmd == 0" -T fields -e aoe.tag -e aoe.lba', 'tags and addresses of ATA commands') as unknown as ReturnType<
			Command<DissectArguments>['build']
		>,
	async run(argv, signal) {
		const {read = '-', filter, count = 0, json} = argv;
		if (argv.read === undefined && process.stdin.isTTY) throw usage('give a capture file: netstress dissect -r FILE');
		if (json && argv.output !== 'text' && argv.output !== 'json') throw usage(`--json and -T ${argv.output} exclude each other`);
		const output = outputFor({...argv, json: json || argv.output === 'json'});
		const printer = printerOf(output.json ? 'json' : argv.output, argv);
		const passes = filter === undefined ? () => true : compileFilter(filter);
		const dissector = new Dissector();
		const summary: ReadSummary = {records: 0, truncated: undefined};
		const totals = {frames: 0, malformed: 0};
		let number = 0;
		let failure: unknown;
		await write(printer.head);
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
				await write(text);
				if (signal.aborted || (count > 0 && number >= count)) break;
			}
		} catch (error) {
			// what was read before the damage counts: the tail and the summary are still printed
			if (!(error instanceof NetstressError)) throw error;
			failure = error;
		}
		await write(printer.tail);
		output.summary({...totals, truncated: summary.truncated !== undefined});
		if (failure !== undefined) throw failure;
		if (summary.truncated !== undefined) output.say(`netstress dissect: ${truncationText(read, summary.truncated)}`);
		return exit.done;
	},
};
