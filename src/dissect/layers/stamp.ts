// The injector's stamped frames (src/wire/stamp.ts). The EtherType is the local experimental one, which others may use too: without the magic number
// the frame is data.
import {STAMP_MAGIC, stamp, stampCheck, TRAILER_MAGIC, trailer} from '../../wire/stamp.js';
import {generated, type Source, type Walk} from '../tree.js';

export function dissectStamp(walk: Walk, source: Source, at: number, end: number): number {
	const {view} = source;
	if (end - at < 4 || view.getUint32(at) !== STAMP_MAGIC) return walk.data(source, at, end);
	const layer = walk.header(stamp, 'netstress stamp', source, at, end);
	if (layer === undefined) return end;
	const {run, stream, sequence, check} = stamp.fields;
	layer.label = `netstress stamp, run ${run.read(view, at).toString(16)}, stream ${stream.read(view, at)}, sequence ${sequence.read(view, at)}`;
	layer.children.push(generated('netstress.check.status', stampCheck(view, at) === check.read(view, at) ? 1 : 0, at + check.at));
	layer.size = end - at;
	const tail = end - trailer.length;
	if (tail >= at + stamp.length && view.getUint32(tail) === TRAILER_MAGIC) walk.extend(layer, trailer, tail, end);
	return end;
}
