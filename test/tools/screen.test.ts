import test from 'ava';
import {screenFor} from '../../tools/screen.js';

const terminal = (isTTY: boolean) => {
	let written = '';
	const stream = {
		isTTY,
		columns: 10,
		rows: 4,
		write(text: string) {
			written += text;
			return true;
		},
	} as unknown as NodeJS.WriteStream;
	return {stream, written: () => written};
};

test('without a terminal there is no screen', t => {
	const {stream, written} = terminal(false);
	t.is(screenFor(stream), undefined);
	t.is(written(), '');
});

test('what does not fit is left out, and the terminal comes back once', t => {
	const {stream, written} = terminal(true);
	const before = process.listenerCount('exit');
	const screen = screenFor(stream)!;
	t.is(screen.width, 10);
	screen.show('one\ntwo is longer than ten\nthree\nfour\nfive');
	screen.close();
	screen.close();
	t.is(written(), '\x1b[?1049h\x1b[?25l\x1b[H\x1b[Jone\ntwo is lon\nthree\x1b[?25h\x1b[?1049l');
	t.is(process.listenerCount('exit'), before);
});
