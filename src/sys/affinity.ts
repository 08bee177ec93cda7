// Which processor a thread runs on (sched_setaffinity(2)).
import {usage} from '../base/errors.js';
import {errno, errnos, libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';

/** Binds the calling thread to one CPU. ERR_USAGE when there is no such CPU, or it is not ours to use. */
export function bindToCpu(cpu: number): void {
	const bytes = 128; // cpu_set_t: 1024 processors
	if (cpu >= bytes * 8) throw usage(`there is no CPU ${cpu}; see: nproc, lscpu`);
	const mask = new Mapping(4096, 'a set of processors');
	try {
		mask.bytes[cpu >> 3] = 1 << (cpu & 7);
		// 0 is the calling thread
		if (libc.schedSetaffinity(0, bytes, mask.address()) >= 0) return;
		if (errno() === errnos.EINVAL) throw usage(`there is no CPU ${cpu} for this process; see: nproc, lscpu, taskset -p $$`, {cpu});
		throw syscallError(`bind a thread to CPU ${cpu}`, 'sched_setaffinity');
	} finally {
		mask.close();
	}
}
