// Keeps an XDP program known to the kernel's dispatcher. BPF_PROG_TEST_RUN enters a program there before more than one run and takes it out behind
// them (net/bpf/test_run.c, bpf_prog_change_xdp), and each change of the dispatcher waits for an RCU grace period (kernel/bpf/dispatcher.c): some 20 ms
// of doing nothing a call. A program that is attached anywhere stays entered. Anywhere is here the loopback interface of an empty network namespace of
// our own, down and without traffic: nothing ever runs it there.
import {closeSync, openSync} from 'node:fs';
import {attachType, closeBpf, linkToInterface, xdpMode} from './bpf.js';
import {libc} from './libc.js';

const CLONE_NEWNET = 0x4000_0000;
/** The loopback interface is the first of every namespace. */
const loopback = 1;
const ourNamespace = '/proc/thread-self/ns/net';

/** Enters `program`; the function that is returned takes it out again. Undefined where namespaces may not be made: calls are then slow, not wrong. */
export function keepDispatched(program: number): (() => void) | undefined {
	const home = openSync(ourNamespace, 'r');
	try {
		if (libc.unshare(CLONE_NEWNET) < 0) return undefined;
		// between here and setns nothing may wait: this thread is elsewhere
		let link = -1;
		let held = -1;
		try {
			held = openSync(ourNamespace, 'r');
			link = linkToInterface(program, loopback, attachType.xdp, xdpMode.generic);
		} catch {
			if (held >= 0) closeSync(held);
			held = -1;
		} finally {
			if (libc.setns(home, CLONE_NEWNET) < 0) process.abort(); // a thread in the wrong namespace must not go on
		}
		if (link < 0) return undefined;
		return () => {
			closeBpf(link);
			closeSync(held); // the namespace goes with its last descriptor
		};
	} finally {
		closeSync(home);
	}
}
