// -x: the bytes of a frame as tshark dumps them, and those of what was reassembled from several frames.
import type {Source, Tree} from './tree.js';

const width = 16;

/** Sixteen bytes a line: offset, hexadecimal, ASCII. */
export function hexDump(bytes: Uint8Array): string {
	let text = '';
	for (let at = 0; at < bytes.length; at += width) {
		const line = Array.from(bytes.subarray(at, at + width));
		const hex = line.map(byte => byte.toString(16).padStart(2, '0')).join(' ');
		const ascii = line.map(byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
		text += `${at.toString(16).padStart(4, '0')}  ${hex.padEnd(3 * width - 1)}   ${ascii}\n`;
	}
	return text;
}

/** The frame's bytes, then each reassembled source under a heading. */
export function hexOf(tree: Tree): string {
	const sources = new Set<Source>(tree.layers.map(layer => layer.source).filter(source => source.reassembled));
	const frame = hexDump(tree.frame.bytes);
	if (sources.size === 0) return `${frame}\n`;
	const more = [...sources].map(({bytes}) => `Reassembled TCP (${bytes.length} bytes):\n${hexDump(bytes)}`);
	return `Frame (${tree.frame.bytes.length} bytes):\n${frame}${more.join('')}\n`;
}
