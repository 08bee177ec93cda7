// npm run bench [NAME…] [--rounds N] [--seconds S] [--json]: each bench alone, one after the other. Without names: all of them.
import {readdirSync} from 'node:fs';
import {basename, dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {NetstressError} from '../src/base/errors.js';
import type {BenchOptions} from './ratio.js';

interface Bench {
	bench?: (options: BenchOptions) => Promise<void>;
}

const folder = dirname(fileURLToPath(import.meta.url));
const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {rounds: {type: 'string', default: '5'}, seconds: {type: 'string', default: '1'}, json: {type: 'boolean', default: false}},
});
const modules = new Map<string, Required<Bench>>();
for (const file of readdirSync(folder)
	.filter(name => name.endsWith('.bench.js'))
	.sort()) {
	modules.set(basename(file, '.bench.js'), (await import(`./${file}`)) as Required<Bench>);
}
const names = positionals.length > 0 ? positionals : [...modules.keys()];
for (const name of names) {
	const module = modules.get(name);
	if (!module) {
		console.error(`there is no bench ${name}; there are ${[...modules.keys()].join(', ')}`);
		process.exit(2);
	}
	try {
		await module.bench({rounds: Number(values.rounds), seconds: Number(values.seconds), json: values.json});
	} catch (error) {
		if (!(error instanceof NetstressError)) throw error;
		console.error(`${name}: ${error.message}`);
		process.exitCode = error.exitStatus;
	}
}
