import test from 'ava';
import fc from 'fast-check';
import {parseSoftnet, softnetCounters} from '../../src/monitor/softnet.js';
import {holds} from '../property.js';

const line = (...values: number[]) => values.map(value => value.toString(16).padStart(8, '0')).join(' ');

/** processed, dropped, squeezed, five zeros, collisions; then what each age of the kernel added. */
const base = [0x1000, 2, 3, 0, 0, 0, 0, 0, 7];
const ages = {
	9: {columns: base, more: {}},
	10: {columns: [...base, 10], more: {receivedRps: 10}},
	11: {columns: [...base, 10, 11], more: {receivedRps: 10, flowLimit: 11}},
	13: {columns: [...base, 10, 11, 12, 5], more: {receivedRps: 10, flowLimit: 11, backlogLength: 12, cpu: 5}},
	15: {columns: [...base, 10, 11, 12, 5, 4, 8], more: {receivedRps: 10, flowLimit: 11, backlogLength: 12, cpu: 5}},
};

for (const [count, {columns, more}] of Object.entries(ages)) {
	test(`${count} columns, whatever the kernel's version`, t => {
		const nothing = {receivedRps: undefined, flowLimit: undefined, backlogLength: undefined};
		t.deepEqual(parseSoftnet(`${line(...columns)}\n`), [{cpu: 0, processed: 0x1000, dropped: 2, squeezed: 3, ...nothing, ...more}]);
	});
}

test('a CPU that is offline has no line: the column says which CPU it is, the line number where there is none', t => {
	const of = (cpu: number) => line(...base, 0, 0, 0, cpu, 0, 0);
	t.deepEqual(
		parseSoftnet(`${of(0)}\n${of(3)}\n`).map(({cpu}) => cpu),
		[0, 3],
	);
	t.deepEqual(
		parseSoftnet(`${line(...base)}\n${line(...base)}\n`).map(({cpu}) => cpu),
		[0, 1],
	);
});

test('a real one, of Linux 6.18', t => {
	const text = `16bb9d97 00000000 0000000e 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
16faadc5 00000f47 0000000d 00000000 00000000 00000000 00000000 00000000 00000000 0000331f 00000000 00000000 00000001 00000000 00000000
`;
	t.like(parseSoftnet(text)[1], {cpu: 1, processed: 0x16faadc5, dropped: 3911, squeezed: 13, receivedRps: 13_087});
	t.deepEqual(
		softnetCounters(parseSoftnet(text)).map(({place, name, value, scope, bits}) => [place, name, value, scope.cpu, bits]),
		[
			['backlog', 'dropped', 0, 0, 32],
			['backlog', 'flow_limit', 0, 0, 32],
			['squeezed', 'time_squeeze', 14, 0, 32],
			['backlog', 'dropped', 3911, 1, 32],
			['backlog', 'flow_limit', 0, 1, 32],
			['squeezed', 'time_squeeze', 13, 1, 32],
		],
	);
});

test('no text makes it throw', t => {
	holds(
		t,
		fc.property(
			fc.oneof(
				fc.string(),
				fc.array(fc.constantFrom('00000001', ' ', '\n', 'ffffffff', 'x')).map(parts => parts.join('')),
			),
			text => {
				softnetCounters(parseSoftnet(text));
			},
		),
	);
});
