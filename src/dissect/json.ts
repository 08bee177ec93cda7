// One object a frame and line: layers and fields nested as in `tshark -T json`, values as it prints them. A protocol or field that occurs several
// times is an array; what lies below a field with a value of its own is in `<name>_tree`.
import type {Node} from '../wire/header.js';
import {fieldText, hexBytes, seconds} from './show.js';
import type {Tree} from './tree.js';

type Json = string | {[name: string]: Json} | Json[];

function put(object: {[name: string]: Json}, name: string, value: Json): void {
	const present = object[name];
	if (present === undefined) object[name] = value;
	else if (Array.isArray(present)) present.push(value);
	else object[name] = [present, value];
}

/** Bytes with colons between them, as tshark's JSON and PDML have them. */
export function longText(node: Node): string {
	if (node.field === undefined) return node.label;
	if (node.value === undefined || node.field.show === 'none') return '';
	if (node.value instanceof Uint8Array && (node.field.show === 'bytes' || node.field.show === 'hex')) return hexBytes(node.value, ':');
	return fieldText(node);
}

function objectOf(nodes: readonly Node[]): {[name: string]: Json} {
	const object: {[name: string]: Json} = {};
	for (const node of nodes) {
		const children = node.children ?? [];
		const heading = node.field === undefined || node.field.show === 'none';
		if (heading && children.length > 0) put(object, node.name, objectOf(children));
		else {
			put(object, node.name, longText(node));
			if (children.length > 0) put(object, `${node.name}_tree`, objectOf(children));
		}
	}
	return object;
}

/** The frame as a line of NDJSON: `{"type":"frame","number":…,"time":"epoch seconds","length":…,"protocols":…,"malformed":…,"layers":{…}}`. */
export function jsonLine(tree: Tree): string {
	const {frame, layers, protocols, malformed} = tree;
	const head = {type: 'frame', number: frame.number, time: seconds(frame.time), length: frame.length, protocols, malformed};
	return `${JSON.stringify({...head, layers: objectOf(layers)})}\n`;
}
