// Our FCoE initiator against Linux's own target, LIO's tcm_fc, in a guest.
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {seeded} from '../../src/base/random.js';
import {type Bed, needGuests, program, vmBed} from './bed.js';
import {digestOf} from './jobs.js';

const exercise = fileURLToPath(new URL('./exercise.js', import.meta.url));
const mib = 32;
/** The guest's MAC address (bed.ts), as Linux makes a WWPN of it. */
const wwpn = '20:00:02:6e:73:00:01:00';

async function ours(bed: Bed, ...args: string[]): Promise<string> {
	const {status, stdout, stderr} = await bed.target.run(process.execPath, args);
	if (status !== 0) throw new Error(`${args.slice(0, 4).join(' ')} ended with ${status}: ${stderr}${stdout}`);
	return stdout;
}

const lio = (bed: Bed, rounds: number) => `
fc_lio_start ${wwpn} 20:00:${bed.target.mac} ${mib}
${Array.from({length: rounds}, (_, i) => `say ready${i} 1\nhear look\nsay disk${i} "$(digest /tmp/disk.img)"`).join('\n')}
`;

for (const [mtu, most] of [
	[2500, 1 << 20],
	// LIO itself stalls on longer commands at this MTU
	[1500, 512 << 10],
] as const) {
	test.serial(`MTU ${mtu}: discover, identify, write, read, verify, and random runs against a model`, async t => {
		if (!needGuests(t)) return;
		const bed = await vmBed(t, {mtu});
		const guest = await bed.boot(lio(bed, 2), {memory: 512});
		await guest.saw('ready0');
		const url = `fcoe:${bed.target.iface}/${wwpn}/0`;
		const io = (...args: string[]) => ours(bed, program, 'io', ...args);
		t.regex(await io(`fcoe:${bed.target.iface}`, 'discover'), new RegExp(url));
		t.regex(await io(url, 'identify'), /vendor\s+LIO-ORG[\s\S]*size\s+33554432 .*\nblockSize\s+512\nreadOnly\s+false/);
		const file = bed.path('input');
		const bytes = new Uint8Array(mib << 20);
		seeded(3).fill(bytes);
		writeFileSync(file, bytes);
		await io(url, 'write', '--input', file);
		guest.tell('look');
		t.is(await guest.saw('disk0'), digestOf(file, 0, mib << 20));
		await io(url, 'read', '--output', bed.path('output'));
		t.is(digestOf(bed.path('output'), 0, mib << 20), digestOf(file, 0, mib << 20));
		await guest.saw('ready1');
		const result = JSON.parse(await ours(bed, exercise, url, JSON.stringify({maxTransfer: most})));
		t.like(result, {size: mib << 20, mismatches: 0});
		t.regex(result.beyond, /Logical Block Address Out Of Range/);
		t.log(`${result.counters.commands} commands, ${JSON.stringify(result.counters)}, ${JSON.stringify(result.losses)}`);
		guest.tell('look');
		t.is(await guest.saw('disk1'), result.disk);
		await guest.finished();
	});
}
