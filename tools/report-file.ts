// --report FILE: whether it can be written, found out before anything is measured.
import {accessSync, constants, existsSync, statSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {usage} from '../src/base/errors.js';

/** A file that can be made, said before a minute of measuring. ERR_USAGE. */
export function writable(path: string): string {
	if (existsSync(path) && statSync(path).isDirectory()) throw usage(`--report ${path} is a folder; name a file`);
	const folder = dirname(resolve(path));
	try {
		accessSync(existsSync(path) ? path : folder, constants.W_OK);
	} catch {
		throw usage(`--report ${path} cannot be written; name a file in a folder that exists and that you may write to`);
	}
	return path;
}
