// Runs the built program, as its users do.
import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const file = fileURLToPath(new URL('../../tools/netstress.js', import.meta.url));

export interface Ended {
	readonly status: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export const netstress = (...args: string[]): Promise<Ended> =>
	new Promise(resolve => {
		const child = execFile(process.execPath, [file, ...args], {encoding: 'utf8'}, (_error, stdout, stderr) =>
			resolve({status: child.exitCode, stdout, stderr}),
		);
	});
