import test from 'ava';
import fc from 'fast-check';
import {Programs} from '../../src/monitor/programs.js';
import {settle} from '../../src/monitor/settle.js';
import {allMoved, difference, type Snapshot} from '../../src/monitor/snapshot.js';
import {differenceObject, lossesByPlace, Tally} from '../../src/monitor/tally.js';
import {holds} from '../property.js';
import {link, made, snapshot} from './made.js';

test('interfaces that came and went, and one whose name is another’s now', t => {
	const before = snapshot(10, {a: link([made('x', 5)], {received: 50}), b: link([]), c: link([made('x', 7)], {index: 4, received: 70})});
	const after = snapshot(12, {
		a: link([made('x', 8)], {received: 60}),
		c: link([made('x', 2)], {index: 9, received: 20}),
		d: link([made('x', 1)], {received: 3}),
	});
	const moved = difference(after, before);
	t.is(moved.seconds, 2);
	t.deepEqual(moved.gone, ['b']);
	t.like(moved.interfaces.get('a'), {received: 10});
	t.like(moved.interfaces.get('c'), {received: 20, came: true}, 'since it was made: the other one had its name');
	t.like(moved.interfaces.get('d'), {received: 3, came: true});
	t.deepEqual(
		allMoved(moved).map(({value}) => value),
		[3, 2, 1],
	);
});

test('an interface whose counts went back is flagged, and never negative', t => {
	const moved = difference(snapshot(1, {a: link([made('x', 1)], {received: 4})}), snapshot(0, {a: link([made('x', 100)], {received: 100})}));
	t.like(moved.interfaces.get('a'), {received: 4, reset: true});
	t.like(allMoved(moved)[0], {value: 1, reset: true});
});

test('CPUs are compared by their number; 32 bits wrap', t => {
	const cpu = (number: number, processed: number, dropped: number) => ({
		cpu: number,
		processed,
		dropped,
		squeezed: 0,
		receivedRps: 0,
		flowLimit: 0,
		backlogLength: number,
	});
	const before = snapshot(0, {}, {cpus: [cpu(0, 2 ** 32 - 5, 3), cpu(2, 10, 0)]});
	const after = snapshot(1, {}, {cpus: [cpu(2, 30, 4), cpu(0, 5, 3)]});
	t.deepEqual(
		difference(after, before).cpus.map(one => [one.cpu, one.processed, one.dropped, one.backlogLength]),
		[
			[2, 20, 4, 2],
			[0, 10, 0, 0],
		],
	);
});

test('a tally adds up what wraps and what is reset in between', t => {
	const at = (seconds: number, sixteen: number, plain: number) =>
		snapshot(seconds, {a: link([made('s', sixteen, {bits: 16}), made('p', plain)], {received: plain})});
	const tally = new Tally(at(0, 65_000, 100));
	tally.add(at(1, 500, 150)); // 1036 more, over the edge
	tally.add(at(2, 65_400, 10)); // 64900 more; and a reset: 10 since
	tally.add(at(3, 100, 30)); // 236 more
	const {interfaces, seconds} = tally.total();
	t.is(seconds, 3);
	const one = interfaces.get('a')!;
	t.like(one, {received: 50 + 10 + 20, reset: true});
	t.deepEqual(
		one.counters.map(({name, value, wrapped, reset}) => [name, value, wrapped ?? false, reset ?? false]),
		[
			['s', 1036 + 64_900 + 236, true, false],
			['p', 80, false, true],
		],
	);
});

test('a long run keeps no counter for each socket that ever was, and loses none of their losses', t => {
	const socket = (inode: number, value: number) => made('udp drops', value, {source: 'procfs', place: 'socket', scope: {inode, bound: '0.0.0.0:53'}});
	const tally = new Tally(snapshot(0, {}));
	const runs = 5000;
	for (let i = 1; i <= runs; i++) tally.add(snapshot(i, {}, {counters: [socket(i, 2), socket(1_000_000, i)]}));
	const {counters} = tally.total();
	t.true(counters.length <= 1001, `${counters.length}`);
	t.is(
		counters.reduce((sum, {value}) => sum + value, 0),
		3 * runs,
	);
	t.is(counters.find(({scope}) => scope.inode === 1_000_000)?.value, runs, 'one that is open keeps its own');
});

test('an interface that left is gone, until it comes back', t => {
	const tally = new Tally(snapshot(0, {a: link([])}));
	tally.add(snapshot(1, {}));
	t.deepEqual(tally.total().gone, ['a']);
	tally.add(snapshot(2, {a: link([], {index: 7})}));
	t.deepEqual(tally.total().gone, []);
});

test('losses by place, in the order of a frame’s way; signs are apart', t => {
	const moved = difference(
		snapshot(1, {
			eth0: link([
				made('rx_dropped', 7, {place: 'unhandled'}),
				made('queue', 5, {source: 'ethtool', alsoIn: ['rtnl:rx_dropped']}),
				made('no_buffer', 9, {sign: true}),
				made('drops', 2, {place: 'qdisc', source: 'qdisc'}),
			]),
		}),
		snapshot(0, {eth0: link([])}),
	);
	t.deepEqual(
		lossesByPlace(allMoved(moved)).map(({place, kind, count}) => [place, kind, count]),
		[
			['qdisc', 'loss', 2],
			['nic-ring', 'loss', 5],
			['nic-ring', 'sign', 9],
			['unhandled', 'harmless', 2],
		],
	);
	const object = differenceObject(moved);
	t.like(object.interfaces[0], {iface: 'eth0', driver: 'veth', rates: {receivedPps: 0}});
	t.like(object.losses[1], {place: 'nic-ring', count: 5, perSecond: 5, from: [{source: 'ethtool', name: 'queue', iface: 'eth0', value: 5}]});
	t.notThrows(() => JSON.stringify(object));
});

test('no frame is counted twice over any number of readings', t => {
	// a driver's 16-bit counter that the interface's own holds too: what remains of both is what the wider one says
	holds(
		t,
		fc.property(fc.array(fc.tuple(fc.nat(30_000), fc.nat(50)), {minLength: 1}), steps => {
			let part = 0;
			let whole = 0;
			const at = (n: number): Snapshot =>
				snapshot(n, {
					eth0: link([made('rx_missed_errors', whole), made('rx_missed', part % 65_536, {source: 'ethtool', bits: 16, alsoIn: ['rtnl:rx_missed_errors']})]),
				});
			const tally = new Tally(at(0));
			steps.forEach(([missed, others], i) => {
				part += missed;
				whole += missed + others;
				tally.add(at(i + 1));
			});
			const total = lossesByPlace(allMoved(tally.total())).reduce((sum, {count}) => sum + count, 0);
			t.is(total, whole);
		}),
	);
});

test('settle returns at once where every driver answers at once', async t => {
	let reads = 0;
	const read = () => snapshot(++reads, {a: link([made('x', reads)])});
	t.like(await settle({read, wait: () => Promise.reject(new Error('waited'))}), {settled: true});
	t.is(reads, 1);
});

test('settle waits until a late driver’s losses stand still, and gives up in the end', async t => {
	const late = (values: number[]) => {
		let n = 0;
		let waited = 0;
		const read = () => snapshot(n, {eth0: link([made('x', values[Math.min(n++, values.length - 1)] as number)], {driver: 'ixgbe', received: n})});
		const wait = async (seconds: number) => {
			waited += seconds;
		};
		return {read, wait, waited: () => waited};
	};
	const stands = late([1]);
	t.true((await settle(stands)).settled);
	t.is(stands.waited(), 2, 'as long as ixgbe may be late, though frames go on');
	const moves = late([1, 1, 5, 5]);
	const {snapshot: last, settled} = await settle(moves);
	t.true(settled);
	t.is(last.interfaces.get('eth0')?.counters[0]?.value, 5);
	t.is(moves.waited(), 3, 'a whole period since it moved');
	const never = late(Array.from({length: 100}, (_, i) => i));
	t.false((await settle(never)).settled);
	t.is(never.waited(), 6);
});

test('programs are looked up once for each socket', t => {
	const asked: number[][] = [];
	const programs = new Programs(inodes => {
		asked.push([...inodes]);
		return new Map([[5, 'named[1]']]);
	});
	const one = (...inodes: number[]) => snapshot(0, {}, {counters: inodes.map(inode => made('udp drops', 1, {source: 'procfs', scope: {inode}}))});
	t.is(programs.annotate(one(5)).counters[0]?.scope.program, 'named[1]');
	t.is(programs.annotate(one(5, 6)).counters[1]?.scope.program, undefined);
	programs.annotate(one(5, 6));
	t.deepEqual(asked, [[5], [6]]);
});
