// A screen that is drawn again and again: the terminal's second one, so that what was there comes back at the end. Without a terminal there is none.

export interface Screen {
	readonly width: number;
	/** Replaces what is shown; lines that do not fit are left out. */
	show(text: string): void;
	/** Gives the terminal back. May be called again. */
	close(): void;
}

/** xterm's alternate buffer, cursor off, and both back. */
const open = '\x1b[?1049h\x1b[?25l';
const shut = '\x1b[?25h\x1b[?1049l';
const home = '\x1b[H\x1b[J';

export function screenFor(stream: NodeJS.WriteStream): Screen | undefined {
	if (!stream.isTTY) return undefined;
	let isOpen = true;
	const close = () => {
		if (isOpen) stream.write(shut);
		isOpen = false;
		process.off('exit', close);
	};
	process.on('exit', close);
	stream.write(open);
	return {
		get width() {
			return stream.columns ?? 80;
		},
		show(text) {
			const lines = text.split('\n').slice(0, (stream.rows ?? 24) - 1);
			stream.write(home + lines.map(line => line.slice(0, stream.columns ?? 80)).join('\n'));
		},
		close,
	};
}
