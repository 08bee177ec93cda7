import test from 'ava';
import {press} from '../../src/top/keys.js';
import {panelNames} from '../../src/top/view.js';
import {runOf, seconds, view} from './samples.js';

const frame = runOf(seconds(3)).frame()!;

test('tab goes round the panels that are shown, arrows stay within their rows', t => {
	const now = view();
	const go = (...keys: string[]) => {
		for (const key of keys) t.is(press(now, key, frame, panelNames), 'none');
	};
	go('tab');
	t.is(now.focus, 'drops');
	go('down', 'down', 'down', 'down');
	t.is(now.selected.drops, 1);
	go('up', 'up', 'up');
	t.is(now.selected.drops, 0);
	go('tab', 'S-tab', 'S-tab');
	t.is(now.focus, 'losses');
	press(now, 'tab', frame, ['losses', 'drops']);
	press(now, 'tab', frame, ['losses', 'drops']);
	t.is(now.focus, 'losses', 'interfaces are not shown');
});

test('arrows on an empty list, keys before the first reading', t => {
	const now = view();
	for (const key of ['down', 'up', 'i', 's', 'tab', 'x']) press(now, key, undefined, panelNames);
	t.is(now.selected.losses, 0);
});

test('i goes through the interfaces and back to all of them', t => {
	const now = view();
	const seen = [1, 2, 3].map(() => {
		press(now, 'i', frame, panelNames);
		return now.iface;
	});
	t.deepEqual(seen, ['eth0', 'lo', undefined]);
});

test('p and space pause; q and Ctrl-C quit, from the help too; any other key only closes it', t => {
	const now = view();
	t.is(press(now, 'p', frame, panelNames), 'pause');
	t.true(now.paused);
	t.is(press(now, 'space', frame, panelNames), 'pause');
	t.false(now.paused);
	press(now, '?', frame, panelNames);
	t.true(now.help);
	t.is(press(now, 'p', frame, panelNames), 'none');
	t.deepEqual([now.help, now.paused], [false, false]);
	press(now, 'h', frame, panelNames);
	t.is(press(now, 'C-c', frame, panelNames), 'quit');
});

test('+ and - change the interval of this host, the speed of a recording; left and right step there alone', t => {
	const live = view();
	t.is(press(live, '+', frame, panelNames), 'interval');
	t.is(live.intervalSeconds, 0.5);
	for (let i = 0; i < 20; i++) press(live, '-', frame, panelNames);
	t.is(live.intervalSeconds, 60);
	t.is(press(live, 'left', frame, panelNames), 'none');
	const replay = view({replay: 'x'});
	t.is(press(replay, '+', frame, panelNames), 'speed');
	t.is(replay.speed, 2);
	for (let i = 0; i < 20; i++) press(replay, '-', frame, panelNames);
	t.is(replay.speed, 0.1);
	t.is(press(replay, 'left', frame, panelNames), 'back');
	t.is(press(replay, 'right', frame, panelNames), 'on');
	const odd = view({intervalSeconds: 0.25});
	press(odd, '+', frame, panelNames);
	t.is(odd.intervalSeconds, 0.2);
});

test('s changes the order of the chosen panel and says so', t => {
	const now = view();
	press(now, 's', frame, panelNames);
	t.is(now.message, 'places by rate');
	press(now, 'down', frame, panelNames);
	t.is(now.message, '');
	press(now, 's', frame, panelNames);
	press(now, 's', frame, panelNames);
	t.is(now.message, 'places by way');
	t.is(now.selected.losses, 0);
});
