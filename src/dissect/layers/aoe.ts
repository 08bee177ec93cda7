// AoE (AoEr11): ATA commands with their data and the IDENTIFY block, config, MAC mask, reserve. Responses find their request by tag, as in
// packet-aoe.c: the same two stations and the same tag; a tag that is used again stands for the newer request.
import {
	aoe,
	aoeAtaRequest,
	aoeAtaResponse,
	aoeCommand,
	aoeCommandNames,
	aoeConfig,
	aoeMask,
	aoeMaskDirective,
	aoeReserve,
	aoeReserveEntry,
	ataCommandNames,
} from '../../wire/aoe.js';
import {ataCommand, ataIdentify, SECTOR} from '../../wire/ata.js';
import type {Node} from '../../wire/header.js';
import {hexBytes} from '../show.js';
import {generated, group, type Layer, type LayerDissector, present, type Source, type Walk} from '../tree.js';

interface Request {
	readonly frame: number;
	readonly time: bigint;
	readonly command: number;
	readonly sectors: number;
}

/** Outstanding requests that are remembered; the oldest go first. */
const mostOutstanding = 65_536;
const reads: ReadonlySet<number> = new Set([ataCommand.read, ataCommand.readExt]);

/** A dissector of AoE frames with a memory for tags. */
export function aoeDissector(): LayerDissector {
	const outstanding = new Map<string, Request>();
	return (walk, source, at, end) => {
		const layer = walk.header(aoe, 'ATAoverEthernet', source, at, end);
		if (layer === undefined) return end;
		const {view} = source;
		const {cmd, response, error, flags_error, major, minor} = aoe.fields;
		const command = cmd.read(view, at);
		const answer = response.read(view, at) === 1;
		// as in Wireshark the error byte is shown where it means something; set without its flag it is shown too
		if (flags_error.read(view, at) === 0 && error.read(view, at) === 0) {
			drop(layer, node => node.name === 'aoe.error');
		}
		layer.label = `ATA over Ethernet, ${aoeCommandNames[command] ?? `command ${command}`} ${answer ? 'response' : 'request'}, ${major.read(view, at)}.${minor.read(view, at)}`;
		layer.size = end - at;
		const body = at + aoe.length;
		let stop = body;
		if (command === aoeCommand.ata) stop = ata(walk, layer, source, at, end, answer, outstanding);
		else if (command === aoeCommand.config) stop = config(walk, layer, source, body, end);
		else if (command === aoeCommand.macMask) stop = mask(walk, layer, source, body, end);
		else if (command === aoeCommand.reserve) stop = reserve(walk, layer, source, body, end);
		else if (end > body) {
			layer.children.push(generated('aoe.data', source.bytes.subarray(body, end), body, end - body));
			stop = end;
		}
		if (stop < end && !walk.malformed) layer.children.push(generated('aoe.padding', source.bytes.subarray(stop, end), stop, end - stop));
		return end;
	};
}

const drop = (layer: Layer, which: (node: Node) => boolean) => layer.children.splice(0, layer.children.length, ...layer.children.filter(node => !which(node)));

/** The stations and the tag. The Ethernet header lies in front of the AoE header, whatever tags are between them. */
function keyOf(walk: Walk, source: Source, at: number, answer: boolean): string {
	const link = walk.layers.find(layer => layer.name === 'eth');
	const address = (from: number) => (link === undefined ? '' : hexBytes(link.source.bytes.subarray(link.pos + from, link.pos + from + 6)));
	const [client, server] = answer ? [address(0), address(6)] : [address(6), address(0)];
	return `${client} ${server} ${aoe.fields.tag.read(source.view, at)}`;
}

function ata(walk: Walk, layer: Layer, source: Source, at: number, end: number, answer: boolean, outstanding: Map<string, Request>): number {
	const body = at + aoe.length;
	if (!walk.extend(layer, answer ? aoeAtaResponse : aoeAtaRequest, body, end)) return end;
	layer.size = end - at;
	const {view} = source;
	const write = aoeAtaRequest.fields['aflags.w'].read(view, body) === 1;
	const extended = aoeAtaRequest.fields['aflags.e'].read(view, body) === 1;
	// as in Wireshark A and D are shown where they can mean something; set without that they are shown too
	drop(layer, node => node.value === 0 && ((node.name === 'aoe.aflags.a' && !write) || (node.name === 'aoe.aflags.d' && !extended)));
	const fields = aoeAtaRequest.fields;
	const key = keyOf(walk, source, at, answer);
	const data = body + aoeAtaRequest.length;
	if (!answer) {
		const command = fields['ata.cmd'].read(view, body);
		const sectors = fields.sector_count.read(view, body);
		layer.label += `, ${ataCommandNames[command] ?? `ATA command ${command}`}, ${sectors} sectors at ${fields.lba.read(view, body)}`;
		outstanding.delete(key);
		outstanding.set(key, {frame: walk.frame.number, time: walk.frame.time, command, sectors});
		if (outstanding.size > mostOutstanding) outstanding.delete(outstanding.keys().next().value as string);
		if (fields['aflags.w'].read(view, body) === 0) return data;
		return payload(walk, layer, source, data, end, sectors * SECTOR, `data of ${sectors} sectors`);
	}
	const request = outstanding.get(key);
	if (request !== undefined) {
		outstanding.delete(key);
		layer.children.push(
			generated('aoe.response_to', request.frame, at),
			generated('aoe.time', walk.frame.time - request.time, body),
			generated('aoe.ata.cmd', request.command, at),
		);
	}
	const failed = aoe.fields.flags_error.read(view, at) === 1 || (aoeAtaResponse.fields['ata.status'].read(view, body) & 1) === 1;
	if (request === undefined) {
		// without the request the frame does not say what its bytes are: whole sectors are data
		return payload(walk, layer, source, data, end, end - data - ((end - data) % SECTOR), '');
	}
	if (failed) return data;
	if (request.command === ataCommand.identify) return identify(walk, layer, source, data, end);
	if (reads.has(request.command)) return payload(walk, layer, source, data, end, request.sectors * SECTOR, `data of ${request.sectors} sectors`);
	return data;
}

function payload(walk: Walk, layer: Layer, source: Source, at: number, end: number, size: number, expected: string): number {
	const stop = Math.min(end, at + size);
	if (stop > at) layer.children.push(generated('aoe.data', source.bytes.subarray(at, stop), at, stop - at));
	if (at + size <= end) return stop;
	walk.rest(source, stop, end, expected);
	return end;
}

function identify(walk: Walk, layer: Layer, source: Source, at: number, end: number): number {
	const nodes = ataIdentify.dissect(source.view, at, end);
	layer.children.push(group('aoe.identify', at, Math.min(ataIdentify.length, end - at), undefined, [...nodes]));
	if (end - at >= ataIdentify.length) return at + ataIdentify.length;
	walk.rest(source, end, end, 'IDENTIFY data of 512 bytes');
	return end;
}

/** Text as it is printed: what is not printable ASCII becomes a dot. */
const printable = (bytes: Uint8Array) => Array.from(bytes, code => (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.')).join('');

function config(walk: Walk, layer: Layer, source: Source, at: number, end: number): number {
	// Wireshark leaves the body of an empty query alone; a query may end with the common header
	if (at === end) return end;
	if (!walk.extend(layer, aoeConfig, at, end)) return end;
	const length = aoeConfig.fields.length.read(source.view, at);
	const from = at + aoeConfig.length;
	const stop = Math.min(end, from + length);
	if (stop > from) layer.children.push(generated('aoe.config.string', printable(source.bytes.subarray(from, stop)), from, stop - from));
	if (from + length <= end) return stop;
	walk.rest(source, stop, end, `config string of ${length} bytes`);
	return end;
}

function mask(walk: Walk, layer: Layer, source: Source, at: number, end: number): number {
	if (!walk.extend(layer, aoeMask, at, end)) return end;
	const count = aoeMask.fields.dcount.read(source.view, at);
	let place = at + aoeMask.length;
	for (let i = 0; i < count; i++, place += aoeMaskDirective.length) {
		if (end - place < aoeMaskDirective.length) {
			walk.rest(source, place, end, `MAC mask directive ${i + 1} of ${count}`);
			return end;
		}
		layer.children.push(group('aoe.mask.dir', place, aoeMaskDirective.length, undefined, present(aoeMaskDirective, source.view, place, end)));
	}
	return place;
}

function reserve(walk: Walk, layer: Layer, source: Source, at: number, end: number): number {
	if (!walk.extend(layer, aoeReserve, at, end)) return end;
	const count = aoeReserve.fields.nmacs.read(source.view, at);
	let place = at + aoeReserve.length;
	for (let i = 0; i < count; i++, place += aoeReserveEntry.length) {
		if (end - place < aoeReserveEntry.length) {
			walk.rest(source, place, end, `reserve address ${i + 1} of ${count}`);
			return end;
		}
		layer.children.push(...aoeReserveEntry.dissect(source.view, place, end));
	}
	return place;
}
