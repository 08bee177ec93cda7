// A line chart as SVG: a few series over a logarithmic axis. Colours come from the page (html.ts); a series is told apart by the shape of its
// marks and the dashes of its line as well.
import {html, type Markup} from './html.js';
import {linearScale, logScale, type Scale} from './scale.js';

export interface ChartPoint {
	readonly x: number;
	readonly y: number;
	/** Between what the value may lie; drawn as a bar. */
	readonly range?: {readonly min: number; readonly max: number} | undefined;
	/** What the pointer is told. */
	readonly title: string;
}

export interface Chart {
	readonly title: string;
	readonly x: {readonly label: string; readonly show: (value: number) => string};
	readonly y: {readonly label: string; readonly show: (value: number) => string; readonly log: boolean};
	/** Six at the most. Points above 0 on both axes, in the order of x; on a linear y axis from 0. */
	readonly series: readonly {readonly name: string; readonly points: readonly ChartPoint[]}[];
	/** What stands there when no series has a point. */
	readonly empty: string;
}

const size = {width: 560, height: 330};
const inside = {left: 72, right: 536, top: 64, bottom: 274};
const dashes = ['', '7 3', '2 3', '9 3 2 3', '4 4', '1 4'];
/** Pixels that a character of 12 px text takes at the most, for what must fit. */
const characterWidth = 7.5;

const pixel = (value: number) => Number(value.toFixed(1));

/** The mark of series number `i` around a pixel. */
function mark(i: number, x: number, y: number): Markup {
	const [a, b] = [pixel(x), pixel(y)];
	const polygon = (...points: (readonly [number, number])[]) =>
		html`<polygon class="mark s${i}" points="${points.map(([dx, dy]) => `${pixel(a + dx)},${pixel(b + dy)}`).join(' ')}"/>`;
	switch (i % 6) {
		case 0:
			return html`<circle class="mark s0" cx="${a}" cy="${b}" r="4.5"/>`;
		case 1:
			return polygon([-4, -4], [4, -4], [4, 4], [-4, 4]);
		case 2:
			return polygon([0, -5.5], [5, 4], [-5, 4]);
		case 3:
			return polygon([0, -6], [6, 0], [0, 6], [-6, 0]);
		case 4:
			return polygon([0, 5.5], [5, -4], [-5, -4]);
		default:
			return polygon([-5, -2], [0, -6], [5, -2], [3, 4], [-3, 4]);
	}
}

/** Names of the series in rows that fit the width. */
function legend(names: readonly string[]): Markup[] {
	let x: number = inside.left;
	let y = 44;
	return names.map((name, i) => {
		const short = name.length > 48 ? `${name.slice(0, 47)}…` : name;
		const width = 34 + short.length * characterWidth;
		if (x > inside.left && x + width > inside.right) {
			x = inside.left;
			y += 15;
		}
		const item = html`<line class="line s${i}" x1="${pixel(x)}" y1="${y - 4}" x2="${pixel(x + 22)}" y2="${y - 4}" stroke-dasharray="${dashes[i % 6] as string}"/>${mark(i, x + 11, y - 4)}<text x="${pixel(x + 28)}" y="${y}">${short}</text>\n`;
		x += width + 8;
		return item;
	});
}

function axes({x, y}: Chart, xs: Scale, ys: Scale): Markup[] {
	const {left, right, top, bottom} = inside;
	const across = ys.ticks.map(value => {
		const at = pixel(ys.at(value));
		return html`<line class="grid" x1="${left}" y1="${at}" x2="${right}" y2="${at}"/><text class="dim" x="${left - 8}" y="${at + 4}" text-anchor="end">${y.show(value)}</text>\n`;
	});
	const up = xs.ticks.map(value => {
		const at = pixel(xs.at(value));
		return html`<line class="grid" x1="${at}" y1="${top}" x2="${at}" y2="${bottom}"/><text class="dim" x="${at}" y="${bottom + 18}" text-anchor="middle">${x.show(value)}</text>\n`;
	});
	return [
		...across,
		...up,
		html`<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>
<text x="${(left + right) / 2}" y="${bottom + 42}" text-anchor="middle">${x.label}</text>
<text x="16" y="${(top + bottom) / 2}" text-anchor="middle" transform="rotate(-90 16 ${(top + bottom) / 2})">${y.label}</text>\n`,
	];
}

/** The chart, 560 by 330 units; every text lies inside. */
export function lineChart(chart: Chart): Markup {
	const {title, series, empty, y} = chart;
	const points = series.flatMap(({points}) => points);
	const head = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}">
<text class="title" x="16" y="22">${title}</text>\n`;
	if (points.length === 0) return html`${head}<text class="dim" x="16" y="48">${empty}</text>\n</svg>\n`;
	const xs = logScale(
		points.map(({x}) => x),
		inside.left + 16,
		inside.right - 16,
	);
	const heights = points.flatMap(({y: value, range}) => [value, ...(range ? [range.min, range.max] : [])]);
	const ys = y.log
		? logScale(
				heights.filter(value => value > 0),
				inside.bottom,
				inside.top,
			)
		: linearScale(heights, inside.bottom, inside.top);
	const lines = series.map(({points}, i) => {
		const path = points.map((point, j) => `${j === 0 ? 'M' : 'L'}${pixel(xs.at(point.x))} ${pixel(ys.at(point.y))}`).join('');
		return path === '' ? html`` : html`<path class="line s${i}" d="${path}" stroke-dasharray="${dashes[i % 6] as string}"/>\n`;
	});
	const marks = series.flatMap(({name, points}, i) =>
		points.map(({x, y: value, range, title}) => {
			const at = pixel(xs.at(x));
			const low = range && (!y.log || range.min > 0) ? range.min : value;
			const bar =
				range && range.max > low ? html`<line class="line s${i}" x1="${at}" y1="${pixel(ys.at(low))}" x2="${at}" y2="${pixel(ys.at(range.max))}"/>` : html``;
			return html`<g><title>${`${name}: ${title}`}</title>${bar}${mark(i, at, ys.at(value))}</g>\n`;
		}),
	);
	return html`${head}${axes(chart, xs, ys)}${legend(series.map(({name}) => name))}${lines}${marks}</svg>\n`;
}
