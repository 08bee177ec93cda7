import test from 'ava';
import {ARGUMENTS_AT, bench, configFrame, type Reply} from './bench.js';
import {aoeConfig} from './tables.js';

const parse = (reply: Reply) => {
	const fields = aoeConfig.decode(reply.view, ARGUMENTS_AT);
	return {...fields, text: Buffer.from(reply.frame.subarray(ARGUMENTS_AT + 8, ARGUMENTS_AT + 8 + fields.length)).toString(), frameLength: reply.frame.length};
};
const withString = (text: string) => bench({unit: {config: new TextEncoder().encode(text), bufferCount: 24}});

test('read gives buffer count, sectors, version and the string; the frame is padded to the shortest there is', t => {
	const {send} = withString('hello');
	t.like(parse(send(configFrame(0))[0]!), {bufcnt: 24, scnt: 2, version: 1, ccmd: 0, text: 'hello', frameLength: 60});
	t.is(parse(bench({mtu: 9000}).send(configFrame(0))[0]!).scnt, 17);
});

test('test exact answers only when equal, test prefix only to a prefix; else there is no answer at all', t => {
	const {send} = withString('hello');
	t.is(send(configFrame(1, 'hello')).length, 1);
	for (const text of ['hell', 'hello!', '', 'HELLO']) t.deepEqual(send(configFrame(1, text)), []);
	for (const text of ['', 'h', 'hell', 'hello']) t.is(send(configFrame(2, text)).length, 1, text);
	for (const text of ['hello!', 'x']) t.deepEqual(send(configFrame(2, text)), []);
});

test('set if empty: success when empty or already equal, else error 4 with the string that is there', t => {
	const {send, unit} = withString('');
	t.is(parse(send(configFrame(3, 'mine'))[0]!).text, 'mine');
	t.is(parse(send(configFrame(3, 'mine'))[0]!).text, 'mine');
	const [refused] = send(configFrame(3, 'yours'));
	t.like(refused!.head, {flags_error: 1, error: 4});
	t.is(parse(refused!).text, 'mine');
	t.is(Buffer.from(unit.config).toString(), 'mine');
});

test('force set always sets, up to 1024 bytes; padding is no string', t => {
	const {send} = withString('old');
	t.is(parse(send(configFrame(4, 'new', {padding: 25}))[0]!).text, 'new');
	const longest = 'x'.repeat(1024);
	t.is(parse(send(configFrame(4, longest))[0]!).text, longest);
	t.is(parse(send(configFrame(4, ''))[0]!).text, '');
});

test('a length beyond the frame or beyond 1024, and an unknown ccmd, are bad arguments', t => {
	const {send, unit} = withString('keep');
	t.like(send(configFrame(4, 'abc', {length: 4}))[0]!.head, {flags_error: 1, error: 2});
	t.like(send(configFrame(4, 'x'.repeat(1025)))[0]!.head, {flags_error: 1, error: 2});
	for (const ccmd of [5, 15]) t.like(send(configFrame(ccmd))[0]!.head, {flags_error: 1, error: 2});
	t.is(Buffer.from(unit.config).toString(), 'keep');
});
