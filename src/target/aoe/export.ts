// One volume exported at one shelf.slot: the state that AoE commands read and change, and what they counted.
import {NetstressError} from '../../base/errors.js';
import type {Volume} from '../../disk/volume.js';
import {ALL_SHELVES, ALL_SLOTS} from '../../wire/aoe.js';
import {MacList} from './mac-list.js';

export interface AoeExportCounters {
	/** Requests answered, by kind. */
	reads: number;
	writes: number;
	flushes: number;
	others: number;
	readBytes: number;
	writtenBytes: number;
	/** Answered with an ATA error status. */
	ataErrors: number;
	/** Answered with an AoE error code. */
	protocolErrors: number;
	/** Not answered: the source is not on the MAC mask list, or a config test did not match. */
	unanswered: number;
}

export interface AoeExportOptions {
	shelf: number;
	slot: number;
	volume: Volume;
	/** Initial config string. */
	config?: Uint8Array;
	/** Initial MAC mask list; empty = everybody may. */
	allowed?: readonly Uint8Array[];
	/** Buffer count to advertise; by default it follows from the port's receive ring. */
	bufferCount?: number;
}

export class AoeExport {
	readonly shelf: number;
	readonly slot: number;
	readonly volume: Volume;
	readonly bufferCount: number | undefined;
	config: Uint8Array;
	readonly mask = new MacList(255);
	readonly reservation = new MacList(255);
	readonly counters: AoeExportCounters = {
		reads: 0,
		writes: 0,
		flushes: 0,
		others: 0,
		readBytes: 0,
		writtenBytes: 0,
		ataErrors: 0,
		protocolErrors: 0,
		unanswered: 0,
	};

	/** ERR_USAGE when shelf or slot is no unicast address: 0..65534 and 0..254 (AoEr11 2.4). */
	constructor(options: AoeExportOptions) {
		const {shelf, slot, volume, config = new Uint8Array(), allowed = [], bufferCount} = options;
		const whole = (value: number, limit: number) => Number.isInteger(value) && value >= 0 && value < limit;
		if (!whole(shelf, ALL_SHELVES) || !whole(slot, ALL_SLOTS)) {
			throw new NetstressError('ERR_USAGE', `AoE address ${shelf}.${slot}: the shelf is 0 to 65534, the slot 0 to 254`, {shelf, slot});
		}
		this.shelf = shelf;
		this.slot = slot;
		this.volume = volume;
		this.config = config;
		this.bufferCount = bufferCount;
		for (const address of allowed) this.mask.add(address, 0);
	}
}
