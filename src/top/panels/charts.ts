// The charts of rates and of losses: which lines, how high, what their title says. blessed-contrib draws them where colours and Unicode can be had (chart-widget.ts);
// elsewhere each line is of its own letter (`plot`).
import {showCount} from '../../base/units.js';
import {linearScale} from '../../report/scale.js';
import {type Point, series, spanOf} from '../history.js';
import type {Frame} from '../model.js';
import {clip, type Line, plain, type Span, type Style, span} from '../text.js';
import type {View} from '../view.js';
import {titleLine} from './title.js';

export interface ChartLine {
	readonly name: string;
	readonly style: Style;
	/** What draws it where there is no colour. */
	readonly letter: string;
	readonly values: readonly number[];
	readonly now: number;
}

export interface Chart {
	readonly lines: readonly ChartLine[];
	/** The top of the scale, and how far back the left edge is. */
	readonly top: number;
	readonly seconds: number;
}

const looks: readonly {style: Style; letter: string}[] = [
	{style: 'first', letter: '*'},
	{style: 'second', letter: 'o'},
	{style: 'third', letter: '+'},
];
/** So many lines can be told apart. */
const mostLines = looks.length;

const rateOf = (point: Point, iface: string, key: 'receivedPps' | 'sentPps' | 'lostPps') => point.interfaces.get(iface)?.[key] ?? 0;

/** The interfaces that did most in the time of the chart; loopback only where nothing else did anything. */
function busiest(points: readonly Point[], pick: (point: Point, iface: string) => number): string[] {
	const sums = new Map<string, number>();
	for (const point of points) for (const iface of point.interfaces.keys()) sums.set(iface, (sums.get(iface) ?? 0) + pick(point, iface) * point.seconds);
	return [...sums]
		.filter(([, sum]) => sum > 0)
		.sort((a, b) => b[1] - a[1])
		.map(([iface]) => iface);
}

type Pick = readonly [name: string, pick: (point: Point) => number];

function picks(kind: 'rates' | 'lossRates', points: readonly Point[], iface: string | undefined): Pick[] {
	if (kind === 'lossRates') {
		const own = iface === undefined ? busiest(points, (point, name) => rateOf(point, name, 'lostPps')).slice(0, mostLines - 1) : [iface];
		return [['all', point => point.lostPps], ...own.map((name): Pick => [name, point => rateOf(point, name, 'lostPps')])];
	}
	if (iface !== undefined)
		return [
			['in', point => rateOf(point, iface, 'receivedPps')],
			['out', point => rateOf(point, iface, 'sentPps')],
		];
	const both = (point: Point, name: string) => rateOf(point, name, 'receivedPps') + rateOf(point, name, 'sentPps');
	return busiest(points, both)
		.slice(0, mostLines)
		.map((name): Pick => [name, point => both(point, name)]);
}

/** The lines of a chart in `columns` values each. */
export function chartOf(kind: 'rates' | 'lossRates', {points}: Frame, {iface}: View, columns: number): Chart {
	const last = points.at(-1);
	// with losses the sum is orange and comes first; an interface's part of it lies over it
	const shift = kind === 'lossRates' ? 1 : 0;
	const lines = picks(kind, points, iface).map(([name, pick], i): ChartLine => {
		const look = looks[(i + shift) % mostLines] as (typeof looks)[number];
		return {name: plain(name), ...look, values: series(points, pick, columns), now: last === undefined ? 0 : pick(last)};
	});
	const {ticks} = linearScale([1, ...lines.flatMap(({values}) => values)], 0, 1);
	return {lines, top: ticks.at(-1) ?? 1, seconds: spanOf(points)};
}

/** The title of a chart is its legend, with what each line is now. */
export function chartTitle(kind: 'rates' | 'lossRates', chart: Chart, view: View, width: number, letters: boolean): Line {
	const name = kind === 'rates' ? (view.iface === undefined ? 'frames/s in + out' : `${plain(view.iface)} frames/s`) : 'lost/s';
	const facts = chart.lines.map(({name: line, style, letter, now}) => span(`${letters ? `${letter} ` : ''}${line} ${showCount(now)} `, style));
	return titleLine(name, facts, width, view.marks);
}

/** Seconds before now, as the axis has them. */
export const ago = (seconds: number): string =>
	seconds < 0.5 ? 'now' : seconds >= 60 && Math.abs(seconds % 60) < 0.5 ? `-${Math.round(seconds / 60)}min` : `-${Math.round(seconds)}s`;

/** How many columns the labels of the left axis take. */
export const axisWidth = 8;

/** A chart of letters: no colour, no Unicode needed. */
export function plot({lines, top, seconds}: Chart, width: number, height: number, {marks}: View): Line[] {
	const room = width - axisWidth - 1;
	const rows = height - 1;
	if (rows < 1 || room < 8) return [];
	const out: Line[] = [];
	for (let row = 0; row < rows; row++) {
		const label = row === 0 ? showCount(top) : row === rows - 1 ? '0' : rows >= 5 && row === Math.floor((rows - 1) / 2) ? showCount(top / 2) : '';
		const cells = new Array<Span>(room).fill(span(' '));
		for (const {values, letter, style} of lines)
			values.slice(-room).forEach((value, i) => {
				const at = rows - 1 - Math.round((Math.min(value, top) / top) * (rows - 1));
				if (at === row) cells[i] = span(letter, style);
			});
		out.push([span(`${label.padStart(axisWidth)}|`, 'dim'), ...joined(cells)]);
	}
	const left = ago(seconds);
	out.push([span(`${' '.repeat(axisWidth)}+${left}${'-'.repeat(Math.max(0, room - left.length - 3))}now`, 'dim')]);
	return out.map(line => clip(line, width, marks));
}

/** Neighbours of one style as one span. */
function joined(cells: readonly Span[]): Span[] {
	const out: Span[] = [];
	for (const {text, style} of cells) {
		const last = out.at(-1);
		if (last?.style === style) out[out.length - 1] = {text: last.text + text, style};
		else out.push({text, style});
	}
	return out;
}
