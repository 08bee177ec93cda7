// The AoE data plane: all AoE ports of a target in one thread. It drains each port, answers, kicks once, and sleeps in poll when there is nothing.
import {SPIN_MS} from '../../base/spin.js';
import {openFileVolume} from '../../disk/file.js';
import type {Volume} from '../../disk/volume.js';
import type {FramePort} from '../../port/port.js';
import {openRingPort, type TransmitEngine} from '../../port/ring.js';
import {Poller} from '../../sys/poll.js';
import {serveLoop} from '../plane-loop.js';
import {AoeExport} from './export.js';
import {AoeTarget} from './target.js';

/** What one export of the plane is made of; plain data, so that it can be handed to a worker. */
export interface AoeExportSpec {
	iface: string;
	shelf: number;
	slot: number;
	file: string;
	readOnly: boolean;
	sync: boolean;
	bufferCount?: number;
	config?: Uint8Array;
}

export interface AoePlaneSpec {
	exports: readonly AoeExportSpec[];
	/** Bytes of each interface's receive ring. */
	ringBytes?: number;
	transmit?: TransmitEngine;
	/** Milliseconds to look for more frames before sleeping (base/spin.ts). */
	spinMs?: number;
}

export class AoePlane {
	readonly #volumes: Volume[] = [];
	readonly #ports: FramePort[] = [];
	readonly #targets: AoeTarget[] = [];
	readonly #exports: Array<{iface: string; target: AoeExport}> = [];
	readonly #poller: Poller;
	readonly #spinMs: number;

	/** Opens volumes and ports and announces the exports. `wakeDescriptor` interrupts the sleep. Throws what opening throws, everything closed again. */
	constructor(spec: AoePlaneSpec, wakeDescriptor: number) {
		this.#spinMs = spec.spinMs ?? SPIN_MS;
		try {
			const interfaces = new Map<string, AoeExport[]>();
			for (const {iface, shelf, slot, file, readOnly, sync, bufferCount, config} of spec.exports) {
				const volume = openFileVolume(file, {readOnly, sync, mapped: true});
				this.#volumes.push(volume);
				const target = new AoeExport({shelf, slot, volume, ...(bufferCount === undefined ? {} : {bufferCount}), ...(config === undefined ? {} : {config})});
				interfaces.set(iface, [...(interfaces.get(iface) ?? []), target]);
				this.#exports.push({iface, target});
			}
			for (const [iface, targets] of interfaces) {
				const port = openRingPort(iface, {receiveBytes: spec.ringBytes ?? 4 << 20, ...(spec.transmit === undefined ? {} : {transmit: spec.transmit})});
				this.#ports.push(port);
				this.#targets.push(new AoeTarget(port, targets));
			}
			this.#poller = new Poller([wakeDescriptor, ...this.#ports.map(port => port.descriptor)]);
		} catch (error) {
			this.close();
			throw error;
		}
		for (const target of this.#targets) target.announce();
	}

	/** Serves until somebody writes to the wake descriptor. */
	serve(): void {
		serveLoop(this.#poller, this.#ports, this.#targets, this.#spinMs);
	}

	/** Counters of every port and export, as plain data. */
	stats() {
		return {
			ports: this.#ports.map((port, i) => ({iface: port.name, ...port.counters, ...this.#targets[i]!.counters})),
			exports: this.#exports.map(({iface, target}) => ({
				address: `aoe:${iface}/${target.shelf}.${target.slot}`,
				...target.counters,
				volume: {...target.volume.counters},
			})),
		};
	}

	close(): void {
		for (const port of this.#ports) port.close();
		for (const volume of this.#volumes) volume.close();
	}
}
