// The FCoE data plane: a VN_Port on each interface, one device server behind them all, in one thread.
import {realClock} from '../../base/clock.js';
import {NetstressError} from '../../base/errors.js';
import {freshSeed, seeded} from '../../base/random.js';
import {SPIN_MS} from '../../base/spin.js';
import {openFileVolume} from '../../disk/file.js';
import type {Volume} from '../../disk/volume.js';
import {openFcoePorts} from '../../fcoe/ports.js';
import {LINGER_MS, VnPort} from '../../fcoe/vn-port.js';
import {showWwn, wwnFromMac} from '../../fcoe/wwn.js';
import type {FramePort} from '../../port/port.js';
import type {TransmitEngine} from '../../port/ring.js';
import {Poller} from '../../sys/poll.js';
import {type Served, serveLoop} from '../plane-loop.js';
import {DeviceServer} from '../scsi/server.js';
import {logicalUnit} from '../scsi/unit.js';
import {FcpTarget} from './target.js';

/** What the plane is made of; plain data, so that it can be handed to a worker. */
export interface FcoePlaneSpec {
	/** `wwpn`: 10:00 and the interface's MAC address when undefined. */
	ports: ReadonlyArray<{iface: string; wwpn?: bigint}>;
	/** LUN n is the n-th file. */
	files: readonly string[];
	readOnly: boolean;
	sync: boolean;
	/** WWPNs that may log in; everybody when undefined. */
	allow?: readonly bigint[];
	pointToPoint?: boolean;
	/** VLANs to name to ports that ask. */
	vlans?: readonly number[];
	/** Bytes of each interface's receive ring. */
	ringBytes?: number;
	transmit?: TransmitEngine;
	spinMs?: number;
}

/** One VN_Port of the plane. */
interface Station extends Served {
	readonly iface: string;
	readonly wwpn: bigint;
	readonly port: VnPort;
	readonly target: FcpTarget;
	readonly frames: FramePort;
}

/** Half of the ring may fill with write data that was asked for; the rest is for commands and for what comes twice. */
const CREDIT_SHARE = 0.5;
/** How long claiming an address may take before the plane is called ready all the same, milliseconds: restarts after conflicts included. */
const CLAIM_MS = 5000;

export class FcoePlane {
	readonly #volumes: Volume[] = [];
	readonly #ports: FramePort[] = [];
	readonly #stations: Station[] = [];
	readonly #poller: Poller;
	readonly #spinMs: number;

	/**
	 * Opens volumes and ports and claims an address on each interface, which takes a second. `wakeDescriptor` interrupts the sleep.
	 * Throws what opening throws, everything closed again.
	 */
	constructor(spec: FcoePlaneSpec, wakeDescriptor: number) {
		this.#spinMs = spec.spinMs ?? SPIN_MS;
		try {
			for (const file of spec.files) this.#volumes.push(openFileVolume(file, {readOnly: spec.readOnly, sync: spec.sync}));
			const units = this.#volumes.map((volume, lun) => logicalUnit(lun, volume, {readOnly: spec.readOnly}));
			let server: DeviceServer | undefined;
			for (const {iface, wwpn: given} of spec.ports) {
				const ports = openFcoePorts(iface, {
					receiveBytes: spec.ringBytes ?? 8 << 20,
					...(spec.transmit === undefined ? {} : {transmit: spec.transmit}),
				});
				this.#ports.push(...ports);
				const frames = ports[0]!;
				const wwpn = given ?? wwnFromMac(frames.mac, 1);
				const wwnn = wwnFromMac(frames.mac, 2);
				// FC, FCP-4, SAM-5, SPC-4, SBC-3 (SPC-4 annex E); the device is named after its first port's node
				server ??= new DeviceServer(units, {
					protocol: 0,
					deviceName: `naa.${wwnn.toString(16).padStart(16, '0')}`,
					standards: [0x00a0, 0x0a40, 0x0460, 0x04c0],
				});
				this.#stations.push(this.#station(iface, wwpn, wwnn, ports, server, spec));
			}
			this.#poller = new Poller([wakeDescriptor, ...this.#ports.map(port => port.descriptor)]);
			this.#claim();
		} catch (error) {
			this.close();
			throw error;
		}
	}

	#station(iface: string, wwpn: bigint, wwnn: bigint, ports: readonly FramePort[], server: DeviceServer, spec: FcoePlaneSpec): Station {
		const frames = ports[0]!;
		const target = new FcpTarget({server, clock: realClock, creditBytes: Math.max(64 << 10, frames.receiveSlots * 1024 * 2 * CREDIT_SHARE)});
		const port = new VnPort(
			ports,
			realClock,
			{
				wwpn,
				wwnn,
				roles: {target: true, initiator: false},
				random: seeded(freshSeed()),
				pointToPoint: spec.pointToPoint ?? false,
				...(spec.allow === undefined ? {} : {allow: new Set(spec.allow)}),
				...(spec.vlans === undefined ? {} : {vlans: spec.vlans}),
			},
			target,
		);
		target.connect(port);
		port.start();
		return {
			iface,
			wwpn,
			port,
			target,
			frames,
			poll(limit) {
				const count = port.poll(limit);
				if (count > 0) frames.flush();
				return count;
			},
			tick() {
				const now = realClock.now();
				if (now >= port.dueMs) {
					port.tick();
					frames.flush();
				}
				return port.dueMs - now;
			},
		};
	}

	/** Serves until every port has its address, so that "ready" means that initiators find it. ERR_TIMEOUT names a port that gets none. */
	#claim(): void {
		const until = realClock.now() + CLAIM_MS;
		const waiting = () => this.#stations.find(({port}) => !port.vn2vn.up);
		serveLoop(this.#poller, this.#ports, this.#stations, 0, () => waiting() === undefined || realClock.now() > until);
		const late = waiting();
		if (late !== undefined) {
			const {restarts} = late.port.vn2vn.counters;
			throw new NetstressError(
				'ERR_TIMEOUT',
				`${late.iface}: no FCoE address in ${CLAIM_MS} ms (${restarts} were taken); does another port here have the same WWPN?`,
				{
					iface: late.iface,
				},
			);
		}
	}

	serve(): void {
		serveLoop(this.#poller, this.#ports, this.#stations, this.#spinMs);
	}

	/** Counters of every port, as plain data. */
	stats() {
		return {
			ports: this.#stations.map(({iface, wwpn, port, target, frames}) => ({
				iface,
				wwpn: showWwn(wwpn),
				portId: port.portId,
				state: port.vn2vn.state,
				initiators: target.initiators.map(({wwpn: name}) => showWwn(name)),
				...frames.counters,
				fcoe: {...port.counters},
				fip: {...port.vn2vn.counters},
				logins: {...port.logins.counters},
				fcp: {...target.counters},
				shortPaths: port.shortPaths.map(({wwpn: name, proven, fcoeSize}) => ({wwpn: showWwn(name), proven, fcoeSize})),
			})),
			volumes: this.#volumes.map(({name, counters}) => ({name, ...counters})),
		};
	}

	close(): void {
		for (const {port} of this.#stations) port.leave();
		const end = realClock.now() + LINGER_MS;
		const lonely = this.#stations.every(({port}) => port.logins.remotes.size === 0);
		while (!lonely && realClock.now() < end) {
			for (const port of this.#ports) port.wait(1);
			for (const station of this.#stations) station.poll(64);
		}
		for (const {port} of this.#stations) port.stop();
		for (const port of this.#ports) port.close();
		for (const volume of this.#volumes) volume.close();
	}
}
