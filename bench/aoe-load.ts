// The load generator of bench/aoe-target: random reads, a fixed number of frames outstanding, nothing copied, so that it is the target that is
// measured and not this. Each reply's status, length and first bytes are checked; a frame that is lost ends the run.
// usage: aoe-load ADDRESS WINDOW SECONDS SECTORS FILE; prints replies a second
import {openSync, readSync} from 'node:fs';
import {realClock} from '../src/base/clock.js';
import {NetstressError} from '../src/base/errors.js';
import {seeded} from '../src/base/random.js';
import {parseAoeAddress} from '../src/initiator/address.js';
import {discoverAoe} from '../src/initiator/aoe/discover.js';
import {writeAtaRequest} from '../src/initiator/aoe/request.js';
import {openRingPort} from '../src/port/ring.js';
import {libc} from '../src/sys/libc.js';
import {ATA_DATA_AT, aoe, aoeAtaResponse, ETHERNET_LENGTH} from '../src/wire/aoe.js';
import {SECTOR} from '../src/wire/ata.js';

const [address = '', window = '1', seconds = '1', sectors = '2', file = ''] = process.argv.slice(2);
const {iface, shelf = 0, slot = 0} = parseAoeAddress(address);
const length = Number(sectors) * SECTOR;
const port = openRingPort(iface);
const [info] = discoverAoe(port, realClock, 2000, shelf, slot);
if (!info) throw new NetstressError('ERR_TIMEOUT', `no AoE target ${address}`);
const target = {name: address, mac: info.mac, shelf, slot, lba48: true, flushExt: false};

// Where to read, and the first four bytes that stand there.
const PLACES = 4096;
const random = seeded(1);
const fd = openSync(file, 'r');
const positions = Array.from({length: PLACES}, () => random.below(Math.floor((64 << 20) / length)) * length);
const word = new DataView(new ArrayBuffer(4));
const expected = positions.map(position => {
	readSync(fd, new Uint8Array(word.buffer), 0, 4, position);
	return word.getUint32(0);
});

const nothing = new Uint8Array();
let next = 0;
let replies = 0;
let wrong = 0;
/** The place is the tag: what a reply must hold follows from it. */
const ask = (): void => {
	const place = next++ % PLACES;
	port.commit(writeAtaRequest(port, port.reserve(), target, place, 'read', positions[place]!, nothing, 0, length));
};

function load(milliseconds: number): number {
	for (let i = 0; i < Number(window); i++) ask();
	port.flush();
	let outstanding = Number(window);
	const start = performance.now();
	let now = start;
	let last = start;
	let asking = true;
	replies = 0;
	while (outstanding > 0) {
		const came = port.receive((view, at, size) => {
			const head = at + ETHERNET_LENGTH;
			const place = aoe.fields.tag.read(view, head);
			const status = aoeAtaResponse.fields['ata.status'].read(view, head + aoe.length);
			if (size !== ATA_DATA_AT + length || status !== 0x40 || view.getUint32(at + ATA_DATA_AT) !== expected[place]) wrong++;
			replies++;
			if (asking) ask();
			else outstanding--;
		}, 256);
		now = performance.now();
		if (came > 0) {
			port.flush();
			last = now;
		} else if (now - last > 2000) {
			throw new NetstressError('ERR_TIMEOUT', `a frame was lost: ${outstanding} without a reply for 2 s`);
		} else {
			libc.yieldProcessor(); // a target woken on this processor runs
		}
		if (now - start >= milliseconds) asking = false;
	}
	return (replies * 1000) / (now - start);
}

load(200); // warm-up
const rate = load(Number(seconds) * 1000);
if (wrong > 0) throw new NetstressError('ERR_PROTOCOL', `${wrong} replies were not what was asked for`);
console.log(rate);
port.close();
