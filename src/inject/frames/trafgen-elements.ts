// What a packet of trafgen consists of besides its headers, as layers of ours: bytes, chance, counters, checksums.
import {u8} from '../../wire/field.js';
import {header} from '../../wire/header.js';
import {checksumStep} from './checksums.js';
import type {Kind} from './kind.js';
import {cycle, type Series} from './series.js';

const nothing = header('data', 0, {});
const byte = header('data', 1, {value: u8(0, 'Value')});
const element = {name: 'bytes', about: 'an element of a trafgen packet', over: 'anything', carries: false} as const;

/** Bytes that stay. */
export const bytesElement = (bytes: Uint8Array): Kind => ({
	...element,
	table: nothing,
	content(layer) {
		layer.content = bytes;
	},
});

/** drnd(count): other bytes in every frame. */
export const randomElement = (count: number): Kind => ({
	...element,
	table: nothing,
	content(layer, {random}) {
		layer.content = new Uint8Array(count);
		layer.fresh = random();
	},
});

/** One byte that counts. */
export const counterElement = (series: Series): Kind => ({
	...element,
	table: byte,
	content(layer) {
		layer.given.set('value', {constant: 0, series, write: byte.fields.value.write});
	},
});

/** dinc(from,to,step) of one byte: its first value is already one step on, and what goes over the end is carried to the start. */
export function byteCounter(from: number, to: number, step: number): Series {
	const span = to - from + 1;
	const values: number[] = [];
	let value = from;
	do {
		value = ((((value - from + step) % span) + span) % span) + from;
		values.push(value);
	} while (value !== from && values.length < 256);
	return cycle(values);
}

/** ddec(from,to,step): down from the upper end, the first value already one step on. */
export function byteCounterDown(from: number, to: number, step: number): Series {
	const span = to - from + 1;
	const values: number[] = [];
	let value = to;
	do {
		value = ((((value - from - step) % span) + span) % span) + from;
		values.push(value);
	} while (value !== to && values.length < 256);
	return cycle(values);
}

/** csumip(from,to): the Internet checksum over the bytes from `from` to `to`, both included, as far as the frame goes. */
export const checksumElement = (from: number, to: number): Kind => ({
	...element,
	table: nothing,
	content(layer) {
		layer.content = new Uint8Array(2);
	},
	finish(layer, build) {
		if (from >= build.natural) throw build.wrong(layer.position, `a checksum from byte ${from} on: the packet has ${build.natural}`);
		build.steps.push(checksumStep(build, {field: layer.at, from, end: () => Math.min(to + 1, build.natural)}));
		build.changes(layer.at, layer.at + 2);
	},
});

/** csumudp, csumtcp and those of IPv6: from the transport header to the end, over the pseudo header of the addresses of the packet at `network`. */
export const transportElement = (network: number, transport: number, protocol: 6 | 17, version: 4 | 6): Kind => ({
	...element,
	table: nothing,
	content(layer) {
		layer.content = new Uint8Array(2);
	},
	finish(layer, build) {
		const last = network + (version === 4 ? 20 : 40);
		if (last > build.natural || transport >= build.natural)
			throw build.wrong(layer.position, `a checksum over an IPv${version} header at ${network} and from byte ${transport} on: the packet has ${build.natural}`);
		const addresses = version === 4 ? {at: network + 12, length: 8} : {at: network + 8, length: 32};
		build.steps.push(checksumStep(build, {field: layer.at, from: transport, end: () => build.natural, addresses, protocol}));
		build.changes(layer.at, layer.at + 2);
	},
});
