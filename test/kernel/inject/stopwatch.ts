// When frames arrive, by the kernel's own clock: a packet socket's timestamps, taken as a frame enters the receiving stack. Prints one line of JSON:
// nanoseconds from the first frame to each, their lengths, and how many frames the ring lost.
// usage: stopwatch IFACE COUNT SECONDS; ends when COUNT frames have come, SECONDS after the start, or when its standard input has ended
import {setImmediate} from 'node:timers/promises';
import {openCaptureRing} from '../../../src/port/capture-ring.js';
import type {CapturedFrame} from '../../../src/sys/ring-v3.js';
import {STAMP_ETHERTYPE} from '../../../src/wire/stamp.js';

const [iface = '', count = '1', seconds = '1'] = process.argv.slice(2);
const ring = openCaptureRing(iface, {promiscuous: true, ringBytes: 64 << 20});
const most = Number(count);
const at = new Float64Array(most);
const lengths = new Uint16Array(most);
let seen = 0;
let first = 0;
const visit = (frame: CapturedFrame) => {
	// a kernel has a word of its own to say now and then
	if (frame.outgoing || seen >= most || frame.length < 14 || frame.view.getUint16(frame.at + 12) !== STAMP_ETHERTYPE) return;
	if (seen === 0) first = frame.seconds;
	lengths[seen] = frame.originalLength;
	at[seen++] = (frame.seconds - first) * 1e9 + frame.nanoseconds;
};
let told = false;
process.stdin.on('end', () => (told = true)).resume();
console.log('ready');
for (const until = performance.now() + 1000 * Number(seconds); seen < most && !told && performance.now() < until; ) {
	ring.wait(20);
	ring.receive(visit);
	await setImmediate();
}
// what lies in a block that is not full yet comes with its timer
ring.wait(50);
ring.receive(visit);
const {drops} = ring.statistics();
ring.close();
const times = Array.from(at.subarray(0, seen), time => time - (at[0] as number));
process.stdout.write(`${JSON.stringify({drops, at: times, lengths: Array.from(lengths.subarray(0, seen))})}\n`);
process.exit(0);
