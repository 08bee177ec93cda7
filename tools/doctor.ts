// netstress doctor: what works here, what does not, and the command that would fix it.
import {type Check, canRun, examine} from '../src/lab/doctor.js';
import {type Command, exit} from './command.js';
import type {SharedArguments} from './flags.js';
import {type Output, outputFor} from './output.js';

function print(checks: readonly Check[], output: Output): void {
	const width = Math.max(...checks.map(({name}) => name.length));
	for (const {name, ok, detail, required, use, fix} of checks) {
		const mark = ok ? 'ok      ' : required ? 'MISSING ' : 'missing ';
		output.text(`${mark}${name.padEnd(width)}  ${detail}`);
		if (!ok) output.text(`${' '.repeat(8 + width + 2)}for ${use}${fix ? `: ${fix}` : ''}`);
	}
}

export const command: Command = {
	positionals: '',
	describe: 'what this kernel, card and user allow, and what to install for the rest; makes a lab for a moment',
	build: yargs => yargs,
	async run(argv) {
		const output = outputFor(argv as unknown as SharedArguments);
		const checks = await examine();
		print(checks, output);
		const ready = canRun(checks);
		output.text('');
		output.text(ready ? 'npm start can run here' : 'npm start cannot run here: what is MISSING above comes first');
		for (const check of checks) output.event('check', check);
		output.summary({ready, checks});
		return ready ? exit.done : exit.notPossible;
	},
};
