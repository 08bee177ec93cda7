// Storage on the wire as this host sees it: a capture ring on an interface, with a filter in the kernel and short snapshots, read while the dashboard waits for its next
// tick. Both directions are needed to pair requests with answers, and only sockets for every EtherType are shown what a host sends (net/core/dev.c,
// dev_queue_xmit_nit): hence the filter, and no ring where nobody speaks storage.
import {readFileSync} from 'node:fs';
import {NetstressError} from '../../base/errors.js';
import {type CaptureRing, openCaptureRing} from '../../port/capture-ring.js';
import type {StorageTick} from '../sample.js';
import {storageFilter} from './filter.js';
import {storageInterfaces} from './find.js';
import {StorageFrames} from './frames.js';

/** Interfaces that are listened on where none was asked for. */
const mostInterfaces = 4;
/** What comes in 25 ms at a million frames a second, and as much again. */
const ringBytes = 16 << 20;
/** Seconds between two looks for interfaces that speak storage. */
const searchSeconds = 2;

const readNet = (name: string): string => {
	try {
		return readFileSync(`/proc/thread-self/net/${name}`, 'utf8');
	} catch {
		return ''; // built without it
	}
};

export class StorageWatch {
	/** The interface that was asked for. */
	readonly #iface: string | undefined;
	readonly #rings = new Map<string, CaptureRing>();
	readonly #frames = new StorageFrames();
	/** Of rings that are closed. */
	#dropped = 0;
	#why = '';
	#searched = Number.NEGATIVE_INFINITY;

	constructor(iface: string | undefined) {
		this.#iface = iface;
	}

	/** True when there is something to `poll`. */
	get listening(): boolean {
		return this.#rings.size > 0;
	}

	/** Listens where storage is spoken now, or where it was asked to. `indexes`: interfaces by their numbers. */
	search(atSeconds: number, indexes: ReadonlyMap<number, string>): void {
		if (atSeconds - this.#searched < searchSeconds) return;
		this.#searched = atSeconds;
		const wanted = this.#iface === undefined ? storageInterfaces(readNet, index => indexes.get(index)).slice(0, mostInterfaces) : [this.#iface];
		this.#why = '';
		for (const iface of wanted) {
			if (this.#rings.has(iface)) continue;
			try {
				this.#rings.set(iface, openCaptureRing(iface, {filter: storageFilter, ringBytes, timeoutMs: 20}));
			} catch (error) {
				if (!(error instanceof NetstressError)) throw error;
				this.#why = error.code === 'ERR_PERMISSION' ? `listening on ${iface} needs CAP_NET_RAW: run as root` : error.message;
			}
		}
		// storage that is spoken no more, and interfaces that are gone
		for (const [iface, ring] of this.#rings) if (!wanted.includes(iface) || ![...indexes.values()].includes(iface)) this.#drop(iface, ring);
	}

	#drop(iface: string, ring: CaptureRing): void {
		this.#dropped += ring.statistics().drops;
		ring.close();
		this.#rings.delete(iface);
	}

	/** Takes what waits in the rings. */
	poll(): void {
		for (const ring of this.#rings.values()) {
			// a frame on the loopback interface is shown as it goes and as it comes
			const {loopback} = ring.iface;
			ring.receive(frame => {
				if (!loopback || !frame.outgoing) this.#frames.take(frame);
			});
		}
	}

	/** What came since the last call. */
	read(): StorageTick {
		this.poll();
		const dropped = [...this.#rings.values()].reduce((sum, ring) => sum + ring.statistics().drops, this.#dropped);
		return {ifaces: [...this.#rings.keys()], protocols: this.#frames.read(), dropped, why: this.#why};
	}

	close(): void {
		for (const [iface, ring] of [...this.#rings]) this.#drop(iface, ring);
	}
}
