// Who exports what over FCoE on an interface: the targets that let us log in, and the LUNs each reports.
import {NetstressError} from '../../base/errors.js';
import type {RemotePort} from '../../fcoe/remote.js';
import {showPortId, showWwn} from '../../fcoe/wwn.js';
import {lunListHead} from '../../wire/scsi-data.js';
import {reportLunsCdb} from '../scsi/cdb.js';
import {Runner} from '../scsi/runner.js';
import {openDriver, targetsOf} from './driver.js';

export interface FcoeTargetInfo {
	readonly wwpn: string;
	readonly wwnn: string;
	/** N_Port_ID. */
	readonly address: string;
	/** Bytes of FCoE payload that the target takes, and bytes of FC payload agreed on. */
	readonly fcoeSize: number;
	readonly payload: number;
	readonly luns: readonly number[];
}

/** Longest REPORT LUNS data asked for: 256 units. */
const LIST_BYTES = 8 + 8 * 256;

/** Claims an address, waits for targets to log in until none has come for half a second, asks each for its LUNs, and everybody for the VLANs that have FCoE ports. */
export async function discoverFcoe(iface: string, limitMs = 12_000): Promise<{targets: FcoeTargetInfo[]; vlans: readonly number[]}> {
	const counters = {commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0};
	const driver = await openDriver({iface, target: undefined, counters});
	const {engine, port} = driver;
	try {
		port.askVlans();
		// a neighbour that is up logs in as soon as it hears our first beacon; one that was not yet does so with the next, eight seconds later (Linux, fcoe_ctlr_vn_beacon)
		const undecided = () =>
			[...port.vn2vn.neighbours.values()].some(
				({portId, features}) =>
					features?.target !== false && (port.logins.remotes.get(portId)?.failures ?? 0) === 0 && ![...engine.targets].some(target => target.portId === portId),
			);
		let last = Number.POSITIVE_INFINITY;
		let known = 0;
		await driver.until(() => {
			const now = performance.now();
			if (engine.targets.size !== known || last === Number.POSITIVE_INFINITY) {
				if (port.vn2vn.up) last = now;
				known = engine.targets.size;
			}
			return now > last + (undecided() ? limitMs : known > 0 ? 500 : 2000);
		}, limitMs);
		const found: FcoeTargetInfo[] = [];
		for (const remote of targetsOf(driver)) {
			engine.remote = remote;
			found.push({
				wwpn: showWwn(remote.wwpn),
				wwnn: showWwn(remote.neighbour.wwnn),
				address: showPortId(remote.portId),
				fcoeSize: remote.neighbour.fcoeSize,
				payload: remote.maxPayload,
				luns: await reportLuns(driver, remote),
			});
		}
		return {targets: found, vlans: [...new Set([...port.vlans.values()].flat())].sort((a, b) => a - b)};
	} finally {
		await driver.close();
	}
}

async function reportLuns(driver: Awaited<ReturnType<typeof openDriver>>, remote: RemotePort): Promise<number[]> {
	const {engine} = driver;
	const carrier = {
		name: 'FCoE',
		submit: (command: Parameters<typeof engine.submit>[0]) => {
			engine.submit(command);
			return true;
		},
		kick: () => driver.kick(),
	};
	const list = new Uint8Array(LIST_BYTES);
	const received = await new Promise<number>((resolve, reject) => {
		new Runner(carrier, 0n, engine.counters, 5000).start(
			reportLunsCdb(LIST_BYTES),
			list,
			undefined,
			() => `REPORT LUNS of ${showWwn(remote.wwpn)}`,
			(error, length) => (error === undefined ? resolve(length) : reject(error)),
		);
	}).catch((error: unknown) => {
		if (error instanceof NetstressError) return 0;
		throw error;
	});
	const view = new DataView(list.buffer);
	const luns: number[] = [];
	const end = received < 8 ? 0 : Math.min(received, 8 + lunListHead.fields['reportluns.lun_list_length'].read(view, 0));
	// peripheral and flat space addressing (SAM-5 4.7.7)
	for (let at = 8; at + 8 <= end; at += 8) luns.push(view.getUint16(at) & 0x3fff);
	return luns;
}
