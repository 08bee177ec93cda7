import test from 'ava';
import fc from 'fast-check';
import {parseStat, targetWords} from '../../src/top/targets.js';
import {holds} from '../property.js';

test('a target is found by its own command line, not by one that only names it', t => {
	t.is(targetWords('node\0/opt/netstress/dist/tools/netstress.js\0target\0disk.img\0--aoe\0eth0:1.1\0'), 'disk.img --aoe eth0:1.1');
	t.is(targetWords('/usr/bin/netstress\0--quiet\0target\0x\0'), 'x');
	t.is(targetWords('node\0--enable-source-maps\0netstress.js\0target\0x\0'), 'x');
	t.is(targetWords('ip\0netns\0exec\0blue\0node\0netstress.js\0target\0x\0'), undefined);
	t.is(targetWords('node\0netstress.js\0top\0'), undefined);
	t.is(targetWords('vim\0target\0'), undefined);
	t.is(targetWords(''), undefined);
});

test('CPU time and threads, whatever the process is called', t => {
	const stat = '4711 (a) b) R) S 1 4711 4711 0 -1 4194560 1 0 0 0 250 150 0 0 20 0 9 0 100 1 1';
	t.deepEqual(parseStat(stat), {cpuSeconds: 4, threads: 9});
	t.is(parseStat(''), undefined);
});

test('any text', t =>
	holds(
		t,
		fc.property(fc.string(), text => {
			const stat = parseStat(text);
			return (stat === undefined || Number.isFinite(stat.cpuSeconds)) && ['string', 'undefined'].includes(typeof targetWords(text));
		}),
	));
