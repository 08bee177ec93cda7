// Finds the dissector of what comes next: the binding tables name a header, this file knows who dissects it.
import {bound} from '../wire/bind.js';
import type {Header} from '../wire/header.js';
import type {LayerDissector, Source, Walk} from './tree.js';

/** A header without a dissector of its own: its fields, then data. */
const plain =
	(header: Header): LayerDissector =>
	(walk, source, at, end) =>
		walk.header(header, header.proto, source, at, end) === undefined ? end : walk.data(source, at + header.length, end);

/** Dissects what is bound to `value` of `key`; data when nothing is. */
export function follow(walk: Walk, key: string, value: number, source: Source, at: number, end: number): number {
	if (at >= end) return at;
	const header = bound(key, value);
	if (header === undefined) return walk.data(source, at, end);
	return (walk.dissectors.get(header.proto) ?? plain(header))(walk, source, at, end);
}
