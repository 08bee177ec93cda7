// Bursts of 60-byte frames at a network card, as our injector builds them; run on the switch by ring.test.ts. A steady stream would not tell
// one ring size from another: what is lost then is what the receiver cannot do, whatever waits in front of it.
// Arguments: interface, destination, bursts, frames in each, milliseconds between. Prints one line of JSON.
import {setTimeout as sleep} from 'node:timers/promises';
import {compileTemplate} from '../../src/inject/frames/compile.js';
import {inject} from '../../src/inject/inject.js';
import {parseUnicast} from '../../src/inject/unicast.js';
import {openRingPort} from '../../src/port/ring.js';
import {STAMP_ETHERTYPE} from '../../src/wire/stamp.js';

const [iface = '', destination = '', ...rest] = process.argv.slice(2);
const [bursts = 1, count = 1, gapMs = 0] = rest.map(Number);
const port = openRingPort(iface, {etherType: STAMP_ETHERTYPE});
const stamper = compileTemplate('stamp', {destination: parseUnicast(destination, 'destination'), source: port.mac, run: 1, stream: 1});
const {signal} = new AbortController();
let sent = 0;
let failed = 0;
for (let i = 0; i < bursts; i++) {
	const started = performance.now();
	const done = await inject(port, stamper, {count, seconds: 0, pps: Number.POSITIVE_INFINITY, signal});
	sent += done.accepted;
	failed += done.failed;
	await sleep(Math.max(0, gapMs - (performance.now() - started)));
}
port.close();
console.log(JSON.stringify({sent, failed}));
