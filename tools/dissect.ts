// netstress dissect: capture files as trees (docs/dissect.md).
import {captureBatches, type ReadSummary, truncationText} from '../src/capture/reader.js';
import {Dissector} from '../src/dissect/dissector.js';
import {textTree} from '../src/dissect/text.js';
import {type Command, exit} from './command.js';

interface Flags {
	read: string;
}

export const command: Command<Flags> = {
	positionals: '',
	describe: 'a capture file as trees, fields or JSON',
	build: yargs => yargs.options({read: {alias: 'r', type: 'string', default: '-', describe: 'capture file, pcap or pcapng; - is standard input'}}),
	async run({read}, signal) {
		const dissector = new Dissector();
		const summary: ReadSummary = {records: 0, truncated: undefined};
		let number = 0;
		for await (const batch of captureBatches(read, summary)) {
			if (signal.aborted) break;
			let text = '';
			for (const record of batch) text += textTree(dissector.dissect({...record, number: ++number}));
			process.stdout.write(text);
		}
		if (summary.truncated !== undefined) console.error(truncationText(read, summary.truncated));
		return exit.done;
	},
};
