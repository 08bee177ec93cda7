// tshark as the oracle: our tables name and place every field as it does, and it finds nothing malformed in what our engines send.
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import type {Header} from '../../../src/wire/header.js';
import {bhsLength, pduHeaders, scsiCommand} from '../../../src/wire/iscsi.js';
import {opcode} from '../../../src/wire/iscsi-names.js';
import {cdbHeaders} from '../../../src/wire/scsi.js';
import {need} from '../need.js';
import {run} from './support.js';

/** A capture file of TCP segments with one PDU each, to port 3260 or from it (libpcap's classic format). */
function capture(pdus: ReadonlyArray<{fromTarget: boolean; bytes: Uint8Array}>): Uint8Array {
	const file: Uint8Array[] = [Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex')];
	const sequence = [1000, 5000];
	for (const [i, {fromTarget, bytes}] of pdus.entries()) {
		const frame = Buffer.alloc(54 + bytes.length);
		frame.write('0200000000020200000000010800', 'hex');
		frame.write('4500', 14, 'hex');
		frame.writeUInt16BE(40 + bytes.length, 16);
		frame.write('40060000', 22, 'hex');
		frame.write(fromTarget ? '0a0000020a000001' : '0a0000010a000002', 26, 'hex');
		frame.writeUInt16BE(fromTarget ? 3260 : 40_000, 34);
		frame.writeUInt16BE(fromTarget ? 40_000 : 3260, 36);
		const own = fromTarget ? 1 : 0;
		frame.writeUInt32BE(sequence[own]!, 38);
		frame.writeUInt32BE(sequence[1 - own]!, 42);
		frame.write('5018ffff', 46, 'hex');
		frame.set(bytes, 54);
		sequence[own]! += bytes.length;
		const record = Buffer.alloc(16);
		record.writeUInt32LE(i, 0);
		record.writeUInt32LE(frame.length, 8);
		record.writeUInt32LE(frame.length, 12);
		file.push(record, frame);
	}
	return Buffer.concat(file);
}

/** Every `name pos size` of each frame, as tshark gives them. */
async function pdml(path: string): Promise<Array<Set<string>>> {
	const {output} = await run('tshark', ['-r', path, '-T', 'pdml'], 60);
	return output
		.split('<packet>')
		.slice(1)
		.map(packet => {
			const found = new Set<string>();
			for (const [tag] of packet.matchAll(/<field [^>]*>/g)) {
				const part = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
				found.add(`${part('name')} ${part('pos')} ${part('size')}`);
			}
			return found;
		});
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
/** Our nodes of a header at `at`, those that tshark prints too. */
const ours = (table: Header, view: DataView, at: number) =>
	table
		.dissect(view, at)
		.filter(({name}) => !name.slice(name.lastIndexOf('.') + 1).startsWith('_'))
		.map(({name, pos, size}) => `${name} ${pos} ${size}`);

async function compare(pdus: ReadonlyArray<{fromTarget: boolean; bytes: Uint8Array; table: Header; at: number}>): Promise<string[]> {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-tshark-'));
	const path = join(folder, 'pdus.pcap');
	writeFileSync(path, capture(pdus));
	const theirs = await pdml(path);
	rmSync(folder, {recursive: true});
	return pdus.flatMap(({bytes, table, at}, i) => {
		const frame = new Uint8Array(54 + bytes.length);
		frame.set(bytes, 54);
		return ours(table, viewOf(frame), 54 + at).filter(node => !theirs[i]?.has(node));
	});
}

test('tshark names and places every field of every PDU as our tables do', async t => {
	if (!need(t, {programs: ['tshark']})) return;
	const pdus = Object.entries(pduHeaders)
		// without a conversation tshark does not take a Reject's enclosed header apart, and vendor PDUs are heuristics
		.filter(([code]) => ![0x1c, 0x1d, 0x1e, 0x3c, 0x3d, 0x3e].includes(Number(code)))
		.map(([code, table]) => {
			const number = Number(code);
			const data = number === opcode.reject ? bhsLength : 0;
			const bytes = new Uint8Array(bhsLength + data);
			bytes[0] = number === opcode.login ? 0x43 : number;
			// F or T, and what makes tshark print the fields that it prints only sometimes; its heuristics want reserved bits 0
			bytes[1] = {[opcode.login]: 0x87, [opcode.loginResponse]: 0x87, [opcode.dataIn]: 0x81, [opcode.scsiCommand]: 0xc1, [opcode.snack]: 0x80}[number] ?? 0x80;
			if (number === opcode.taskManagement) bytes[1] = 0x85;
			if (number === opcode.reject) {
				bytes[2] = 4;
				bytes[7] = bhsLength;
			}
			bytes.fill(0xff, 16, 20);
			const tagged: readonly number[] = [opcode.nopOut, opcode.nopIn, opcode.text, opcode.textResponse, opcode.dataOut, opcode.r2t];
			if (tagged.includes(number)) bytes.fill(0xff, 20, 24);
			if (number === opcode.r2t) bytes[46] = 2;
			return {fromTarget: (number & 0x20) !== 0, bytes, table, at: 0};
		});
	t.deepEqual(await compare(pdus), []);
});

test('tshark names and places every field of every command as our tables do', async t => {
	if (!need(t, {programs: ['tshark']})) return;
	const pdus = Object.entries(cdbHeaders).map(([code, table], i) => {
		const number = Number(code);
		const bytes = new Uint8Array(bhsLength);
		const cdb = new Uint8Array(16);
		cdb[0] = number;
		// INQUIRY shows its page only with EVPD; the service actions are those of the tables
		if (number === 0x12) cdb[1] = 1;
		// a page of SBC's; those of SPC have another name there
		if (number === 0x1a || number === 0x5a) cdb[2] = 8;
		// a third party's number; scope and type
		if (number === 0x56 || number === 0x57) cdb[1] = 0x10;
		if (number === 0x5f) cdb[1] = 1;
		if (number === 0x9e) cdb[1] = 0x10;
		if (number === 0xa3) cdb[1] = 0x0c;
		scsiCommand.encode({opcode: opcode.scsiCommand, 'scsicommand.F': 1, 'scsicommand.attr': 1, initiatortasktag: i, cmdsn: i, _cdb: cdb}, viewOf(bytes));
		return {fromTarget: false, bytes, table, at: 32};
	});
	t.deepEqual(await compare(pdus), []);
});

test('tshark finds nothing malformed in the traffic of our target and our initiator, with and without digests', async t => {
	if (!need(t, {root: true, programs: ['tshark', 'tcpdump', 'unshare', 'iscsi-ls', 'iscsi-test-cu', 'ip']})) return;
	const folder = mkdtempSync(join(tmpdir(), 'netstress-tshark-'));
	const path = join(folder, 'lo.pcap');
	const scenario = fileURLToPath(new URL('./scenario.js', import.meta.url));
	// a network namespace of its own: nothing else is on this loopback
	const script = `set -e
ip link set lo up
tcpdump -i lo -s 0 -B 262144 -w "$1" port 3260 2>"$1.log" & dump=$!
while ! grep -q listening "$1.log"; do sleep 0.05; done
"$2" "$3"
sleep 1
kill $dump
wait $dump || true`;
	const status = await new Promise<number | null>((resolve, reject) => {
		const child = spawn('unshare', ['-n', 'sh', '-c', script, 'sh', path, process.execPath, scenario], {stdio: ['ignore', 'inherit', 'inherit']});
		child.once('error', reject);
		child.once('close', resolve);
	});
	t.is(status, 0);
	t.regex(readFileSync(`${path}.log`, 'utf8'), /\n0 packets dropped by kernel/);
	const malformed = await run(
		'tshark',
		['-r', path, '-Y', '_ws.malformed', '-T', 'fields', '-e', 'frame.number', '-e', 'iscsi.opcode', '-e', 'scsi_sbc.opcode'],
		120,
	);
	const opcodes = await run('tshark', ['-r', path, '-Y', 'iscsi', '-T', 'fields', '-e', 'iscsi.opcode'], 120);
	rmSync(folder, {recursive: true});
	const seen = new Set(opcodes.output.match(/0x[0-9a-f]{2}/g));
	for (const code of ['0x00', '0x01', '0x03', '0x04', '0x05', '0x06', '0x20', '0x21', '0x23', '0x24', '0x25', '0x26', '0x31', '0x32', '0x02', '0x22', '0x3f']) {
		t.true(seen.has(code), `no PDU of opcode ${code} was seen`);
	}
	t.is(malformed.output.replace(/^Running as user.*$/gm, '').trim(), '');
});
