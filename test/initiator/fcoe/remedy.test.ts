import test from 'ava';
import {Exchange} from '../../../src/initiator/fcoe/exchange.js';
import {remedyFor} from '../../../src/initiator/fcoe/remedy.js';
import {rCtl} from '../../../src/wire/fc.js';
import {eStat} from '../../../src/wire/fc-els.js';

const command = {lun: 0n, cdb: new Uint8Array(16), done() {}};
const read = (...got: [number, number][]) => {
	const exchange = new Exchange({...command, dataIn: new Uint8Array(8192)});
	for (const [from, to] of got) exchange.got.add(from, to);
	return exchange;
};
const write = (sent: number) => Object.assign(new Exchange({...command, dataOut: new Uint8Array(8192)}), {sentData: sent});

test('a target that is still at work is waited for', t => {
	t.deepEqual(remedyFor(read(), eStat.initiative, 0, true), {kind: 'wait'});
	t.deepEqual(remedyFor(write(0), eStat.initiative, 0, false), {kind: 'wait'});
});

test('a read that is complete at the target: the first hole again, or the response alone', t => {
	const hole = remedyFor(read([0, 2048], [4096, 8192]), eStat.complete, 8192, true);
	t.deepEqual(hole, {kind: 'resend', lost: 'data', offset: 2048, bytes: 2048, unit: rCtl.solicitedData, from: 2048});
	const status = remedyFor(read([0, 8192]), eStat.complete, 8192, true);
	t.deepEqual(status, {kind: 'resend', lost: 'response', offset: undefined, bytes: 0, unit: rCtl.commandStatus, from: 0});
});

test('a write that waits for data: what the target has decides what was lost', t => {
	t.like(remedyFor(write(4096), 0, 2048, true), {lost: 'write data', unit: rCtl.dataDescriptor, from: 2048});
	t.like(remedyFor(write(2048), 0, 2048, true), {lost: 'transfer-ready', unit: rCtl.dataDescriptor, from: 2048});
	t.like(remedyFor(write(8192), eStat.complete, 8192, true), {lost: 'response', unit: rCtl.commandStatus});
});

test('without sequence retransmission everything ends in an abort, and says what was lost', t => {
	t.like(remedyFor(write(0), 0, 0, false), {kind: 'abort', lost: 'transfer-ready'});
	t.like(remedyFor(write(4096), 0, 2048, false), {kind: 'abort', lost: 'write data', offset: 2048});
	t.like(remedyFor(read([2048, 8192]), eStat.complete, 8192, false), {kind: 'abort', lost: 'data', offset: 0, bytes: 2048});
	t.like(remedyFor(read([0, 8192]), eStat.complete, 8192, false), {kind: 'abort', lost: 'response'});
});
