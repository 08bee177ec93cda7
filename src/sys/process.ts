// Other processes, as /proc shows them (proc(5)).
import {readdirSync, readFileSync} from 'node:fs';

/** When a process started, in clock ticks since boot: with the pid it names one process for good. Undefined when it is gone or a zombie. */
export function startTime(pid: number): number | undefined {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
		// the name in brackets may hold anything; the fields behind it start with the state, field 3
		const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
		return fields[0] === 'Z' ? undefined : Number(fields[22 - 3]);
	} catch {
		return undefined;
	}
}

/** Clock ticks of the times in /proc/PID/stat: USER_HZ, 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** Seconds of CPU that a process has used so far, all threads, user and system; undefined when it is gone. Steps of 10 ms at worst. */
export function cpuSeconds(pid: number): number | undefined {
	try {
		let nanoseconds = 0n;
		// CONFIG_SCHED_INFO keeps nanoseconds per thread, first number of schedstat
		for (const thread of readdirSync(`/proc/${pid}/task`))
			nanoseconds += BigInt(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0] as string);
		return Number(nanoseconds) / 1e9;
	} catch {
		return ticksOf(pid);
	}
}

function ticksOf(pid: number): number | undefined {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
		const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
		return (Number(fields[14 - 3]) + Number(fields[15 - 3])) / ticksPerSecond;
	} catch {
		return undefined;
	}
}
