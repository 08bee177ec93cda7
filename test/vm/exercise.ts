// Our iSCSI or FCoE initiator at work, run on the target's host by the tests against LIO: random runs, many at once, against a model in memory.
// Arguments: address, options of openIscsi or openFcoe as JSON. Prints one line of JSON; `disk` is the SHA-256 of what the whole device must hold now.
import {createHash} from 'node:crypto';
import {seeded} from '../../src/base/random.js';
import {openFcoe} from '../../src/initiator/fcoe/session.js';
import {openIscsi} from '../../src/initiator/iscsi/session.js';

const [address = '', options = '{}'] = process.argv.slice(2);
const open = address.startsWith('fcoe:') ? openFcoe : openIscsi;
const session = await open(address, JSON.parse(options));
const random = seeded(11);
const model = new Uint8Array(session.size);
const io = (op: 'read' | 'write' | 'flush', position: number, bytes: Uint8Array) =>
	new Promise<void>((resolve, reject) => session.submit({op, position, bytes, done: error => (error ? reject(error) : resolve())}));

const piece = 1 << 20;
const pieces = Math.floor(session.size / piece);
for (let at = 0; at < session.size; at += piece) await io('read', at, model.subarray(at, at + piece));
const lengths = [512, 1024, 4096, 65_536 - 512, 65_536, 262_144, 524_288];
let mismatches = 0;
// one worker for each MiB: what is outstanding at once does not overlap
await Promise.all(
	Array.from({length: pieces}, async (_, worker) => {
		for (let i = 0; i < 12; i++) {
			const length = lengths[random.below(lengths.length)] as number;
			const position = worker * piece + 512 * random.below((piece - length) / 512 + 1);
			const bytes = new Uint8Array(length).fill(0xa5);
			if (i % 2 === 0) {
				random.fill(bytes);
				model.set(bytes, position);
				await io('write', position, bytes);
			} else {
				await io('read', position, bytes);
				if (Buffer.compare(bytes, model.subarray(position, position + length)) !== 0) mismatches++;
			}
		}
	}),
);
// longer than one command may be
const long = new Uint8Array(5 * piece + 512);
random.fill(long);
model.set(long, 512);
await io('write', 512, long);
await io('flush', 0, new Uint8Array(0));
const all = new Uint8Array(session.size);
await io('read', 0, all);
if (Buffer.compare(all, model) !== 0) mismatches++;
const {size, agreed, counters} = session;
const losses = 'losses' in session ? session.losses.byUnit : {};
const beyond = await io('read', size, new Uint8Array(512)).then(
	() => 'no error',
	(error: Error) => error.message,
);
await session.close();
console.log(JSON.stringify({size, mismatches, agreed, counters, beyond, losses, disk: createHash('sha256').update(model).digest('hex')}));
