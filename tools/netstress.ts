#!/usr/bin/env node
// The program: finds the command, loads only its file, and turns every way out into the exit status that docs/cli.md promises.
import {hideBin} from 'yargs/helpers';
import {main} from './main.js';
import {version} from './version.js';

const status = await main(hideBin(process.argv), version);
// what is still being written to a pipe must arrive before the end
await new Promise<void>(resolve => process.stdout.write('', () => resolve()));
process.exit(status);
