import test from 'ava';
import {type Column, table} from '../../src/report/table.js';

const columns: Column<{name: string; value: number}>[] = [
	{title: 'name', cell: ({name}) => name},
	{title: 'value', cell: ({value}) => String(value), align: 'right'},
	{title: 'less important', cell: () => 'filler', rank: 1},
	{title: 'least important', cell: () => 'filler', rank: 2},
];
const rows = [
	{name: 'a', value: 5},
	{name: 'longer', value: 12345},
];

test('a table stands in columns, numbers to the right, without spaces at the ends', t => {
	t.is(table(columns.slice(0, 2), rows, 80), 'name    value\na           5\nlonger  12345');
});

test('where there is no room the least important columns go first, and those of rank 0 stay', t => {
	t.regex(table(columns, rows, 80), /least important/);
	t.notRegex(table(columns, rows, 30), /least important/);
	t.regex(table(columns, rows, 30), /less important/);
	t.notRegex(table(columns, rows, 20), /less important/);
	t.regex(table(columns, rows, 3), /name {4}value/);
});

test('a table without rows is its heading', t => {
	t.is(table(columns.slice(0, 2), [], 80), 'name  value');
});
