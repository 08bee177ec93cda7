// Every panel at every size: nothing overlaps, nothing is longer than its box, and what matters most is there.
import test from 'ava';
import fc from 'fast-check';
import {drawPanel} from '../../src/top/draw.js';
import {type Box, layout, smallest} from '../../src/top/layout.js';
import type {Frame} from '../../src/top/model.js';
import {chartOf, chartTitle, plot} from '../../src/top/panels/charts.js';
import {helpLines} from '../../src/top/panels/foot.js';
import {type Line, textOf} from '../../src/top/text.js';
import {listNames, type View} from '../../src/top/view.js';
import {holds} from '../property.js';
import {drop, runOf, sample, seconds, view} from './samples.js';

/** All lines of a box, charts by letters. */
function linesOf(box: Box, frame: Frame | undefined, shown: View): Line[] {
	if (box.panel !== 'rates' && box.panel !== 'lossRates') return drawPanel(box, frame, shown);
	if (frame === undefined) return [];
	const chart = chartOf(box.panel, frame, shown, box.width - 9);
	return [chartTitle(box.panel, chart, shown, box.width, true), ...plot(chart, box.width, box.height - 1, shown)];
}

/** The screen as text. */
function screenOf(width: number, height: number, frame: Frame | undefined, shown: View): string[] {
	const cells = Array.from({length: height}, () => new Array<string>(width).fill(' '));
	for (const box of layout(width, height, frame?.cpus.length))
		linesOf(box, frame, shown).forEach((line, y) => {
			[...textOf(line)].forEach((letter, x) => {
				(cells[box.top + y] as string[])[box.left + x] = letter;
			});
		});
	return cells.map(row => row.join('').trimEnd());
}

const overlap = (a: Box, b: Box) => a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;

test('boxes never overlap and never leave the screen, at any size and with any number of CPUs', t =>
	holds(
		t,
		fc.property(
			fc.integer({min: smallest.width, max: 400}),
			fc.integer({min: smallest.height, max: 150}),
			fc.integer({min: 1, max: 256}),
			(width, height, cpus) => {
				const boxes = layout(width, height, cpus);
				return (
					boxes.length >= 6 &&
					boxes.every(
						box => box.width > 0 && box.height > 0 && box.left >= 0 && box.left + box.width <= width && box.top >= 0 && box.top + box.height <= height,
					) &&
					boxes.every((a, i) => boxes.slice(i + 1).every(b => !overlap(a, b)))
				);
			},
		),
	));

test('below the smallest size there is no panel', t => {
	t.deepEqual(layout(smallest.width - 1, 24), []);
	t.deepEqual(layout(80, smallest.height - 1), []);
});

const long = 'x'.repeat(300);
const crowd = () => {
	const many = Array.from({length: 40}, (_, i) => drop({reason: `REASON_${i}`, symbol: `${long}${i}`, namespace: long, count: 10 ** (i % 12)}));
	const run = runOf(seconds(6));
	run.add(sample(7, {drops: {source: 'counters', lostEvents: 12, elsewhere: 40_000, passedOver: [{name: 'bpf', why: long}], drops: many}}));
	return run.frame()!;
};

for (const [width, height] of [
	[60, 16],
	[80, 24],
	[120, 40],
	[200, 60],
	[300, 100],
] as const)
	for (const ascii of [false, true])
		test(`${width}x${height}${ascii ? ' in ASCII' : ''}: no line is longer than its box, no panel higher`, t => {
			for (const frame of [undefined, runOf([sample(1)]).frame()!, runOf(seconds(30)).frame()!, crowd()])
				for (const focus of listNames)
					for (const more of [{}, {iface: 'eth0'}, {message: long}, {replay: long, ended: true, paused: true}, {recording: long, paused: true}]) {
						const shown = view({focus, ...more}, ascii);
						for (const box of layout(width, height, frame?.cpus.length)) {
							const lines = linesOf(box, frame, shown);
							t.true(lines.length <= box.height, `${box.panel} has ${lines.length} of ${box.height} lines`);
							for (const line of lines) {
								const text = textOf(line);
								t.true(text.length <= box.width, `${box.panel}: ${text}`);
								if (ascii) t.regex(text, /^[ -~]*$/, box.panel);
							}
						}
					}
			for (const line of helpLines(view())) t.true(textOf(line).length <= 80);
		});

test('80x24 says where frames die, why, and what to do, without a key', t => {
	const text = screenOf(80, 24, runOf(seconds(30)).frame(), view()).join('\n');
	t.regex(text, /▲ losing 120\/s: NIC's receive ring full 100\/s, receive buffer full 20\/s/);
	t.regex(text, /✕▲ {2}NIC's receive ring fu[^\n]* 3000 +100\/s +eth0 rtnl rx_missed_errors/);
	t.regex(text, /try ethtool -G eth0 rx N/);
	t.regex(text, /✕▲ {2}SOCKET_RCVBUFF +600 +20\/s +IPv4 +eth0 +udp_queue_rcv_one_skb/);
	t.regex(text, /SOCKET_RCVBUFF: the socket's receive buffer was full; read the socket/);
	t.regex(text, /^softnet {2}1 CPUs? {2}1 k\/s/m);
	t.regex(text, /^q quit {2}p pause {2}\? help/m);
});

test('200x60 has everything', t => {
	const text = screenOf(200, 60, runOf(seconds(30)).frame(), view()).join('\n');
	for (const part of [
		/eth0 +veth +1 k +800 kbit\/s +50 +40 kbit\/s +3000 +100\/s +[▁-█]+/,
		/softnet, each CPU/,
		/aoe +500 +512 kB\/s +90\.0 us +400 us +1\.20 ms +2 +30 +15000 +100 %/,
		/4711 +25 % +64 MiB +9 +disk\.img --aoe eth0:1\.1/,
		/by rules 90/,
	])
		t.regex(text, part);
});

test('the chosen row is filled to the edge, and its sentence follows it', t => {
	const frame = runOf(seconds(3)).frame()!;
	const box = layout(80, 24).find(({panel}) => panel === 'drops')!;
	const shown = view({focus: 'drops'});
	shown.selected.drops = 1;
	const lines = drawPanel(box, frame, shown);
	const chosen = lines.filter(([first]) => first?.style === 'selected');
	t.is(chosen.length, 1);
	t.is(textOf(chosen[0]!).length, 80);
	t.regex(textOf(chosen[0]!), /UNHANDLED_PROTO/);
	t.regex(lines.map(textOf).join('\n'), /UNHANDLED_PROTO: no program and no protocol/);
});

test('control characters and wide letters of names never reach the screen', t => {
	const run = runOf([
		sample(0),
		sample(1, {drops: {source: 'bpf', lostEvents: 0, elsewhere: 0, passedOver: [], drops: [drop({reason: 'A\x1b[2J{bold}', iface: '網\n'})]}}),
	]);
	const text = screenOf(80, 24, run.frame(), view()).join('\n');
	t.regex(text, /^[\n -~\u2500-\u25ff…✕·]*$/);
	t.regex(text, /A\?\[2J\{bold\}/);
});
