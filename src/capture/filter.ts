// Capture filters: libpcap's language, compiled by tcpdump (`tcpdump -ddd`), which every system that has the language has.
import {spawnSync} from 'node:child_process';
import {NetstressError, usage} from '../base/errors.js';

/** One classic BPF instruction (struct sock_filter, include/uapi/linux/filter.h). */
export interface Instruction {
	readonly code: number;
	readonly jt: number;
	readonly jf: number;
	readonly k: number;
}

/** The kernel's limit (BPF_MAXINSNS, include/uapi/linux/bpf_common.h). */
const mostInstructions = 4096;

/** Reads what `tcpdump -ddd` prints: the number of instructions, then one a line as four decimal numbers. ERR_PROTOCOL. */
export function parseProgram(text: string): Instruction[] {
	const [count, ...lines] = text.trim().split('\n');
	const program = lines.map(line => line.trim().split(/\s+/).map(Number));
	const whole = program.every(words => words.length === 4 && words.every(word => Number.isInteger(word) && word >= 0 && word <= 0xffff_ffff));
	if (Number(count) !== program.length || !whole || program.length === 0 || program.length > mostInstructions) {
		throw new NetstressError('ERR_PROTOCOL', `tcpdump -ddd printed no filter program: ${JSON.stringify(text.slice(0, 80))}`);
	}
	return program.map(([code, jt, jf, k]) => ({code: code as number, jt: jt as number, jf: jf as number, k: k as number}));
}

/** Compiles a filter for Ethernet. ERR_UNSUPPORTED without tcpdump, ERR_USAGE when it cannot be compiled. */
export function compileCaptureFilter(expression: string): Instruction[] {
	const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
	const run = spawnSync('tcpdump', ['-ddd', '-y', 'EN10MB', '--', expression], {encoding: 'utf8', env: {...process.env, PATH: path}});
	if ((run.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
		throw new NetstressError('ERR_UNSUPPORTED', 'a capture filter is compiled by tcpdump, which is not installed: apt-get install tcpdump', {
			feature: 'tcpdump',
		});
	}
	if (run.error !== undefined) throw new NetstressError('ERR_IO', `cannot run tcpdump: ${run.error.message}`, {}, run.error);
	if (run.status !== 0) {
		const why = (run.stderr ?? '').split('\n').find(line => line.startsWith('tcpdump:')) ?? `tcpdump ended with status ${run.status}`;
		throw usage(`cannot compile the filter "${expression}": ${why.replace(/^tcpdump: /, '')}; see pcap-filter(7)`, {filter: expression});
	}
	return parseProgram(run.stdout);
}
