import test from 'ava';
import fc from 'fast-check';
import {parseSymbols} from '../../../src/monitor/drops/symbols.js';
import {holds} from '../../property.js';

// modules come last, whatever their addresses (dropwatch issues 72 and 77)
const text = `ffffffff81000000 T _stext
ffffffff81e5a0b0 t __pfx___netif_receive_skb_core.constprop.0
ffffffff81e5a0c0 t __netif_receive_skb_core.constprop.0
ffffffff81e5b000 t __netif_receive_skb_one_core
ffffffff82000000 D some_data
ffffffff82100000 T ip_rcv
ffffffffc0300000 t veth_xmit	[veth]
ffffffffc0200000 t br_handle_frame.cold	[bridge]
`;

test('an address is in the last function that begins before it, in a file that is not sorted', t => {
	const {find, hidden} = parseSymbols(text);
	t.is(hidden, undefined);
	t.deepEqual(find(0xffffffff81e5a0c0n + 0x7e6n), {name: '__netif_receive_skb_core', offset: 0x7e6});
	t.deepEqual(find(0xffffffffc0200010n), {name: 'br_handle_frame', offset: 16});
	t.deepEqual(find(0xffffffffc0300000n), {name: 'veth_xmit', offset: 0});
	t.deepEqual(find(0xffffffff82000001n)?.name, '__netif_receive_skb_one_core'); // data is no function
	t.is(find(1n), undefined);
});

test('hidden addresses are recognised', t => {
	const {find, hidden} = parseSymbols('0000000000000000 T _stext\n0000000000000000 T ip_rcv\n');
	t.regex(hidden!, /kptr_restrict/);
	t.is(find(0xffffffff82100000n), undefined);
	t.regex(parseSymbols('').hidden!, /CONFIG_KALLSYMS/);
});

test('any text is read, and every function is found at its own address', t => {
	holds(
		t,
		fc.property(fc.string(), any => {
			parseSymbols(any).find(5n);
			return true;
		}),
	);
	holds(
		t,
		fc.property(fc.uniqueArray(fc.bigInt({min: 1n, max: 2n ** 64n - 1n}), {minLength: 1}), addresses => {
			const {find} = parseSymbols(addresses.map(address => `${address.toString(16)} t f${address}\n`).join(''));
			return addresses.every(address => find(address)?.name === `f${address}`);
		}),
	);
});
