// A dropped frame as sample-program.ts hands it over, and what it was dropped for.
import type {Drop, Sample} from './drop.js';
import {dropKey} from './key.js';
import {sampleBytes, sampleEntry, sampleLength} from './sample-program.js';
import type {Symbols} from './symbols.js';

/** mac_header of a frame that has none (linux/skbuff.h, skb_mac_header_was_set). */
const noHeader = 0xffff;
const isIp = (protocol: number) => protocol === 0x0800 || protocol === 0x86dd;

/** The frame's bytes: of its linear part as the program copied them, or in front of its data those, and then what the kernel put behind the sample. */
function frameBytes(entry: Uint8Array, view: DataView, length: number): Uint8Array {
	const copied = (count: number) => entry.slice(sampleEntry.bytes, sampleEntry.bytes + Math.min(count, sampleBytes));
	if (entry.length <= sampleLength) return copied(view.getUint32(sampleEntry.captured, true));
	const front = copied(view.getUint32(sampleEntry.linear, true));
	// rings hold multiples of eight bytes: what is behind the frame's end is not the frame's
	const rest = entry.subarray(sampleLength, sampleLength + Math.max(0, Math.min(length, sampleBytes) - front.length));
	return Uint8Array.from([...front, ...rest]);
}

/** Reads one sample; never throws for what the kernel put there. `epoch`: nanoseconds from CLOCK_MONOTONIC to 1970. */
export function parseSample(entry: Uint8Array, dropOf: (key: Uint8Array) => Drop, symbols: Symbols, epoch: bigint): Sample {
	const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
	const key = entry.slice(sampleEntry.key, sampleEntry.key + dropKey.length);
	const drop = dropOf(key);
	const found = symbols.find(view.getBigUint64(sampleEntry.key + dropKey.location, true));
	const mac = view.getUint16(sampleEntry.mac, true);
	const network = view.getUint16(sampleEntry.network, true);
	const length = view.getUint32(sampleEntry.length, true);
	const bytes = frameBytes(entry, view, length);
	const withoutLink = isIp(drop.protocol) && (mac === noHeader || (network !== 0 && mac === network));
	return {
		drop,
		location: found === undefined ? '' : `${found.name}+0x${found.offset.toString(16)}`,
		time: view.getBigUint64(sampleEntry.time, true) + epoch,
		length: Math.max(bytes.length, length),
		bytes,
		link: withoutLink ? 'ip' : 'ethernet',
	};
}
