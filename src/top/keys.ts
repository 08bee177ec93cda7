// What a key does to the view; what goes beyond the view comes back as a word for whoever runs the dashboard. Pure.
import type {Frame} from './model.js';
import {orderedDrops} from './panels/drops.js';
import {orderedInterfaces} from './panels/interfaces.js';
import {orderedLosses} from './panels/losses.js';
import {type ListName, listNames, orderOf, orders, type PanelName, type View} from './view.js';

export type Effect = 'quit' | 'reset' | 'interval' | 'speed' | 'pause' | 'back' | 'on' | 'none';

/** Seconds between readings that + and - go through. */
export const intervals = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60] as const;
/** How fast a recording is played. */
export const speeds = [0.1, 0.25, 0.5, 1, 2, 5, 10, 50, 100] as const;

/** The next of the steps above or below a value, which need not be one of them; the last one where there is none. */
function nextOf(steps: readonly number[], value: number, up: boolean): number {
	const further = up ? steps.find(step => step > value * 1.001) : steps.findLast(step => step < value * 0.999);
	return further ?? value;
}

const countOf = (list: ListName, frame: Frame, view: View): number =>
	list === 'losses' ? orderedLosses(frame, view).length : list === 'drops' ? orderedDrops(frame, view).length : orderedInterfaces(frame, view).length;

/** The interface behind the one that is shown; behind the last all of them again. */
function nextInterface(frame: Frame | undefined, view: View): string | undefined {
	const names = (frame?.interfaces ?? []).map(({iface}) => iface);
	return view.iface === undefined ? names[0] : names[names.indexOf(view.iface) + 1];
}

/** Applies a key; `shown`: the panels that this size of the terminal has. */
export function press(view: View, key: string, frame: Frame | undefined, shown: readonly PanelName[]): Effect {
	view.message = '';
	if (key === 'q' || key === 'C-c') return 'quit';
	if (view.help) {
		view.help = false;
		return 'none';
	}
	const lists = listNames.filter(name => shown.includes(name));
	if (!lists.includes(view.focus)) view.focus = lists[0] ?? view.focus;
	const live = view.replay === undefined;
	const faster = key === '+' || key === '=';
	if (key === 'h' || key === '?') view.help = true;
	else if (key === 'p' || key === 'space') {
		view.paused = !view.paused;
		return 'pause';
	} else if (key === 'tab' || key === 'S-tab') {
		const step = key === 'tab' ? 1 : lists.length - 1;
		view.focus = lists[(lists.indexOf(view.focus) + step) % lists.length] ?? view.focus;
	} else if (key === 'up' || key === 'down' || key === 'k' || key === 'j') {
		const count = frame === undefined ? 0 : countOf(view.focus, frame, view);
		const now = Math.min(view.selected[view.focus], Math.max(0, count - 1));
		view.selected[view.focus] = Math.max(0, Math.min(count - 1, now + (key === 'up' || key === 'k' ? -1 : 1)));
	} else if (key === 's') {
		view.order[view.focus] = (view.order[view.focus] + 1) % orders[view.focus].length;
		view.selected[view.focus] = 0;
		view.message = `${view.focus === 'losses' ? 'places' : view.focus === 'drops' ? 'reasons' : 'interfaces'} by ${orderOf(view, view.focus)}`;
	} else if (key === 'i') view.iface = nextInterface(frame, view);
	else if (key === 'r') return 'reset';
	else if (faster || key === '-') {
		if (!live) {
			view.speed = nextOf(speeds, view.speed, faster);
			return 'speed';
		}
		// + is more often
		view.intervalSeconds = nextOf(intervals, view.intervalSeconds, !faster);
		return 'interval';
	} else if (!live && key === 'left') return 'back';
	else if (!live && key === 'right') return 'on';
	return 'none';
}
