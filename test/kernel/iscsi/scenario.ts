// Traffic of every kind between our target and initiators, on port 3260 of this namespace's loopback. Run by tshark.test.ts.
import {createConnection} from 'node:net';
import {memoryVolume} from '../../../src/disk/memory.js';
import {discoverIscsi} from '../../../src/initiator/iscsi/discover.js';
import {type IscsiOptions, openIscsi} from '../../../src/initiator/iscsi/session.js';
import type {BlockRequest} from '../../../src/initiator/session.js';
import {startIscsiServer} from '../../../src/target/iscsi/server.js';
import {iqn, run} from './support.js';

const volume = memoryVolume(16 * 2 ** 20);
const server = await startIscsiServer({port: 3260, iqn, volumes: [volume], pingSeconds: 1});
const url = `iscsi://127.0.0.1/${iqn}/0`;
const expect = (good: boolean, what: string) => {
	if (!good) throw new Error(what);
};

for (const [program, args] of [
	['iscsi-ls', ['-s', 'iscsi://127.0.0.1']],
	['iscsi-inq', [url]],
	['iscsi-readcapacity16', [url]],
	['iscsi-test-cu', ['-d', '-t', 'ALL.Write10.BeyondEol,ALL.Read16.BeyondEol,ALL.iSCSITMF', url]],
] as const) {
	const {status, output} = await run(program, args);
	expect(status === 0, `${program}: ${output}`);
}

await discoverIscsi('127.0.0.1');
for (const options of [{}, {headerDigest: true}, {headerDigest: true, dataDigest: true}] satisfies IscsiOptions[]) {
	const session = await openIscsi(url, {...options, pingSeconds: 0});
	const io = (op: BlockRequest['op'], position: number, bytes: Uint8Array) =>
		new Promise<void>((resolve, reject) => session.submit({op, position, bytes, done: error => (error ? reject(error) : resolve())}));
	for (const length of [512, 65_536, 524_288]) {
		const written = new Uint8Array(length).map((_, i) => i);
		await io('write', 512, written);
		const read = new Uint8Array(length);
		await io('read', 512, read);
		expect(Buffer.compare(written, read) === 0, 'what was read is not what was written');
	}
	await io('flush', 0, new Uint8Array(0));
	// silence until the target asks with a NOP-In
	const {pings} = server.stats;
	while (server.stats.pings === pings) await new Promise(resolve => setTimeout(resolve, 50));
	await session.close();
}
// a first PDU that is no login is rejected
await new Promise<void>(resolve => {
	const socket = createConnection(3260, '127.0.0.1', () => socket.write(Buffer.from(`4080${'00'.repeat(14)}00000001ffffffff${'00'.repeat(24)}`, 'hex')));
	socket.on('data', () => undefined);
	socket.on('close', () => resolve());
	socket.on('end', () => socket.end());
});
// the last session is open when the target goes: it is asked to log out
const session = await openIscsi(url);
await server.close();
await session.close();
process.exit(0);
