// Frames written as hexadecimal digits: bare, with separators, or as the dumps that xxd, tcpdump -x and Wireshark print.
import {usage} from '../../base/errors.js';

/** `0000  ff ff …`, `00000000: ffff …`, `0x0000:  ffff …`: an offset, then bytes, then perhaps the same as text. */
const dumpLine = /^\s*(?:0x)?([0-9a-f]{4,8})(?::\s*|\s{2,})((?:[0-9a-f]{2}[ \t-]?)+)(?:\s{2,}.*)?$/i;
const bareLine = /^(?:0x)?[0-9a-f]{2}(?:[\s:,.-]*(?:0x)?[0-9a-f]{2})*[\s,]*$/i;

const bytesIn = (digits: string): number[] => (digits.replace(/0x/gi, '').match(/[0-9a-f]{2}/gi) ?? []).map(pair => Number.parseInt(pair, 16));

/** The frames in a text: an empty line, or an offset of 0, begins the next one; `#` begins a comment. ERR_USAGE naming `what` and the line. */
export function parseHex(text: string, what: string): Uint8Array[] {
	const frames: Uint8Array[] = [];
	let bytes: number[] = [];
	/** Whether this frame is a dump: then every line has its offset. */
	let dumped = false;
	const close = () => {
		if (bytes.length > 0) frames.push(Uint8Array.from(bytes));
		bytes = [];
	};
	for (const [i, whole] of text.split(/\r?\n/).entries()) {
		const line = whole.replace(/#.*$/, '');
		if (line.trim() === '') {
			if (whole.trim() === '') close();
			continue;
		}
		const dump = dumpLine.exec(line);
		const offset = dump === null ? -1 : Number.parseInt(dump[1] as string, 16);
		if (offset === 0 && dumped) close();
		if (bytes.length === 0) dumped = offset === 0;
		const refuse = (why: string) => usage(`${what}, line ${i + 1}: "${line.trim().slice(0, 40)}" ${why}`, {line: i + 1});
		if (dumped && offset !== bytes.length) throw refuse(`is no line of a dump with the offset 0x${bytes.length.toString(16).padStart(4, '0')}`);
		if (!dumped && !bareLine.test(line.trim())) throw refuse('is no line of whole bytes in hexadecimal digits');
		for (const byte of bytesIn(dumped ? ((dump as RegExpExecArray)[2] as string) : line)) bytes.push(byte);
	}
	close();
	return frames;
}

/** The frames of a file's bytes: hexadecimal text if nothing else is in it, otherwise the bytes are one frame. */
export function parseFrameFile(bytes: Uint8Array, path: string): Uint8Array[] {
	const text = bytes.every(byte => byte === 9 || byte === 10 || byte === 13 || (byte >= 0x20 && byte < 0x7f));
	return text ? parseHex(new TextDecoder().decode(bytes), path) : [bytes];
}
