// Text tables that fit the terminal: columns have a rank, and where there is no room the least important ones go first.
import Table from 'cli-table3';

export interface Column<T> {
	readonly title: string;
	readonly cell: (row: T) => string;
	/** Numbers stand right. */
	readonly align?: 'left' | 'right';
	/** 0 stays always; the highest rank goes first. */
	readonly rank?: number;
}

const gap = 2;

/** The columns that fit `width`, the least important left out. Those of rank 0 stay even where they do not fit. */
function fitting<T>(columns: readonly Column<T>[], rows: readonly T[], width: number): Column<T>[] {
	let chosen = [...columns];
	const widthOf = ({title, cell}: Column<T>) => Math.max(title.length, ...rows.map(row => cell(row).length));
	const total = () => chosen.reduce((sum, column) => sum + widthOf(column) + gap, -gap);
	while (total() > width) {
		const highest = Math.max(...chosen.map(({rank = 0}) => rank));
		if (highest === 0) break;
		const last = chosen.findLastIndex(({rank = 0}) => rank === highest);
		chosen = chosen.filter((_, i) => i !== last);
	}
	return chosen;
}

/** The columns that have something to say of these rows; those of rank 0 always have. */
export const telling = <T>(columns: readonly Column<T>[], rows: readonly T[]): Column<T>[] =>
	columns.filter(({cell, rank = 0}) => rank === 0 || rows.some(row => cell(row) !== ''));

/** A table without lines, as wide as it needs, `width` at most. Lines end without spaces. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], width: number): string {
	const chosen = fitting(columns, rows, width);
	const none = [
		'top',
		'top-mid',
		'top-left',
		'top-right',
		'bottom',
		'bottom-mid',
		'bottom-left',
		'bottom-right',
		'left',
		'left-mid',
		'mid',
		'mid-mid',
		'right',
		'right-mid',
	];
	const printed = new Table({
		head: chosen.map(({title}) => title),
		chars: {...Object.fromEntries(none.map(name => [name, ''])), middle: ' '.repeat(gap)},
		colAligns: chosen.map(({align = 'left'}) => align),
		style: {head: [], border: [], 'padding-left': 0, 'padding-right': 0},
	});
	printed.push(...rows.map(row => chosen.map(({cell}) => cell(row))));
	return printed
		.toString()
		.split('\n')
		.map(line => line.trimEnd())
		.join('\n');
}
