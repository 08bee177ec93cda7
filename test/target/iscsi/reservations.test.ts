// Reservations through PDUs: the parameter list on its ways in, the port's identity over a lost session, and whose commands are aborted.
import test from 'ava';
import {opcode} from '../../../src/wire/iscsi-names.js';
import {reserveOutParameters} from '../../../src/wire/scsi-reservation.js';
import {bench, type Client, pduOf, type Reply} from './bench.js';

const initiators = ['iqn.2026-01.netstress:one', 'iqn.2026-01.netstress:two'] as const;
const ready = '00000000000000000000000000000000';
const read512 = '28000000000000000100000000000000';
const write512 = '2a000000000000000100000000000000';
const out = (action: number, type = 0) => `5f0${action}0${type}00000000001800`.padEnd(32, '0');

function join(from: ReturnType<typeof bench>, who: 0 | 1, isid = 1): Client {
	const client = from.connect();
	client.login([], {InitiatorName: initiators[who]}, isid);
	client.send(client.command(ready));
	return client;
}

function list(key: bigint, actionKey: bigint): Uint8Array {
	const bytes = new Uint8Array(24);
	reserveOutParameters.encode({_key: key, _action_key: actionKey}, new DataView(bytes.buffer));
	return bytes;
}

const statusOf = (replies: readonly Reply[]) => replies.map(({opcode: code, view}) => [code, view.getUint8(3)]);
const good = [[opcode.scsiResponse, 0]];
const conflict = [[opcode.scsiResponse, 0x18]];
const prout = (client: Client, action: number, key: bigint, actionKey = 0n, type = 0) =>
	statusOf(client.send(client.write(out(action, type), 24, list(key, actionKey))));
const read = (client: Client) => statusOf(client.send(client.read(read512, 512)));

test('a port that comes back finds its registration, its reservation, and nobody else in', t => {
	const from = bench();
	const one = join(from, 0);
	const two = join(from, 1);
	t.deepEqual(prout(one, 0, 0n, 1n), good);
	t.deepEqual(prout(one, 1, 1n, 0n, 3), good);
	t.deepEqual(read(two), conflict);
	one.connection.closed();
	t.deepEqual(read(two), conflict);
	const again = join(from, 0);
	t.deepEqual(read(again), [[opcode.dataIn, 0]]);
	const otherPort = join(from, 0, 2);
	t.deepEqual(read(otherPort), conflict, 'another ISID is another port');
	t.deepEqual(prout(again, 2, 1n, 0n, 3), good);
	t.deepEqual(read(two), [[opcode.dataIn, 0]]);
});

test('a name is the same in any case', t => {
	const from = bench();
	prout(join(from, 0), 0, 0n, 1n);
	const shouting = from.connect();
	shouting.login([], {InitiatorName: initiators[0].toUpperCase()});
	shouting.send(shouting.command(ready));
	t.deepEqual(prout(shouting, 1, 1n, 0n, 3), good);
});

test('a parameter list is asked for when it does not come with the command', t => {
	const from = bench();
	const one = join(from, 0);
	const [r2t] = one.send(one.write(out(0), 24));
	t.is(r2t?.opcode, opcode.r2t);
	t.is(r2t?.view.getUint32(44), 24);
	const data = pduOf(
		view => {
			view.setUint8(0, opcode.dataOut);
			view.setUint8(1, 0x80);
			view.setUint32(4, 24);
			view.setUint32(16, one.tag);
			view.setUint32(20, r2t?.view.getUint32(20) ?? 0);
		},
		list(0n, 5n),
	);
	t.deepEqual(statusOf(one.send(data)), good);
	t.deepEqual(prout(one, 1, 5n, 0n, 1), good);
	t.is(from.target.counters.writtenBytes, 0);
});

test('a parameter list that does not come is a fault, not a success', t => {
	const one = join(bench(), 0);
	for (const more of [one.write(out(0), 0), one.command(out(0)), one.write(out(0), 8, new Uint8Array(8))]) {
		const [reply] = one.send(more);
		t.is(reply?.view.getUint8(3), 2);
		t.is(reply?.data[2 + 12], 0x1a);
	}
	t.deepEqual(prout(one, 1, 0n, 0n, 1), conflict, 'nothing was registered');
});

test('PREEMPT AND ABORT ends the commands of the other, and they are never answered', t => {
	const from = bench();
	const one = join(from, 0);
	const two = join(from, 1);
	prout(one, 0, 0n, 1n);
	prout(two, 0, 0n, 2n);
	const [r2t] = two.send(two.write(write512, 512));
	t.is(r2t?.opcode, opcode.r2t);
	t.deepEqual(prout(one, 5, 1n, 2n, 1), good);
	const data = pduOf(view => {
		view.setUint8(0, opcode.dataOut);
		view.setUint8(1, 0x80);
		view.setUint32(4, 512);
		view.setUint32(16, two.tag);
		view.setUint32(20, r2t?.view.getUint32(20) ?? 0);
	}, new Uint8Array(512));
	t.deepEqual(two.send(data), []);
	t.is(from.volume.counters.writes, 0);
	const [heard] = two.send(two.command(ready));
	t.deepEqual([...(heard?.data.subarray(14, 16) ?? [])], [0x2a, 0x05], 'registrations preempted');
	t.deepEqual(statusOf(two.send(two.command(ready))), good);
});
