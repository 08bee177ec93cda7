// blessed-contrib's line chart alone: its index would load maps, pictures and what they need.
declare module 'blessed-contrib/lib/widget/charts/line.js' {
	import type {Widgets} from 'blessed';

	interface LineData {
		readonly title: string;
		readonly x: readonly string[];
		readonly y: readonly number[];
		readonly style: {readonly line: number | string};
	}
	class LineChart extends Widgets.BoxElement {
		constructor(options: Widgets.BoxOptions & Record<string, unknown>);
		// biome-ignore lint/suspicious/noExplicitAny: the widget reads its options again at each drawing
		options: any;
		canvasSize: {width: number; height: number};
		calcSize(): void;
		setData(data: LineData[]): void;
	}
	// biome-ignore lint/style/noDefaultExport: the module is CommonJS, its exports are the class
	export default LineChart;
}
