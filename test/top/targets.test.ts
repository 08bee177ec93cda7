import test from 'ava';
import fc from 'fast-check';
import {parseStat, ratesOf, targetWords, totalsOf} from '../../src/top/targets.js';
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

const totals = {port: 'aoe:eth0', initiators: null, commands: 100, readBytes: 4096, writtenBytes: 512, failed: 4, errors: 1, lost: 2};

test('rates are what came between two answers; a port that is new, or a target that began again, has none', t => {
	const later = {...totals, commands: 300, readBytes: 8192, lost: 5};
	const rates = {port: 'aoe:eth0', initiators: null, commandsPerSecond: 100, readPerSecond: 2048, writtenPerSecond: 0, failed: 4, errors: 1, lost: 5};
	t.deepEqual(ratesOf([later], [totals], 2), [rates]);
	t.like(ratesOf([later], [], 2)[0], {commandsPerSecond: 0, readPerSecond: 0, lost: 5});
	t.like(ratesOf([totals], [later], 2)[0], {commandsPerSecond: 0});
	t.like(ratesOf([later], [totals], 0)[0], {commandsPerSecond: 0});
});

test('an answer is believed only whole', t => {
	t.deepEqual(totalsOf({type: 'statistics', ports: [totals]}), [totals]);
	for (const bad of [undefined, null, [], {type: 'summary', ports: []}, {type: 'statistics'}, {type: 'statistics', ports: [{...totals, lost: '2'}]}])
		t.is(totalsOf(bad), undefined);
});

test('any answer', t =>
	holds(
		t,
		fc.property(fc.jsonValue(), fc.jsonValue(), (answer, ports) =>
			[totalsOf(answer), totalsOf({type: 'statistics', ports})].every(rows => rows === undefined || Array.isArray(rows)),
		),
	));
