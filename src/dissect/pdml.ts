// PDML (Wireshark's doc/README.xml-output), so that programs that read tshark's read ours.
import type {Node} from '../wire/header.js';
import {longText} from './json.js';
import {describe, hexBytes} from './show.js';
import type {Layer, Source, Tree} from './tree.js';

const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;'};
/** Text inside an attribute; control characters that XML 1.0 forbids become U+FFFD. */
const quoted = (text: string) => Array.from(text, letter => ((letter.codePointAt(0) as number) < 0x20 ? '\ufffd' : (entities[letter] ?? letter))).join('');

/** What stands before the first packet. */
export const pdmlHead = '<?xml version="1.0" encoding="utf-8"?>\n<pdml version="0" creator="netstress">\n';
export const pdmlTail = '</pdml>\n';

function bytesOf(node: Node, source: Source): string {
	const {pos, size, field, value} = node;
	if (size === 0 || pos + size > source.bytes.length) return '';
	const raw = hexBytes(source.bytes.subarray(pos, pos + size));
	if (field?.mask === undefined || typeof value !== 'number') return ` value="${raw}"`;
	return ` value="${value.toString(16).toUpperCase()}" unmaskedvalue="${raw}"`;
}

function field(node: Node, source: Source, indent: string): string {
	const showname = node.field === undefined ? node.label : `${node.label}: ${describe(node)}`;
	const head = `${indent}<field name="${node.name}" showname="${quoted(showname)}" size="${node.size}" pos="${node.pos}" show="${quoted(longText(node))}"`;
	const children = node.children ?? [];
	if (children.length === 0) return `${head}${bytesOf(node, source)}/>\n`;
	return `${head}${bytesOf(node, source)}>\n${children.map(child => field(child, source, `${indent}  `)).join('')}${indent}</field>\n`;
}

function proto(layer: Layer): string {
	const head = `  <proto name="${layer.name}" showname="${quoted(layer.label)}" size="${layer.size}" pos="${layer.pos}"`;
	if (layer.children.length === 0) return `${head}/>\n`;
	return `${head}>\n${layer.children.map(child => field(child, layer.source, '    ')).join('')}  </proto>\n`;
}

/** One frame. */
export const pdmlPacket = (tree: Tree): string => `<packet>\n${tree.layers.map(proto).join('')}</packet>\n`;
