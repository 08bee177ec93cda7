import test from 'ava';
import {Window} from '../../../src/initiator/aoe/window.js';

test('the window starts at its ceiling, halves on a loss and climbs by one a round trip', t => {
	const window = new Window(16);
	t.is(window.size, 16);
	window.shrink(0, 10);
	t.is(window.size, 8);
	for (let reply = 0; reply < 9; reply++) window.grow();
	t.is(window.size, 9);
	for (let reply = 0; reply < 1000; reply++) window.grow();
	t.is(window.size, 16);
});

test('the losses of one burst are one event', t => {
	const window = new Window(64);
	for (let i = 0; i < 10; i++) window.shrink(5, 20);
	t.is(window.size, 32);
	window.shrink(24, 20);
	t.is(window.size, 32);
	window.shrink(25, 20);
	t.is(window.size, 16);
});

test('there is always room for one request', t => {
	const window = new Window(0);
	for (let i = 0; i < 100; i++) window.shrink(i * 1000, 1);
	t.is(window.size, 1);
});
