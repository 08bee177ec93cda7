import test from 'ava';
import fc from 'fast-check';
import type {IncomingFrame} from '../../../src/fcoe/frame.js';
import {readResponse} from '../../../src/initiator/fcoe/response.js';
import {holds} from '../../property.js';

/** A frame whose payload is these bytes, somewhere in a larger buffer. */
function frameOf(payload: readonly number[]): IncomingFrame {
	const bytes = new Uint8Array(payload.length + 60).fill(0xee);
	bytes.set(payload, 40);
	return {bytes, view: new DataView(bytes.buffer), at: 40, length: payload.length} as unknown as IncomingFrame;
}
/** FCP_RSP (FCP-4 table 26): 8 reserved, 2 retry delay, flags, status, residual, length of sense, length of response data. */
const response = (flags: number, status: number, resid: number, sense: readonly number[] = [], info: readonly number[] = []) => [
	...new Array(10).fill(0),
	flags,
	status,
	...[resid, sense.length, info.length].flatMap(word => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]),
	...info,
	...sense,
];
const read = {isRead: true, expected: 4096, covered: 1024};

test('good status: all data is due, less what the target says it left out', t => {
	t.like(readResponse(frameOf(response(0, 0, 0)), read), {code: 0, due: 4096, result: {status: 0, received: 4096, residual: 0}});
	t.like(readResponse(frameOf(response(8, 0, 96)), read), {due: 4000, result: {received: 4000, residual: 96}});
	t.like(readResponse(frameOf(response(4, 0, 96)), read), {due: 4096, result: {residual: -96}});
});

test('the short form has no residual and no sense', t => {
	const short = response(8, 0, 96).slice(0, 12);
	t.like(readResponse(frameOf(short), read), {due: 4096, result: {residual: 0}});
	t.is(readResponse(frameOf(short.slice(0, 11)), read), undefined);
});

test('sense stands behind the response data, and ends with the frame', t => {
	const sense = [0x70, 0, 5, 0, 0, 0, 0, 10];
	const whole = readResponse(frameOf(response(3, 2, 0, sense, [0, 0, 0, 0, 0, 0, 0, 0])), read);
	t.deepEqual([...(whole?.result.sense ?? [])], sense);
	t.is(whole?.due, 1024, 'a failed read has the data that came');
	const cut = readResponse(frameOf(response(3, 2, 0, sense, [0, 0, 0, 0, 0, 0, 0, 0]).slice(0, -3)), read);
	t.is(cut?.result.sense.length, 5);
});

test('a response code is a refusal', t => {
	t.is(readResponse(frameOf(response(1, 0, 0, [], [0, 0, 0, 2, 0, 0, 0, 0])), read)?.code, 2);
});

test('any bytes give a result within the frame, or none', t => {
	holds(
		t,
		fc.property(fc.uint8Array({maxLength: 64}), bytes => {
			const found = readResponse(frameOf([...bytes]), read);
			if (found === undefined) return bytes.length < 12;
			return found.result.sense.length <= bytes.length && (bytes.includes(0xee) || !found.result.sense.includes(0xee)) && found.due >= 0 && found.due <= 4096;
		}),
	);
});
