// Dropped frames as pcapng blocks: an interface for each place they were dropped at, and in each packet's comment why (draft-ietf-opsawg-pcapng, opt_comment; Wireshark's
// `frame.comment`). Pure: samples in, blocks out.
import {linkEthernet} from '../../wire/capture.js';
import {PcapngEncoder} from '../../wire/pcapng-write.js';
import type {Drop, Sample} from './drop.js';
import {explain} from './reasons.js';

/** LINKTYPE_RAW: IPv4 or IPv6 without a link header. */
const linkRaw = 101;

/** An interface for people: its name, or its number where the name is gone; with its namespace unless it is our own. */
export function interfaceText({iface, ifindex, namespace}: Drop): string {
	const name = iface !== '' ? iface : ifindex > 0 ? `#${ifindex}` : '';
	return name === '' || namespace === '' || namespace === 'self' ? name : `${name}@${namespace}`;
}

export class SampleFile {
	readonly #encoder = new PcapngEncoder();
	readonly #interfaces = new Map<string, number>();

	/** The block that begins the file. */
	begin(version: string): Uint8Array {
		return this.#encoder.section(`netstress ${version}`, 'frames that the kernel dropped: the first of each kind, shortened');
	}

	/** The blocks of one sample: its interface's where that is new, and its packet's. */
	blocks(sample: Sample): Uint8Array[] {
		const {drop, bytes, length, time, link, location} = sample;
		const linkType = link === 'ethernet' ? linkEthernet : linkRaw;
		const name = interfaceText(drop) || 'unknown';
		const key = `${linkType} ${name}`;
		const known = this.#interfaces.get(key);
		const number = known ?? this.#interfaces.size;
		this.#interfaces.set(key, number);
		const {meaning} = explain(drop.reason, drop.symbol);
		const comments = [`${drop.reason} at ${location || drop.symbol}: ${meaning}`];
		const packet = this.#encoder.packet({interface: number, bytes, length, time, comments});
		return known === undefined ? [this.#encoder.interface({name, linkType, snapLength: 0}), packet] : [packet];
	}
}
