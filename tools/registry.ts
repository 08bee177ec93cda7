// Every command by name. The files are loaded on demand: `netstress --help` must not pay for koffi, rings and tables.
import {NetstressError} from '../src/base/errors.js';
import type {Command} from './command.js';

/** Name and one line of description, in the order of the help text. */
export const commands: Readonly<Record<string, string>> = {
	race: 'the same work over each protocol; without addresses in a lab of its own',
	io: 'one initiator: discover identify read write verify bench',
	target: 'the reference target: files exported over AoE, FCoE and iSCSI',
	inject: 'build and send stamped frames',
	receive: 'count stamped frames: lost, duplicated, reordered, corrupted, late, exactly',
	rfc2544: 'benchmarks of a device between two interfaces: throughput, loss, bursts, latency',
	ledger: 'send stamped frames across and account for every one',
	monitor: 'rx_missed and every other loss counter, by one vocabulary for all drivers',
	capture: 'frames to a file, none lost unsaid',
	dissect: 'a capture file as text, JSON or fields',
	top: 'the dashboard: rates, losses by place, drop reasons, CPUs, storage',
	drops: 'where the kernel drops frames, and why',
	lab: 'hosts as network namespaces: up down exec show',
	doctor: 'what works here, what does not, and what would fix it',
};

const isCommand = (value: unknown): value is Command => typeof value === 'object' && value !== null && 'build' in value && 'run' in value;

/** Loads one command's file, `tools/<name>.ts`, which exports one `Command`. ERR_UNSUPPORTED when this build has none. */
export async function loadCommand(name: string): Promise<Command> {
	const file = new URL(`./${name}.js`, import.meta.url);
	let exports: Record<string, unknown>;
	try {
		exports = (await import(file.href)) as Record<string, unknown>;
	} catch (error) {
		// only this very file: a command whose own import is missing is a broken build, and says so itself
		const {code, url} = error as {code?: string; url?: string};
		if (
			code === 'ERR_MODULE_NOT_FOUND' &&
			(url === undefined || url === file.href) &&
			String(error).includes(`tools/${name}.js`) &&
			!String(error).includes(`imported from ${file.pathname}`)
		)
			throw new NetstressError('ERR_UNSUPPORTED', `this build has no command "${name}"`, {feature: name});
		throw error;
	}
	const command = Object.values(exports).find(isCommand);
	if (command === undefined) throw new NetstressError('ERR_UNSUPPORTED', `tools/${name} exports no command`, {feature: name});
	return command;
}
