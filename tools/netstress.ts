#!/usr/bin/env node
// The program: finds the command, loads only its file, and turns every way out into the exit status that docs/cli.md promises.
import {readFileSync} from 'node:fs';
import {hideBin} from 'yargs/helpers';
import {main} from './main.js';

const version = () => {
	// dist/tools/netstress.js lies two folders below package.json
	const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {version: string};
	return manifest.version;
};

const status = await main(hideBin(process.argv), version);
// what is still being written to a pipe must arrive before the end
await new Promise<void>(resolve => process.stdout.write('', () => resolve()));
process.exit(status);
