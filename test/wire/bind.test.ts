import test from 'ava';
import {aoe} from '../../src/wire/aoe.js';
import {bind, bindings, bound} from '../../src/wire/bind.js';
import {ipv4} from '../../src/wire/ipv4.js';
import '../../src/wire/stack.js';
import {tcp} from '../../src/wire/tcp.js';

test('the stack binds EtherTypes, IP protocols and ports', t => {
	t.is(bound('eth.type', 0x88a2), aoe);
	t.is(bound('ip.proto', 6), tcp);
	t.is(bound('tcp.port', 3260)?.proto, 'iscsi');
	t.is(bound('eth.type', 0x1234), undefined);
	t.is(bound('no.such.key', 1), undefined);
});

test('a second protocol on one value is refused, and the first stays', t => {
	t.throws(() => bind('eth.type', 0x88a2, ipv4), {instanceOf: RangeError, message: /eth\.type 34978 is bound to aoe already; ip cannot have it too/});
	t.is(bound('eth.type', 0x88a2), aoe);
});

test('every binding is listed once', t => {
	const all = bindings().map(({key, value}) => `${key} ${value}`);
	t.is(new Set(all).size, all.length);
	t.true(all.includes('ip.proto 58'));
});
