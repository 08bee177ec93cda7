// Ethernet and VLAN tags, and what is left behind the packet: padding up to 60 bytes, or a trailer that must not become anybody's data.
import {ethernet, ethernet8023, llc, smallestType} from '../../wire/ethernet.js';
import {serviceTag, vlan} from '../../wire/vlan.js';
import {follow} from '../next.js';
import {show} from '../show.js';
import {generated, type Layer, type Source, type Walk} from '../tree.js';

/** Ethernet's least frame without the check sequence (IEEE 802.3 3.2.8). */
const leastFrame = 60;

export function dissectEthernet(walk: Walk, source: Source, at: number, end: number): number {
	const last = end - at >= ethernet.length ? ethernet.fields.type.read(source.view, at) : smallestType;
	const table = last < smallestType ? ethernet8023 : ethernet;
	const layer = walk.header(table, 'Ethernet', source, at, end);
	if (layer === undefined) return end;
	const {src, dst} = ethernet.fields;
	const [from, to] = [src, dst].map(field => show(field.read(source.view, at), field));
	layer.label = `${last < smallestType ? 'IEEE 802.3 Ethernet' : 'Ethernet II'}, Src: ${from}, Dst: ${to}`;
	return payload(walk, layer, last, source, at + table.length, end);
}

export function dissectVlan(walk: Walk, source: Source, at: number, end: number): number {
	const layer = walk.header(vlan, '802.1Q Virtual LAN', source, at, end);
	if (layer === undefined) return end;
	const {priority, dei, id, etype} = vlan.fields;
	const read = (field: typeof id) => field.read(source.view, at);
	layer.label = `802.1Q Virtual LAN, PRI: ${read(priority)}, DEI: ${read(dei)}, ID: ${read(id)}`;
	return payload(walk, layer, read(etype), source, at + vlan.length, end);
}

export function dissectServiceTag(walk: Walk, source: Source, at: number, end: number): number {
	const layer = walk.header(serviceTag, 'IEEE 802.1ad', source, at, end);
	if (layer === undefined) return end;
	const {id, '.ieee8021ah.etype': etype} = serviceTag.fields;
	layer.label = `IEEE 802.1ad, ID: ${id.read(source.view, at)}`;
	return payload(walk, layer, etype.read(source.view, at), source, at + serviceTag.length, end);
}

/** What a type or length announces, then padding and trailer into the layer that announced it. */
function payload(walk: Walk, layer: Layer, type: number, source: Source, at: number, end: number): number {
	if (type < smallestType) {
		const stop = Math.min(end, at + type);
		if (stop - at < type) {
			walk.rest(source, at, end, `${type} bytes of 802.3 payload`);
			return end;
		}
		const inner = walk.header(llc, 'Logical-Link Control', source, at, stop);
		if (inner !== undefined) walk.data(source, at + llc.length, stop);
		return trailer(layer, source, stop, end);
	}
	walk.protocols.push('ethertype');
	const used = follow(walk, 'eth.type', type, source, at, end);
	return trailer(layer, source, used, end);
}

/** Zeros up to the least frame are padding, as Wireshark has it; anything else behind the packet is a trailer. */
function trailer(layer: Layer, source: Source, at: number, end: number): number {
	if (at >= end || layer.name !== 'eth') return at;
	const least = Math.min(end, Math.max(at, leastFrame));
	let zeros = at;
	while (zeros < least && source.bytes[zeros] === 0) zeros++;
	const padding = zeros === least && zeros > at ? least : at;
	if (padding > at) layer.children.push(generated('eth.padding', source.bytes.subarray(at, padding), at, padding - at));
	if (end > padding) layer.children.push(generated('eth.trailer', source.bytes.subarray(padding, end), padding, end - padding));
	return end;
}
