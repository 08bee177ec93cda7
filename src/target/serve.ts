// The reference target: volumes exported over every protocol asked for, each data plane in a thread of its own.
import {usage} from '../base/errors.js';
import {openFileVolume} from '../disk/file.js';
import type {TransmitEngine} from '../port/ring.js';
import type {AoePlane, AoePlaneSpec} from './aoe/plane.js';
import type {IscsiPlaneSpec, IscsiPlaneStats} from './iscsi/plane.js';
import {type PlaneThread, startPlane} from './plane-thread.js';

export interface TargetSpec {
	/** Files or block devices; LUN n, and AoE slot + n, is the n-th. */
	files: readonly string[];
	readOnly: boolean;
	/** Every write reaches the medium before it is acknowledged (O_DSYNC). */
	sync: boolean;
	aoe: ReadonlyArray<{iface: string; shelf: number; slot: number}>;
	iscsi: ReadonlyArray<{host: string; port: number}>;
	iqn: string;
	/** Bytes of each interface's receive ring. */
	ringBytes?: number;
	/** AoE buffer count to advertise. */
	bufferCount?: number;
	transmit?: TransmitEngine;
}

export interface ExportAddress {
	volume: string;
	address: string;
}

export interface TargetStats {
	aoe?: ReturnType<AoePlane['stats']>;
	iscsi?: IscsiPlaneStats[];
}

export interface RunningTarget {
	readonly exports: readonly ExportAddress[];
	stats(): Promise<TargetStats>;
	/** Ends every session in order and gives the last statistics. */
	close(): Promise<TargetStats>;
	/** Rejects when a data plane died by itself. */
	readonly died: Promise<never>;
}

/** Opens each file once on this thread, so that a missing or read-only one is refused before anything is served. */
function checkFiles(files: readonly string[], readOnly: boolean): void {
	const seen = new Set<string>();
	for (const file of files) {
		if (seen.has(file)) throw usage(`${file} is given twice: two volumes on one file would each believe to be alone`);
		seen.add(file);
		openFileVolume(file, {readOnly}).close();
	}
}

const aoeSpec = (spec: TargetSpec): AoePlaneSpec => ({
	exports: spec.aoe.flatMap(({iface, shelf, slot}) =>
		spec.files.map((file, i) => ({
			iface,
			shelf,
			slot: slot + i,
			file,
			readOnly: spec.readOnly,
			sync: spec.sync,
			...(spec.bufferCount === undefined ? {} : {bufferCount: spec.bufferCount}),
		})),
	),
	...(spec.ringBytes === undefined ? {} : {ringBytes: spec.ringBytes}),
	...(spec.transmit === undefined ? {} : {transmit: spec.transmit}),
});

/** Host and port of a listening address as a URL has them: IPv6 in brackets. */
const urlHost = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Starts the target. ERR_USAGE, ERR_IO (a file), ERR_PERMISSION (a packet socket), ERR_SYSCALL (an address in use); everything closed again. */
export async function serveTarget(spec: TargetSpec): Promise<RunningTarget> {
	if (spec.files.length === 0) throw usage('no volume to export: name a file or a block device');
	if (spec.aoe.length + spec.iscsi.length === 0) throw usage('nowhere to export to: give --aoe IFACE:SHELF.SLOT or --iscsi HOST:PORT');
	checkFiles(spec.files, spec.readOnly);
	const exports: ExportAddress[] = [];
	const planes: Array<PlaneThread<unknown>> = [];
	let aoe: PlaneThread<ReturnType<AoePlane['stats']>> | undefined;
	const iscsi: Array<PlaneThread<IscsiPlaneStats>> = [];
	try {
		if (spec.aoe.length > 0) {
			const plane = aoeSpec(spec);
			aoe = await startPlane(new URL('./aoe/worker.js', import.meta.url), plane);
			planes.push(aoe);
			for (const {iface, shelf, slot, file} of plane.exports) exports.push({volume: file, address: `aoe:${iface}/${shelf}.${slot}`});
		}
		for (const {host, port} of spec.iscsi) {
			const plane: IscsiPlaneSpec = {host, port, iqn: spec.iqn, files: spec.files, readOnly: spec.readOnly, sync: spec.sync};
			const thread = await startPlane<IscsiPlaneStats>(new URL('./iscsi/worker.js', import.meta.url), plane);
			planes.push(thread);
			iscsi.push(thread);
			const {port: bound} = await thread.stats();
			spec.files.forEach((file, lun) => {
				exports.push({volume: file, address: `iscsi://${urlHost(host, bound)}/${spec.iqn}/${lun}`});
			});
		}
	} catch (error) {
		await Promise.allSettled(planes.map(plane => plane.close()));
		throw error;
	}
	const gather = async (aoeStats: Promise<ReturnType<AoePlane['stats']>> | undefined, iscsiStats: Array<Promise<IscsiPlaneStats>>): Promise<TargetStats> => ({
		...(aoeStats === undefined ? {} : {aoe: await aoeStats}),
		...(iscsiStats.length === 0 ? {} : {iscsi: await Promise.all(iscsiStats)}),
	});
	const died = Promise.race([...planes.map(plane => plane.ended.then(() => new Promise<never>(() => {}))), new Promise<never>(() => {})]);
	died.catch(() => {});
	return {
		exports,
		stats: () =>
			gather(
				aoe?.stats(),
				iscsi.map(plane => plane.stats()),
			),
		close: () =>
			gather(
				aoe?.close(),
				iscsi.map(plane => plane.close()),
			),
		died,
	};
}
