// The terminal, by blessed: panels as boxes, drawn once for each reading and each key, only what changed (smartCSR); keys, resizing, and the terminal as it was on every
// way out.
import blessed, {type Widgets} from 'blessed';
import {ChartWidget} from './chart-widget.js';
import {drawPanel} from './draw.js';
import {type Box, layout, smallest} from './layout.js';
import type {Frame} from './model.js';
import {tagged} from './paint.js';
import {chartOf, chartTitle, plot} from './panels/charts.js';
import {helpLines} from './panels/foot.js';
import {type Line, span, textOf} from './text.js';
import type {PanelName, View} from './view.js';

export interface ScreenOptions {
	/** No colours: NO_COLOR. */
	readonly colours: boolean;
	/** Otherwise ASCII alone: LANG=C. */
	readonly unicode: boolean;
	onKey(key: string): void;
	onResize(): void;
}

export interface Screen {
	/** The panels that there is room for now. */
	readonly shown: readonly PanelName[];
	/** Draws; what is as it was is not sent again. */
	draw(frame: Frame | undefined, view: View): void;
	/** Gives the terminal back as it was. May be called again. */
	close(): void;
}

const isChart = (panel: PanelName): panel is 'rates' | 'lossRates' => panel === 'rates' || panel === 'lossRates';

/** What blessed calls a key, as one word. */
const keyName = (ch: string | undefined, key: Widgets.Events.IKeyEventArg | undefined): string => {
	const name = key?.name ?? ch ?? '';
	return key?.ctrl ? `C-${name}` : key?.shift && name === 'tab' ? 'S-tab' : name;
};

/** Takes the terminal over. */
export function openScreen({colours, unicode, onKey, onResize}: ScreenOptions): Screen {
	const screen = blessed.screen({smartCSR: true, fastCSR: true, forceUnicode: unicode, fullUnicode: false, title: 'netstress top', warnings: false});
	// lines as the letters that they are: with the terminal's alternate character set some show a q for each
	(screen as unknown as {tput: {brokenACS: boolean}}).tput.brokenACS = unicode;
	const letters = !colours || !unicode;
	let boxes: Box[] = [];
	let size = '';
	let elements: {box: Box; element: Widgets.BoxElement | ChartWidget}[] = [];
	const over = blessed.box({parent: screen, hidden: true, tags: true, wrap: false, top: 'center', left: 'center'});
	let isOpen = true;

	const text = ({left, top, width, height}: Box) => blessed.box({parent: screen, left, top, width, height, tags: true, wrap: false});
	const build = (cpus: number) => {
		const [width, height] = [Number(screen.width), Number(screen.height)];
		const next = `${width}x${height} ${cpus}`;
		if (next === size) return;
		size = next;
		for (const {element} of elements) element.destroy();
		boxes = layout(width, height, cpus);
		elements = boxes.map(box => ({box, element: isChart(box.panel) && !letters && box.height >= 4 ? new ChartWidget(screen, box) : text(box)}));
		over.setFront();
	};
	const show = (element: Widgets.BoxElement, lines: readonly Line[]) => element.setContent(tagged(lines, colours));

	const drawChart = (box: Box, element: Widgets.BoxElement | ChartWidget, panel: 'rates' | 'lossRates', frame: Frame | undefined, view: View) => {
		if (element instanceof ChartWidget) {
			const chart = chartOf(panel, frame ?? emptyFrame, view, element.columns);
			element.draw(chart, chartTitle(panel, chart, view, box.width, false));
		} else {
			const chart = chartOf(panel, frame ?? emptyFrame, view, box.width - 9);
			show(element, [chartTitle(panel, chart, view, box.width, true), ...plot(chart, box.width, box.height - 1, view)]);
		}
	};

	const drawOver = (view: View) => {
		const lines =
			boxes.length === 0 ? [[span(`netstress top needs ${smallest.width} columns and ${smallest.height} lines`)]] : view.help ? helpLines(view) : [];
		over.hidden = lines.length === 0;
		if (over.hidden) return;
		const width = Math.min(Number(screen.width), Math.max(...lines.map(line => textOf(line).length)) + 4);
		const height = Math.min(Number(screen.height), lines.length + 2);
		Object.assign(over, {width, height});
		const edge = unicode ? {top: '─', side: '│', corners: '┌┐└┘'} : {top: '-', side: '|', corners: '++++'};
		const bar = (left: number) => [span(`${edge.corners[left]}${edge.top.repeat(width - 2)}${edge.corners[left + 1]}`, 'dim')];
		const inside = lines.slice(0, height - 2).map(line => {
			const shown = textOf(line).slice(0, width - 4);
			return [span(`${edge.side} `, 'dim'), ...line, span(' '.repeat(width - 4 - shown.length)), span(` ${edge.side}`, 'dim')];
		});
		show(over, [bar(0), ...inside, bar(2)]);
	};

	const close = () => {
		if (!isOpen) return;
		isOpen = false;
		process.off('uncaughtException', close);
		process.off('unhandledRejection', close);
		process.off('exit', close);
		screen.destroy();
	};
	// before whoever reports them: on the second screen nobody would read it
	process.prependListener('uncaughtException', close);
	process.prependListener('unhandledRejection', close);
	process.on('exit', close);
	screen.on('keypress', (ch: string | undefined, key: Widgets.Events.IKeyEventArg | undefined) => onKey(keyName(ch, key)));
	screen.on('resize', onResize);
	build(2);
	return {
		get shown() {
			return boxes.map(({panel}) => panel);
		},
		draw(frame, view) {
			if (!isOpen) return;
			build(frame?.cpus.length ?? 2);
			for (const {box, element} of elements) {
				if (isChart(box.panel)) drawChart(box, element, box.panel, frame, view);
				else show(element as Widgets.BoxElement, drawPanel(box, frame, view));
			}
			drawOver(view);
			screen.render();
		},
		close,
	};
}

const emptyFrame: Frame = {
	time: '',
	started: '',
	seconds: 0,
	intervalSeconds: 0,
	samples: 0,
	points: [],
	losses: [],
	drops: [],
	dropsElsewhere: 0,
	dropSource: undefined,
	interfaces: [],
	gone: [],
	cpus: [],
	storage: [],
	storageTick: undefined,
	targets: undefined,
};
