import test from 'ava';
import fc from 'fast-check';
import {type Chart, lineChart} from '../../src/report/chart.js';
import {escapeText, html, htmlPage, htmlTable} from '../../src/report/html.js';
import {decades, linearScale, logScale} from '../../src/report/scale.js';
import {holds} from '../property.js';

const chart = (series: Chart['series'], log = true): Chart => ({
	title: 'cost',
	x: {label: 'loss', show: String},
	y: {label: 'ms', show: String, log},
	series,
	empty: 'nothing to show',
});
const point = (x: number, y: number, title = `${y} at ${x}`) => ({x, y, title});

test('decades hold every value, and are one at least', t => {
	t.deepEqual(decades([0.001, 0.01]), {least: -3, most: -2});
	t.deepEqual(decades([0.5]), {least: -1, most: 0});
	t.deepEqual(decades([1]), {least: 0, most: 1});
	t.deepEqual(decades([0.0001, 2]), {least: -4, most: 1});
});

test('a logarithmic scale is even in decades, a linear one begins at 0', t => {
	const log = logScale([0.001, 1], 0, 300);
	t.deepEqual(log.ticks, [0.001, 0.01, 0.1, 1]);
	t.deepEqual(
		[0.001, 0.01, 0.1, 1].map(value => Math.round(log.at(value))),
		[0, 100, 200, 300],
	);
	const linear = linearScale([7.2, 3], 200, 0);
	t.deepEqual(linear.ticks, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
	t.deepEqual([linear.at(0), linear.at(8)], [200, 0]);
	t.deepEqual(linearScale([0], 0, 10).ticks.at(0), 0);
});

test('a line is drawn through its points, in the places that the axes say, and the pointer is told', t => {
	const {markup} = lineChart(chart([{name: 'aoe', points: [point(0.001, 10), point(0.01, 100)]}]));
	t.regex(markup, /<path class="line s0" d="M88 274L520 64"/);
	t.regex(markup, /<title>aoe: 10 at 0\.001<\/title>/);
	t.is(markup.match(/<circle/g)?.length, 3, 'two marks and the legend');
});

test('series differ by shape and dashes, not only by colour', t => {
	const names = ['a', 'b', 'c', 'd', 'e', 'f'];
	const {markup} = lineChart(chart(names.map((name, i) => ({name, points: [point(0.01, i + 1)]}))));
	t.is(new Set(markup.match(/stroke-dasharray="[^"]*"/g)).size, 6);
	t.is(
		new Set([...markup.matchAll(/<(circle|polygon) class="mark s\d"(?: points="([^"]*)")?/g)].map(([, kind, points]) => `${kind} ${points?.split(' ').length}`))
			.size,
		4,
	);
});

test('without a point it says why', t => {
	const {markup} = lineChart(chart([{name: 'aoe', points: []}]));
	t.regex(markup, /nothing to show/);
	t.notRegex(markup, /<path/);
});

test('any points: well-formed, finite, every mark and text inside the view box', t => {
	const value = fc.double({min: 1e-6, max: 1e6, noNaN: true});
	const series = fc.array(
		fc.record({name: fc.string({maxLength: 80}), points: fc.array(fc.record({x: value, y: value, title: fc.string()}), {maxLength: 5})}),
		{maxLength: 6},
	);
	holds(
		t,
		fc.property(series, fc.boolean(), (list, log) => {
			const {markup} = lineChart(chart(list, log));
			if (/NaN|Infinity|undefined/.test(markup.replaceAll(/<title>[\s\S]*?<\/title>/g, '').replaceAll(/<text[^>]*>[^<]*<\/text>/g, ''))) return false;
			const numbers = (name: string, most: number) =>
				[...markup.matchAll(new RegExp(` ${name}="(-?[\\d.]+)"`, 'g'))].every(([, text]) => Number(text) >= 0 && Number(text) <= most);
			if (!['x', 'x1', 'x2', 'cx'].every(name => numbers(name, 560)) || !['y', 'y1', 'y2', 'cy'].every(name => numbers(name, 330))) return false;
			const open: string[] = [];
			for (const [, end, name, self] of markup.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
				if (end) {
					if (open.pop() !== name) return false;
				} else if (!self) open.push(name as string);
			}
			return open.length === 0;
		}),
	);
});

test('text is escaped wherever it stands', t => {
	t.is(escapeText(`<a href="x">&'\u0000\u{1f600}`), '&lt;a href=&quot;x&quot;&gt;&amp;&#39;?\u{1f600}');
	const nasty = '<script>alert(1)</script>';
	const page = htmlPage(
		nasty,
		htmlTable([{title: nasty, cell: (row: string) => row}], [nasty], nasty),
		lineChart(chart([{name: nasty, points: [point(1, 1, nasty)]}])),
	);
	t.notRegex(page, /<script/);
	t.is(page.match(/&lt;script&gt;/g)?.length, 8);
	t.is(html`<p>${[html`<b>${1}</b>`, html`<i>${'&'}</i>`]}</p>`.markup, '<p><b>1</b><i>&amp;</i></p>');
});

test('the page asks for nothing from outside, and knows light and dark', t => {
	const page = htmlPage('x');
	t.notRegex(page, /src=|href=|@import|url\(/);
	t.regex(page, /^<!doctype html>/);
	t.regex(page, /prefers-color-scheme:dark/);
});
