import test from 'ava';
import fc from 'fast-check';
import {showDrops, wrap} from '../../tools/drops-report.js';
import {drop} from '../monitor/drops/make.js';
import {holds} from '../property.js';

test('losses come first, the harmless apart, each reason of loss with what to do; lines keep to the width', t => {
	const drops = [drop({count: 5}), drop({reason: 'UNHANDLED_PROTO', symbol: '__netif_receive_skb_core', kind: 'harmless', place: 'unhandled', count: 7000})];
	const rest = {source: 'bpf', cannotSee: ['this', 'that'], lostEvents: 3, unattributed: 2, iface: 'eth0'};
	for (const width of [80, 200]) {
		const text = showDrops({drops, ...rest}, width);
		t.true(text.indexOf('5 lost') < text.indexOf('7000 harmless'), text);
		t.regex(text, /SOCKET_RCVBUFF: .*rmem_max/s);
		t.notRegex(text, /UNHANDLED_PROTO:/);
		t.regex(text, /3 more drops happened/);
		t.regex(text, /counted by bpf, which cannot see: this; that/);
		for (const line of text.split('\n')) t.true(line.length <= width, line);
	}
	t.regex(showDrops({drops: [], ...rest}, 80), /^nothing was dropped/);
});

test('words are wrapped and none is lost', t => {
	holds(
		t,
		fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), {minLength: 1}), fc.integer({min: 16, max: 80}), (words, width) => {
			const lines = wrap(words.join(' '), width).split('\n');
			return lines.every(line => line.length <= width) && lines.join(' ').split(/ +/).join(' ') === words.join(' ');
		}),
	);
});
