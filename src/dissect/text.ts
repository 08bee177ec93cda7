// The text tree: one line a node, `name: value [position+size]`, names as -e and -Y take them.
import type {Node} from '../wire/header.js';
import {describe, seconds} from './show.js';
import type {Tree} from './tree.js';

function line(node: Node, indent: string): string {
	const text = describe(node);
	const place = node.size > 0 ? ` [${node.pos}+${node.size}]` : '';
	return `${indent}${node.name}${text === '' ? '' : `: ${text}`}${place}\n`;
}

function lines(nodes: readonly Node[], indent: string): string {
	let text = '';
	for (const node of nodes) text += line(node, indent) + lines(node.children ?? [], `${indent}  `);
	return text;
}

/** The tree of a frame as text, an empty line behind it. */
export function textTree(tree: Tree): string {
	const [frame, ...layers] = tree.layers;
	const relative = frame?.children.find(node => node.name === 'frame.time_relative')?.value as bigint;
	const head = `${frame?.label}, at ${seconds(relative)} s, ${tree.protocols}\n`;
	return `${head}${lines(layers, '  ')}\n`;
}

/** A frame in one line: number, time since the first, length, and what its last two layers say. */
export function textLine(tree: Tree): string {
	const {frame, layers} = tree;
	const relative = layers[0]?.children.find(node => node.name === 'frame.time_relative')?.value as bigint;
	const told = layers.slice(1).filter(({name}) => name !== 'tcp.segments' && name !== 'data');
	return `${frame.number} ${seconds(relative)} ${frame.length} ${told
		.slice(-2)
		.map(({label}) => label)
		.join(' | ')}\n`;
}
