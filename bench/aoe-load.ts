// The load generator of bench/aoe-target: random reads through our initiator, a fixed number of frames outstanding.
// usage: aoe-load ADDRESS WINDOW SECONDS BYTES; prints replies a second
import {seeded} from '../src/base/random.js';
import {openAoe} from '../src/initiator/aoe/session.js';

const [address = '', window = '1', seconds = '1', bytes = '1024'] = process.argv.slice(2);
const depth = Number(window);
const length = Number(bytes);
const session = openAoe(address, {window: depth});
const random = seeded(1);
const places = Math.floor(Math.min(session.size, 64 << 20) / length);
const positions = Array.from({length: 65_536}, () => random.below(places) * length);

async function load(milliseconds: number): Promise<number> {
	let finished = 0;
	let next = 0;
	const end = performance.now() + milliseconds;
	const start = performance.now();
	await new Promise<void>((resolve, reject) => {
		let open = 0;
		const submit = (buffer: Uint8Array): void => {
			open++;
			session.submit({
				op: 'read',
				position: positions[next++ & 0xffff]!,
				bytes: buffer,
				done(error) {
					open--;
					finished++;
					if (error) reject(error);
					else if (performance.now() < end) submit(buffer);
					else if (open === 0) resolve();
				},
			});
		};
		for (let i = 0; i < depth; i++) submit(new Uint8Array(length));
	});
	return (finished * 1000) / (performance.now() - start);
}

await load(200); // warm-up
console.log(await load(Number(seconds) * 1000));
await session.close();
