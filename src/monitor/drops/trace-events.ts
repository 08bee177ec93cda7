// The event kfree_skb as the kernel's trace buffers hold it: its `format` file says where the fields are (Documentation/trace/events.rst, section 2.2), and a page
// is a header and events of 4-byte words (include/linux/ring_buffer.h, kernel/trace/ring_buffer.c). Pure: text and bytes in, numbers out, and never an exception for them.

export interface TraceFormat {
	/** What the first two bytes of such an event say. */
	readonly id: number;
	/** Bytes from the event's beginning. `reason` since Linux 5.17. */
	readonly location: number;
	readonly protocol: number;
	readonly reason: number | undefined;
	/** The core's reasons as the format prints them, by value. */
	readonly names: ReadonlyMap<number, string>;
}

/** Reads `events/skb/kfree_skb/format`; undefined when it is not that event. */
export function parseFormat(text: string): TraceFormat | undefined {
	const id = /^ID: (\d+)$/m.exec(text)?.[1];
	const offset = (name: string) => {
		const found = new RegExp(`field:[^;]*\\b${name};\\s*offset:(\\d+);`).exec(text)?.[1];
		return found === undefined ? undefined : Number(found);
	};
	const location = offset('location');
	const protocol = offset('protocol');
	if (id === undefined || location === undefined || protocol === undefined) return undefined;
	const names = new Map<number, string>();
	for (const [, value, name] of text.matchAll(/\{ *(-?\w+), *"(\w+)" *\}/g)) names.set(Number(value) >>> 0, name as string);
	return {id: Number(id), location, protocol, reason: offset('reason'), names};
}

/** Where the events of a page begin (`events/header_page`), on 64-bit kernels: a time and the length of what follows. */
const pageHead = 16;
/** The length's upper bits say that events were lost before this page (RB_MISSED_EVENTS, RB_MISSED_STORED). */
const lengthMask = 0x0fff_ffff;

/** A page's size, from the text of `events/header_page`; 4096 where it does not say. */
export function pageBytes(text: string): number {
	const size = /\bdata;\s*offset:(\d+);\s*size:(\d+);/.exec(text);
	return size === null ? 4096 : Number(size[1]) + Number(size[2]);
}

export interface TraceDrop {
	readonly location: bigint;
	/** Host order. */
	readonly protocol: number;
	/** 0 where the kernel gives none. */
	readonly reason: number;
}

/** Types of an entry beyond data (enum ring_buffer_type). */
const entry = {padding: 29, timeExtend: 30, timeStamp: 31} as const;

/** Calls `visit` for each event of this format in a page. What is damaged or cut off ends the page. */
export function readPage(page: Uint8Array, format: TraceFormat, visit: (drop: TraceDrop) => void): void {
	if (page.length < pageHead) return;
	const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
	const end = Math.min(page.length, pageHead + (view.getUint32(8, true) & lengthMask));
	const needed = Math.max(format.location + 8, format.protocol + 2, (format.reason ?? 0) + 4);
	for (let at = pageHead; at + 4 <= end; ) {
		const head = view.getUint32(at, true);
		const type = head & 31;
		let data = at + 4;
		let length = type * 4;
		if (type === entry.timeExtend || type === entry.timeStamp) length = 4;
		else if (type === 0 || type === entry.padding) {
			if (type === entry.padding && head >>> 5 === 0) return; // nothing behind it
			if (data + 4 > end) return;
			length = view.getUint32(data, true) - 4; // it counts itself (rb_event_length)
			data += 4;
			if (length < 0) return;
		}
		const isData = type < entry.padding;
		if (isData && length >= needed && data + needed <= end && view.getUint16(data, true) === format.id)
			visit({
				location: view.getBigUint64(data + format.location, true),
				protocol: view.getUint16(data + format.protocol, true),
				reason: format.reason === undefined ? 0 : view.getUint32(data + format.reason, true),
			});
		at = data + ((length + 3) & ~3);
	}
}
