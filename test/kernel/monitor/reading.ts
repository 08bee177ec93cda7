// Reads the counters of a lab's host: a small program of its own, run there, prints a snapshot as JSON.
import {join} from 'node:path';
import type {Counter} from '../../../src/monitor/counter.js';
import type {InterfaceSnapshot} from '../../../src/monitor/snapshot.js';
import type {CpuCounters} from '../../../src/monitor/softnet.js';
import {root} from '../program.js';

export interface Reading {
	readonly interfaces: Readonly<Record<string, InterfaceSnapshot>>;
	readonly cpus: readonly CpuCounters[];
	readonly counters: readonly Counter[];
}

/** What runs on the host; `then` is more of the program, which knows `read`. */
const program = (then: string) => `
import {readCounters} from ${JSON.stringify(join(root, 'dist/src/monitor/snapshot.js'))};
const read = () => { const {interfaces, ...rest} = readCounters(); return {...rest, interfaces: Object.fromEntries(interfaces)}; };
${then}`;

export const readingArguments = (then = 'console.log(JSON.stringify(read()))'): string[] => ['--input-type=module', '-e', program(then)];

/** Every counter of an interface, CPUs, sockets or protocols as `SOURCE:NAME` to value. */
export const byName = (counters: readonly Counter[]): Record<string, number> =>
	Object.fromEntries(counters.map(({source, name, value}) => [`${source}:${name}`, value]));
