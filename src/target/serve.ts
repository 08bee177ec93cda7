// The reference target: volumes exported over every protocol asked for, each data plane in a thread of its own.
import {usage} from '../base/errors.js';
import {openFileVolume} from '../disk/file.js';
import type {TransmitEngine} from '../port/ring.js';
import type {AoePlane, AoePlaneSpec} from './aoe/plane.js';
import type {FcoePlane, FcoePlaneSpec} from './fcoe/plane.js';
import type {IscsiPlaneSpec, IscsiPlaneStats} from './iscsi/plane.js';
import {type PlaneThread, startPlane} from './plane-thread.js';

export interface TargetSpec {
	/** Files or block devices; LUN n, and AoE slot + n, is the n-th. */
	files: readonly string[];
	readOnly: boolean;
	/** Every write reaches the medium before it is acknowledged (O_DSYNC). */
	sync: boolean;
	aoe: ReadonlyArray<{iface: string; shelf: number; slot: number}>;
	fcoe: ReadonlyArray<{iface: string; wwpn?: bigint}>;
	/** WWPNs that may log in over FCoE; everybody when undefined. */
	fcoeAllow?: readonly bigint[];
	/** FCoE point-to-point instead of multi-point. */
	pointToPoint?: boolean;
	/** VLANs to name to FCoE ports that ask for them. */
	fcoeVlans?: readonly number[];
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

type AoeStats = ReturnType<AoePlane['stats']>;
type FcoeStats = ReturnType<FcoePlane['stats']>;

export interface TargetStats {
	aoe?: AoeStats;
	fcoe?: FcoeStats;
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

const fcoeSpec = ({fcoe, files, readOnly, sync, fcoeAllow, pointToPoint, fcoeVlans, ringBytes, transmit}: TargetSpec): FcoePlaneSpec => ({
	ports: fcoe,
	files,
	readOnly,
	sync,
	...(fcoeAllow === undefined ? {} : {allow: fcoeAllow}),
	...(pointToPoint === undefined ? {} : {pointToPoint}),
	...(fcoeVlans === undefined ? {} : {vlans: fcoeVlans}),
	...(ringBytes === undefined ? {} : {ringBytes}),
	...(transmit === undefined ? {} : {transmit}),
});

/** One VN_Port per interface: two would claim the same neighbours twice, and have one name. */
function checkPorts(ports: TargetSpec['fcoe']): void {
	const seen = new Set<string>();
	for (const {iface} of ports) {
		if (seen.has(iface)) throw usage(`--fcoe ${iface} is given twice; an interface carries one FCoE port`);
		seen.add(iface);
	}
}

/** Host and port of a listening address as a URL has them: IPv6 in brackets. */
const urlHost = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Starts the target. ERR_USAGE, ERR_IO (a file), ERR_PERMISSION (a packet socket), ERR_SYSCALL (an address in use); everything closed again. */
export async function serveTarget(spec: TargetSpec): Promise<RunningTarget> {
	if (spec.files.length === 0) throw usage('no volume to export: name a file or a block device');
	if (spec.aoe.length + spec.fcoe.length + spec.iscsi.length === 0) {
		throw usage('nowhere to export to: give --aoe IFACE:SHELF.SLOT, --fcoe IFACE or --iscsi HOST:PORT');
	}
	checkPorts(spec.fcoe);
	checkFiles(spec.files, spec.readOnly);
	const exports: ExportAddress[] = [];
	const planes: Array<PlaneThread<unknown>> = [];
	let aoe: PlaneThread<AoeStats> | undefined;
	let fcoe: PlaneThread<FcoeStats> | undefined;
	const iscsi: Array<PlaneThread<IscsiPlaneStats>> = [];
	try {
		if (spec.aoe.length > 0) {
			const plane = aoeSpec(spec);
			aoe = await startPlane(new URL('./aoe/worker.js', import.meta.url), plane);
			planes.push(aoe);
			for (const {iface, shelf, slot, file} of plane.exports) exports.push({volume: file, address: `aoe:${iface}/${shelf}.${slot}`});
		}
		if (spec.fcoe.length > 0) {
			fcoe = await startPlane<FcoeStats>(new URL('./fcoe/worker.js', import.meta.url), fcoeSpec(spec));
			planes.push(fcoe);
			for (const {iface, wwpn} of (await fcoe.stats()).ports) {
				spec.files.forEach((file, lun) => {
					exports.push({volume: file, address: `fcoe:${iface}/${wwpn}/${lun}`});
				});
			}
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
	const gather = async (
		aoeStats?: Promise<AoeStats>,
		fcoeStats?: Promise<FcoeStats>,
		iscsiStats: Array<Promise<IscsiPlaneStats>> = [],
	): Promise<TargetStats> => ({
		...(aoeStats === undefined ? {} : {aoe: await aoeStats}),
		...(fcoeStats === undefined ? {} : {fcoe: await fcoeStats}),
		...(iscsiStats.length === 0 ? {} : {iscsi: await Promise.all(iscsiStats)}),
	});
	const died = Promise.race([...planes.map(plane => plane.ended.then(() => new Promise<never>(() => {}))), new Promise<never>(() => {})]);
	died.catch(() => {});
	return {
		exports,
		stats: () =>
			gather(
				aoe?.stats(),
				fcoe?.stats(),
				iscsi.map(plane => plane.stats()),
			),
		close: () =>
			gather(
				aoe?.close(),
				fcoe?.close(),
				iscsi.map(plane => plane.close()),
			),
		died,
	};
}
