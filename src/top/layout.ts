// Which panels stand where at which size of the terminal. Pure: no two panels overlap, none leaves the screen.
import type {PanelName} from './view.js';

export interface Box {
	readonly panel: PanelName;
	readonly left: number;
	readonly top: number;
	readonly width: number;
	readonly height: number;
}

/** Below this there is nothing to be seen. */
export const smallest = {width: 60, height: 16} as const;

type Row = readonly [height: number, ...panels: readonly (readonly [PanelName, share: number])[]];

/** What a terminal of this size has room for: rows from the top, each of one panel or of two side by side. `cpus`: lines that softnet would like. */
function rowsFor(width: number, height: number, cpus: number): Row[] {
	const rest = (used: number) => Math.max(0, height - used);
	const pair = (left: PanelName, right: PanelName): readonly [readonly [PanelName, number], readonly [PanelName, number]] => [
		[left, 0.5],
		[right, 0.5],
	];
	if (width < 110 || height < 34) {
		// 80 x 24: header 2, charts 7, places 6, reasons 7, softnet 1, keys 1
		const free = rest(4);
		const charts = Math.max(4, Math.round(free * 0.36));
		const losses = Math.max(3, Math.floor((free - charts) * 0.48));
		return [
			[2, ['head', 1]],
			[charts, ...pair('rates', 'lossRates')],
			[losses, ['losses', 1]],
			[free - charts - losses, ['drops', 1]],
			[1, ['softnet', 1]],
			[1, ['foot', 1]],
		];
	}
	const large = width >= 180 && height >= 50;
	const free = rest(3);
	const most = Math.floor(free * 0.24);
	const perCpu = Math.min(Math.max(6, cpus + 3), most);
	// a target has a line for itself and one for each of its ports
	const lower = large ? Math.min(Math.max(8, perCpu), most) : perCpu;
	const charts = Math.floor(free * (large ? 0.3 : 0.28));
	const interfaces = large ? perCpu : Math.max(5, Math.floor(free * 0.15));
	const tables = free - charts - lower - interfaces;
	const losses = Math.floor(tables * 0.48);
	return [
		[2, ['head', 1]],
		[charts, ...pair('rates', 'lossRates')],
		large ? [interfaces, ['interfaces', 0.62], ['softnet', 0.38]] : [interfaces, ['interfaces', 1]],
		[losses, ['losses', 1]],
		[tables - losses, ['drops', 1]],
		large ? [lower, ['storage', 0.62], ['target', 0.38]] : [lower, ['softnet', 0.4], ['storage', 0.6]],
		[1, ['foot', 1]],
	];
}

/** The panels of a terminal of `width` columns and `height` lines, a column between two that stand side by side; none where it is too small. */
export function layout(width: number, height: number, cpus = 2): Box[] {
	if (width < smallest.width || height < smallest.height) return [];
	const boxes: Box[] = [];
	let top = 0;
	for (const [lines, ...panels] of rowsFor(width, height, cpus)) {
		let left = 0;
		panels.forEach(([panel, share], i) => {
			const last = i === panels.length - 1;
			const wide = last ? width - left : Math.floor(width * share) - 1;
			boxes.push({panel, left, top, width: wide, height: lines});
			left += wide + 1;
		});
		top += lines;
	}
	return boxes;
}
