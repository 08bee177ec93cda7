// ARP for IPv4 over Ethernet; other address sizes are shown as data.
import {arp} from '../../wire/arp.js';
import type {Source, Walk} from '../tree.js';

export function dissectArp(walk: Walk, source: Source, at: number, end: number): number {
	const layer = walk.header(arp, 'Address Resolution Protocol', source, at, end);
	if (layer === undefined) return end;
	const {opcode} = arp.fields;
	const number = opcode.read(source.view, at);
	layer.label = `Address Resolution Protocol (${opcode.names?.[number] ?? number})`;
	return at + arp.length;
}
