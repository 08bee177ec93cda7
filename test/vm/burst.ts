// Bursts of 60-byte frames at a network card, as our injector builds them; run on the switch by ring.test.ts. A steady stream would not tell
// one ring size from another: what is lost then is what the receiver cannot do, whatever waits in front of it.
// Arguments: interface, destination, bursts, frames in each, milliseconds between. Prints one line of JSON.

import {portSender} from '../../src/inject/engine/port-sender.js';
import {compileTemplate} from '../../src/inject/frames/compile.js';
import {inject} from '../../src/inject/inject.js';
import {steady} from '../../src/inject/schedule/schedule.js';
import {parseUnicast} from '../../src/inject/unicast.js';
import {openRingPort} from '../../src/port/ring.js';
import {STAMP_ETHERTYPE} from '../../src/wire/stamp.js';

const [iface = '', destination = '', ...rest] = process.argv.slice(2);
const [bursts = 1, count = 1, gapMs = 0] = rest.map(Number);
const port = openRingPort(iface, {etherType: STAMP_ETHERTYPE});
const stamper = compileTemplate('stamp', {destination: parseUnicast(destination, 'destination'), source: port.mac, run: 1, stream: 1});
const schedule = steady(gapMs === 0 ? Number.POSITIVE_INFINITY : (count * 1000) / gapMs, {count: bursts * count, burst: count});
const {accepted: sent, failed} = await inject(portSender(port), [{source: stamper, schedule}], {signal: new AbortController().signal});
port.close();
console.log(JSON.stringify({sent, failed}));
