// An FCoE LUN as a block device: an address of our own, the target found by its WWPN, login, then the SCSI side that iSCSI has too.
import {NetstressError} from '../../base/errors.js';
import {showPortId, showWwn} from '../../fcoe/wwn.js';
import {FCOE_MTU} from '../../wire/fcoe.js';
import {parseFcoeAddress} from '../address.js';
import type {ScsiCommand} from '../scsi/command.js';
import {type DeviceFacts, openDevice} from '../scsi/device.js';
import type {BlockSession, SessionCounters} from '../session.js';
import {type FcoeDriver, openDriver} from './driver.js';
import type {Losses} from './losses.js';

export interface FcoeOptions {
	/** Commands outstanding at the most. Default 64. */
	window?: number;
	/** A command without status for this long fails with ERR_TIMEOUT, milliseconds. Default 30000. */
	deadlineMs?: number;
	/** Time for claiming an address, finding the target and logging in, milliseconds. Default 12000: a beacon comes every 8 s. */
	loginMs?: number;
	/** Longest command, bytes; the target's own limit counts too. Default 1 MiB. */
	maxTransfer?: number;
	/** WWPN of this initiator; 20:00 and the interface's MAC address when undefined. */
	wwpn?: bigint;
}

export interface FcoeSession extends BlockSession {
	readonly protocol: 'fcoe';
	readonly identity: DeviceFacts;
	readonly agreed: Readonly<Record<string, string | number | boolean>>;
	readonly maxTransfer: number;
	/** What was lost, and what it cost. */
	readonly losses: Losses;
	readonly driver: FcoeDriver;
}

const LOGIN_MS = 12_000;
/** A padded claim response with its Ethernet header. */
const CLAIM_FRAME = FCOE_MTU + 14;

/** Waits for the target. ERR_TIMEOUT says how far it came. */
export async function login(driver: FcoeDriver, address: string, iface: string, wwpn: bigint | undefined, limitMs: number): Promise<void> {
	const {engine, port} = driver;
	if (await driver.until(() => engine.remote !== undefined, limitMs)) return;
	const others = [...port.vn2vn.neighbours.values()].map(({wwpn: name}) => showWwn(name));
	const narrow = [...port.vn2vn.unanswered.keys()].map(showWwn);
	const seen =
		narrow.length > 0
			? `${narrow.join(', ')} beacons there but its claim response, ${CLAIM_FRAME} bytes long, does not come: look for a hop with a smaller MTU`
			: others.length === 0
				? 'nobody answers FIP there'
				: `seen there: ${others.join(', ')}`;
	const what = wwpn === undefined ? 'no FCoE target' : `no FCoE target ${showWwn(wwpn)}`;
	throw new NetstressError('ERR_TIMEOUT', `${what} on ${iface} in ${limitMs} ms (${seen}); see who is there: netstress io fcoe:${iface} discover`, {address});
}

/** Opens `fcoe:IFACE[/WWPN]/LUN`. ERR_USAGE, ERR_PERMISSION, ERR_TIMEOUT, ERR_IO. */
export async function openFcoe(address: string, options: FcoeOptions = {}): Promise<FcoeSession> {
	const {iface, wwpn, lun = 0} = parseFcoeAddress(address);
	const counters: SessionCounters = {commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0};
	const driver = await openDriver({
		iface,
		target: wwpn,
		counters,
		...(options.wwpn === undefined ? {} : {wwpn: options.wwpn}),
		...(options.window === undefined ? {} : {window: options.window}),
	});
	try {
		await login(driver, address, iface, wwpn, options.loginMs ?? LOGIN_MS);
		const {engine, port} = driver;
		const remote = engine.remote!;
		const carrier = {
			name: 'FCoE',
			submit: (command: ScsiCommand) => {
				engine.submit(command);
				return true;
			},
			kick: () => driver.kick(),
		};
		const device = await openDevice(carrier, BigInt(lun <= 0xff ? lun : 0x4000 | lun) << 48n, counters, {
			address,
			...(options.deadlineMs === undefined ? {} : {deadlineMs: options.deadlineMs}),
			...(options.maxTransfer === undefined ? {} : {maxTransfer: options.maxTransfer}),
		});
		return {
			...device,
			protocol: 'fcoe',
			address,
			counters,
			losses: engine.losses,
			driver,
			agreed: {
				target: showWwn(remote.wwpn),
				targetAddress: showPortId(remote.portId),
				ownAddress: showPortId(port.portId),
				payload: remote.maxPayload,
				sequenceRetransmission: remote.retry,
			},
			async close() {
				if (device.shut()) await driver.close();
			},
		};
	} catch (error) {
		await driver.close();
		throw error;
	}
}
