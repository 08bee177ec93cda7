// The Internet checksum of a changing frame: the sum of what stays is kept, per length; only the words that change are added for each frame (RFC 1624's idea).
import {fold, sum16} from '../../wire/checksum.js';
import type {Build, Step} from './build.js';

export interface ChecksumPlan {
	/** Offset of the checksum field in the frame. */
	readonly field: number;
	/** What is summed, from an offset to an offset that may depend on the length. */
	readonly from: number;
	readonly end: (length: number) => number;
	/** The addresses of a pseudo header: where they lie and how many bytes both have. */
	readonly addresses?: {readonly at: number; readonly length: number};
	/** Protocol number of the pseudo header; its length is that of what is summed. */
	readonly protocol?: number;
	/** UDP: 0 means that there is none, so a sum of 0 is sent as 0xffff (RFC 768). */
	readonly neverZero?: boolean;
}

const ones = 0xffff;

/** Writes a checksum into every frame. To be registered when all that is summed has been. */
export function checksumStep(build: Build, {field, from, end, addresses, protocol = 0, neverZero = false}: ChecksumPlan): Step {
	const below = addresses === undefined ? new Uint32Array(0) : build.changingWords(addresses.at).filter(place => place < addresses.length);
	const words = build.changingWords(from);
	const loose = build.loose;
	/** By length: the sum without the changing words, 0 only when nothing but zeros is summed; from 1 to 0xffff otherwise. */
	const kept: Array<number | undefined> = [];
	const whole = (view: DataView, at: number, stop: number) => {
		const pseudo = addresses === undefined ? 0 : sum16(view, at + addresses.at, at + addresses.at + addresses.length) + protocol + (stop - from);
		return sum16(view, at + from, at + stop, pseudo);
	};
	const changing = (view: DataView, at: number, stop: number) => {
		let sum = 0;
		for (let i = 0; i < below.length; i++) sum += view.getUint16(at + (addresses as {at: number}).at + (below[i] as number));
		for (let i = 0; i < words.length; i++) {
			const place = from + (words[i] as number);
			if (place + 1 < stop) sum += view.getUint16(at + place);
			else if (place < stop) sum += view.getUint8(at + place) << 8;
		}
		return sum;
	};
	return (_bytes, view, at, length) => {
		view.setUint16(at + field, 0);
		const stop = end(length);
		let sum: number;
		if (loose) sum = whole(view, at, stop);
		else {
			const now = changing(view, at, stop);
			let rest = kept[length];
			if (rest === undefined) {
				const left = whole(view, at, stop) - now;
				rest = left === 0 ? 0 : ((left % ones) + ones) % ones || ones;
				kept[length] = rest;
			}
			sum = rest + now;
		}
		const folded = fold(sum);
		view.setUint16(at + field, neverZero && folded === 0 ? ones : folded);
	};
}
