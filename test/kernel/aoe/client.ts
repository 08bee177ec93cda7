// A client that runs on a lab host: random reads and writes over one AoE address against a model of the disk, then one line of JSON.
// usage: client ADDRESS SEED REQUESTS [read-only]
import {seeded} from '../../../src/base/random.js';
import {openAoe} from '../../../src/initiator/aoe/session.js';

const [address = '', seed = '1', requests = '1000', mode = ''] = process.argv.slice(2);
const session = openAoe(address, {deadlineMs: 10_000});
const random = seeded(Number(seed));
const span = Math.min(session.size, 8 << 20);
const model = new Uint8Array(span);

const run = (op: 'read' | 'write' | 'flush', position: number, bytes: Uint8Array) =>
	new Promise<Error | undefined>(resolve => session.submit({op, position, bytes, done: resolve}));

let mismatches = 0;
const errors: string[] = [];
const note = (error: Error | undefined) => {
	if (error && errors.length < 5) errors.push(error.message); // the first few tell
};

// The model starts as what is there.
for (let at = 0; at < span; at += 65_536) note(await run('read', at, model.subarray(at, at + 65_536)));
const busy = new Set<number>();
let left = mode === 'read-only' ? 0 : Number(requests);
const worker = async (): Promise<void> => {
	while (left-- > 0) {
		const sectors = 1 + random.below(64);
		let first = random.below(span / 512 - sectors);
		const range = () => Array.from({length: sectors}, (_, i) => first + i);
		while (range().some(sector => busy.has(sector))) first = random.below(span / 512 - sectors);
		const mine = range();
		for (const sector of mine) busy.add(sector);
		const bytes = new Uint8Array(sectors * 512);
		if (random.chance(0.5)) {
			random.fill(bytes);
			model.set(bytes, first * 512);
			note(await run('write', first * 512, bytes));
		} else {
			note(await run('read', first * 512, bytes));
			if (Buffer.compare(bytes, model.subarray(first * 512, first * 512 + bytes.length)) !== 0) mismatches++;
		}
		for (const sector of mine) busy.delete(sector);
	}
};
await Promise.all(Array.from({length: 8}, worker));
if (mode !== 'read-only') note(await run('flush', 0, new Uint8Array()));
const whole = new Uint8Array(span);
for (let at = 0; at < span; at += 65_536) note(await run('read', at, whole.subarray(at, at + 65_536)));
if (Buffer.compare(whole, model) !== 0) mismatches++;
// One sector past the end: an error of the target's, not a hang.
const beyond = await run('read', session.size, new Uint8Array(512));
const {counters, info, identity, port} = session;
console.log(
	JSON.stringify({
		size: session.size,
		mismatches,
		errors,
		beyond: beyond?.message,
		counters,
		identity,
		info: {...info, mac: [...info.mac], config: Buffer.from(info.config).toString()},
		port: port.counters,
	}),
);
await session.close();
