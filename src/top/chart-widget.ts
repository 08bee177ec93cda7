// A chart drawn by blessed-contrib's line widget in braille dots. The widget's own labels are covered: it would call 150,000 "0.15m". Around it stand the title, the
// scale and the time axis as text.
import blessed, {type Widgets} from 'blessed';
import LineChart from 'blessed-contrib/lib/widget/charts/line.js';
import {showCount} from '../base/units.js';
import type {Box} from './layout.js';
import {palette, tagged} from './paint.js';
import {ago, axisWidth, type Chart} from './panels/charts.js';
import {type Line, span} from './text.js';

/** What the widget leaves free below its lines for labels, in dots; it is made so much higher than its box that nothing of it is seen. */
const below = 11;
/** It draws so many dots above a value. */
const above = 2;

const colour = {first: palette.first, second: palette.second, third: palette.third} as const;

export class ChartWidget {
	readonly #box: Box;
	readonly #chart: LineChart;
	readonly #title: Widgets.BoxElement;
	readonly #scale: Widgets.BoxElement;
	readonly #axis: Widgets.BoxElement;

	/** A title line, the lines below it, a time axis: four lines high at least. */
	constructor(screen: Widgets.Screen, box: Box) {
		const {left, top, width, height} = box;
		const text = (options: Widgets.BoxOptions) => blessed.box({parent: screen, tags: true, wrap: false, ...options});
		this.#box = box;
		this.#chart = new LineChart({
			left,
			top: top + 1,
			width,
			height: height - 2,
			style: {text: 'black', baseline: palette.dim},
			xPadding: 2 * axisWidth,
			xLabelPadding: 2 * axisWidth,
			numYLabels: 1,
			wholeNumbersOnly: true,
			abbreviate: true,
		});
		this.#chart.calcSize = () => {
			this.#chart.canvasSize = {width: width * 2, height: (height - 2) * 4 + below + 1};
		};
		screen.append(this.#chart);
		this.#title = text({left, top, width, height: 1});
		this.#scale = text({left, top: top + 1, width: axisWidth, height: height - 2});
		this.#axis = text({left, top: top + height - 1, width, height: 1});
	}

	/** So many values a line has at most: a column of braille has two. */
	get columns(): number {
		return 2 * (this.#box.width - axisWidth - 1);
	}

	draw(chart: Chart, title: Line): void {
		const rows = this.#box.height - 2;
		this.#title.setContent(tagged([title], true));
		const room = this.#box.width - axisWidth - 1;
		const start = ago(chart.seconds);
		const rule = '─'.repeat(Math.max(0, room - start.length - 'now'.length - 2));
		this.#axis.setContent(tagged([[span(`${' '.repeat(axisWidth)}└${start} ${rule} now`, 'dim')]], true));
		const label = (row: number) =>
			row === 0 ? showCount(chart.top) : row === rows - 1 ? '0' : rows >= 5 && row === (rows - 1) / 2 ? showCount(chart.top / 2) : '';
		this.#scale.setContent(
			tagged(
				Array.from({length: rows}, (_, row) => [span(`${label(row).padStart(axisWidth - 1)} `, 'dim')]),
				true,
			),
		);
		const height = rows * 4 + 1;
		// a value at the top of the scale would be drawn above the widget
		this.#chart.options.maxY = (chart.top * height) / (height - above - 1);
		const x = Array.from({length: Math.max(1, ...chart.lines.map(({values}) => values.length))}, () => '');
		// the first of the lines lies on top
		const data = [...chart.lines].reverse().map(({name, values, style}) => ({title: name, x, y: values, style: {line: colour[style as keyof typeof colour]}}));
		this.#chart.setData(data.length > 0 && data.every(({y}) => y.length > 0) ? data : [{title: '', x: [''], y: [0], style: {line: 'black'}}]);
	}

	destroy(): void {
		for (const one of [this.#chart, this.#title, this.#scale, this.#axis]) one.destroy();
	}
}
