// What the figures were measured on, for reports: nothing that names the machine or its owner.
import {readFileSync} from 'node:fs';
import {cpus, release, totalmem} from 'node:os';
import {showSize} from '../base/units.js';

export interface Machine {
	readonly processors: string;
	readonly memory: string;
	readonly kernel: string;
	readonly node: string;
	/** TCP's congestion control, which iSCSI's losses depend on. */
	readonly congestionControl: string;
	/** When, ISO 8601. */
	readonly date: string;
}

function congestionControl(): string {
	try {
		return readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim();
	} catch {
		return 'unknown';
	}
}

export function machine(): Machine {
	const all = cpus();
	return {
		processors: `${all.length} × ${all[0]?.model.trim() || process.arch}`,
		memory: showSize(totalmem()),
		kernel: `${process.platform} ${release()}`,
		node: process.version,
		congestionControl: congestionControl(),
		date: new Date().toISOString(),
	};
}
