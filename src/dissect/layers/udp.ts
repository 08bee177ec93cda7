// UDP: ports, length, checksum; the payload is data, because no storage protocol here travels in it.
import {fold, pseudoHeader, sum16} from '../../wire/checksum.js';
import {udp} from '../../wire/udp.js';
import {generated, type Source, type Walk} from '../tree.js';
import {networkOf} from './ip.js';

export function dissectUdp(walk: Walk, source: Source, at: number, end: number): number {
	const layer = walk.header(udp, 'User Datagram Protocol', source, at, end);
	if (layer === undefined) return end;
	const {view, bytes} = source;
	const {srcport, dstport, length, checksum} = udp.fields;
	layer.label = `User Datagram Protocol, Src Port: ${srcport.read(view, at)}, Dst Port: ${dstport.read(view, at)}`;
	const size = length.read(view, at);
	if (size < udp.length || at + size > end) {
		walk.rest(source, at + udp.length, end, `a UDP length from 8 to ${end - at}, not ${size}: datagram`);
		return end;
	}
	const stop = at + size;
	const network = networkOf(walk);
	if (network !== undefined && !walk.quoted) {
		// zero means that the sender made none (RFC 768 "Fields"); IPv6 does not allow that (RFC 8200 8.1)
		const sum = checksum.read(view, at);
		const good = fold(sum16(view, at, stop, pseudoHeader(network.source.view, network.at, network.size, 17, size))) === 0;
		layer.children.push(generated('udp.checksum.status', sum === 0 ? (network.size === 4 ? 3 : 4) : good ? 1 : 0, at + checksum.at));
	}
	if (stop > at + udp.length) {
		layer.children.push(generated('udp.payload', bytes.subarray(at + udp.length, stop), at + udp.length, stop - at - udp.length));
		walk.data(source, at + udp.length, stop);
	}
	return stop;
}
