// MPLS label stacks, down to the packet under them, which is known by its first four bits only (RFC 4928 3).
import {mpls} from '../../wire/mpls.js';
import {follow} from '../next.js';
import type {Source, Walk} from '../tree.js';

export function dissectMpls(walk: Walk, source: Source, at: number, end: number): number {
	const {view} = source;
	const {label, exp, bottom, ttl} = mpls.fields;
	let first = true;
	for (let place = at; ; place += mpls.length) {
		const layer = walk.header(mpls, 'MultiProtocol Label Switching Header', source, place, end);
		// a stack of labels is one protocol in frame.protocols
		if (!first) walk.protocols.pop();
		first = false;
		if (layer === undefined) return end;
		const last = bottom.read(view, place);
		layer.label = `MultiProtocol Label Switching Header, Label: ${label.read(view, place)}, Exp: ${exp.read(view, place)}, S: ${last}, TTL: ${ttl.read(view, place)}`;
		const inner = place + mpls.length;
		if (last === 0 && inner < end) continue;
		if (last === 0) {
			walk.rest(source, end, end, 'a label with the bottom bit');
			return end;
		}
		return inner < end ? follow(walk, 'ip.version', view.getUint8(inner) >>> 4, source, inner, end) : end;
	}
}
