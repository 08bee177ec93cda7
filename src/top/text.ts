// What a panel is made of: lines of spans with a style's name, never a colour or an escape sequence. screen.ts turns them into what the terminal wants, and tests read
// them as they are. Columns that do not fit go by rank, as in src/report/table.ts; here widths stay put while numbers grow, or the screen would dance.

/** What a span means; screen.ts knows how that looks. */
export type Style = 'plain' | 'dim' | 'title' | 'focus' | 'head' | 'loss' | 'warn' | 'first' | 'second' | 'third' | 'selected';

export interface Span {
	readonly text: string;
	readonly style: Style;
}
export type Line = readonly Span[];

/** The signs that do not depend on colour. */
export interface Marks {
	readonly loss: string;
	readonly policy: string;
	readonly harmless: string;
	readonly sign: string;
	/** It moved in the last interval. */
	readonly moving: string;
	readonly rule: string;
	readonly cut: string;
	readonly bars: string;
	/** Between two facts of one line. */
	readonly dot: string;
}

export const unicodeMarks: Marks = {
	loss: '✕',
	policy: '!',
	harmless: '·',
	sign: '~',
	moving: '▲',
	rule: '─',
	cut: '…',
	bars: ' ▁▂▃▄▅▆▇█',
	dot: '·',
};
export const asciiMarks: Marks = {loss: 'x', policy: '!', harmless: '.', sign: '~', moving: '^', rule: '-', cut: '>', bars: ' .:-=+*#@', dot: '|'};

export const span = (text: string, style: Style = 'plain'): Span => ({text, style});
export const textOf = (line: Line): string => line.map(({text}) => text).join('');

/** Text from elsewhere (names of programs, interfaces, files) as it may stand on a screen: no control character, nothing that takes two columns or none. */
export const plain = (text: string): string => text.replaceAll(/[^\u0020-\u007e\u00a0-\u02ff\u2500-\u25ff…✕·]/g, '?');

/** Cut to `width`, with a mark where something is missing. */
export const cutTo = (text: string, width: number, {cut}: Marks): string =>
	text.length <= width ? text : width <= 0 ? '' : `${text.slice(0, Math.max(0, width - 1))}${cut}`;

/** A line cut to `width`. */
export function clip(line: Line, width: number, marks: Marks): Line {
	let left = width;
	const total = textOf(line).length;
	if (total <= width) return line;
	return line.flatMap(({text, style}, i) => {
		if (left <= 0) return [];
		const whole = text.length < left || (text.length === left && i === line.length - 1);
		const shown = whole ? text : cutTo(`${text}  `, left, marks);
		left -= shown.length;
		return [{text: shown, style}];
	});
}

/** Words in lines of `width`, at most `lines` of them; the last one is cut. */
export function wrap(text: string, width: number, lines: number, marks: Marks): string[] {
	const out: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		if (line !== '' && line.length + 1 + word.length > width) {
			out.push(line);
			line = word;
		} else line = line === '' ? word : `${line} ${word}`;
	}
	if (line !== '') out.push(line);
	if (out.length > lines) out.splice(Math.max(0, lines - 1), Infinity, out.slice(Math.max(0, lines - 1)).join(' '));
	return out.map(one => cutTo(one, width, marks));
}

export interface GridColumn<T> {
	readonly title: string;
	readonly cell: (row: T) => string;
	readonly align?: 'left' | 'right';
	/** 0 stays always; the highest rank goes first. */
	readonly rank?: number;
	/** As wide as this at least, so that the columns stay where they are. */
	readonly least?: number;
	/** May be cut down to this width before a column goes. */
	readonly cutTo?: number;
	/** Takes what is left of the width. */
	readonly grows?: true;
	readonly style?: (row: T) => Style;
}

const gap = 2;

/** Which columns fit, and how wide each is. */
function widths<T>(columns: readonly GridColumn<T>[], rows: readonly T[], width: number): {column: GridColumn<T>; width: number}[] {
	const natural = ({title, cell, least = 0}: GridColumn<T>) => Math.max(title.length, least, ...rows.map(row => cell(row).length));
	let chosen = columns.map(column => ({column, width: natural(column)}));
	const over = () => chosen.reduce((sum, one) => sum + one.width + gap, -gap) - width;
	for (;;) {
		// what may be cut is cut, the widest first
		for (let excess = over(); excess > 0; excess = over()) {
			const cuttable = chosen.filter(({column, width: now}) => column.cutTo !== undefined && now > Math.max(column.cutTo, column.title.length));
			if (cuttable.length === 0) break;
			const widest = cuttable.reduce((a, b) => (b.width > a.width ? b : a));
			widest.width--;
		}
		if (over() <= 0) break;
		const highest = Math.max(...chosen.map(({column: {rank = 0}}) => rank));
		if (highest === 0) break;
		const last = chosen.findLastIndex(({column: {rank = 0}}) => rank === highest);
		chosen = chosen.filter((_, i) => i !== last).map(({column}) => ({column, width: natural(column)}));
	}
	const spare = -over();
	const growing = chosen.find(({column}) => column.grows);
	if (growing !== undefined && spare > 0) growing.width += spare;
	return chosen;
}

/** A table: a line with the titles, a line for each row; the selected one is filled up to the width. */
export function grid<T>(columns: readonly GridColumn<T>[], rows: readonly T[], width: number, marks: Marks, selected = -1): Line[] {
	const chosen = widths(columns, rows, width);
	const put = (text: string, room: number, align: 'left' | 'right', last: boolean) => {
		const shown = cutTo(text, room, marks);
		return align === 'right' ? shown.padStart(room) : last ? shown : shown.padEnd(room);
	};
	const lineOf = (cell: (column: GridColumn<T>) => string, style: (column: GridColumn<T>) => Style): Line =>
		chosen.flatMap(({column, width: room}, i) => {
			const {align = 'left'} = column;
			const last = i === chosen.length - 1;
			return [...(i === 0 ? [] : [span(' '.repeat(gap))]), span(put(plain(cell(column)), room, align, last), style(column))];
		});
	const head = lineOf(
		({title}) => title,
		() => 'head',
	);
	const body = rows.map((row, i) => {
		const line = lineOf(
			({cell}) => cell(row),
			({style}) => style?.(row) ?? 'plain',
		);
		return i === selected ? [span(textOf(line).padEnd(width), 'selected')] : line;
	});
	return [head, ...body].map(line => clip(line, width, marks));
}

/** The first of `count` rows to show in `room` so that the selected one is seen. */
export const scrollTo = (selected: number, count: number, room: number): number => Math.max(0, Math.min(Math.max(0, selected - room + 1), count - room));
