// A target on a hub, with initiators that the test plays by hand, logged in or not.
import {VirtualClock} from '../../src/base/clock.js';
import {seeded} from '../../src/base/random.js';
import {memoryVolume} from '../../src/disk/memory.js';
import {VnPort, type VnPortOptions} from '../../src/fcoe/vn-port.js';
import {FcpTarget, type FcpTargetOptions} from '../../src/target/fcoe/target.js';
import {DeviceServer} from '../../src/target/scsi/server.js';
import {logicalUnit} from '../../src/target/scsi/unit.js';
import {fCtl, fcType, RX_ID_UNKNOWN, rCtl} from '../../src/wire/fc.js';
import {elsCommand, fcpParameter, prli, prliFlag} from '../../src/wire/fc-els.js';
import {fcpCommand, fcpResponse} from '../../src/wire/fcp.js';
import {vn2vnSubcode} from '../../src/wire/fip.js';
import {encode, viewOf} from '../build.js';
import {type Head, request} from '../build-fcoe.js';
import {Hand, hub, play, type Seen} from './hub.js';

export const targetName = 0x1000_0200_0000_0001n;
export const BLOCK = 512;
const VOLUME = 1 << 20;

export const prliOf = (command: number = elsCommand.prli, more: object = {}): Uint8Array =>
	encode(prli, {
		opcode: command,
		'prlilo.page_length': 16,
		'prlilo.payload_length': 20,
		'prlilo.type': fcType.fcp,
		prliloflags: prliFlag.establishImagePair,
		fcpflags: fcpParameter.initiator | fcpParameter.retry | fcpParameter.readXferRdyDisabled,
		...more,
	});

export interface BenchOptions extends Partial<Omit<FcpTargetOptions, 'server' | 'clock'>> {
	readonly initiators?: number;
	readonly units?: number;
	readonly port?: Partial<VnPortOptions>;
	readonly mtu?: number;
	/** Initiators log in before the bench is given. */
	readonly ready?: boolean;
}

/** A response by its parts. */
export function responseOf({payload}: Seen) {
	const head = fcpResponse.decode(viewOf(payload));
	const infoAt = 24;
	const senseAt = infoAt + head.rsplen;
	return {
		flags: head.rspflags,
		status: head.status,
		residual: head.resid,
		code: head.rsplen >= 4 ? payload[infoAt + 3] : undefined,
		sense: payload.slice(senseAt, senseAt + head.snslen),
		/** Key and additional sense code of fixed-format sense data. */
		key: head.snslen > 2 ? payload[senseAt + 2]! & 15 : undefined,
		asc: head.snslen > 12 ? payload[senseAt + 12]! * 0x100 + payload[senseAt + 13]! : undefined,
	};
}

export function targetBench({initiators = 1, units = 1, port: portOptions = {}, mtu = 2500, ready = true, ...options}: BenchOptions = {}) {
	const clock = new VirtualClock();
	const ports = hub(1 + initiators, mtu);
	const volumes = Array.from({length: units}, () => memoryVolume(VOLUME));
	for (const [i, volume] of volumes.entries()) seeded(i + 1).fill(volume.bytes);
	const server = new DeviceServer(volumes.map((volume, lun) => logicalUnit(lun, volume)));
	const target = new FcpTarget({server, clock, ...options});
	const vn = new VnPort(
		[ports[0]!],
		clock,
		{wwpn: targetName, wwnn: 0x2000_0200_0000_0001n, roles: {target: true, initiator: false}, random: seeded(1), ...portOptions},
		target,
	);
	target.connect(vn);
	vn.start();
	const hands = ports.slice(1).map((each, i) => new Hand(each, 0x201 + i, 0x2000_0200_0000_0100n + BigInt(i)));
	const pass = (ms: number) => play(clock, [vn], clock.now() + ms);
	pass(1500);
	for (const hand of hands) {
		hand.vn2vn(vn2vnSubcode.claim);
		hand.vn2vn(vn2vnSubcode.beacon);
	}
	pass(1);
	const bench = {
		clock,
		vn,
		target,
		server,
		volume: volumes[0]!,
		volumes,
		hands,
		hand: hands[0]!,
		pass,
		/** Sends a link service and gives what comes back. */
		ask(hand: Hand, payload: Uint8Array, more: Head = {}): Seen {
			hand.seen();
			const oxId = hand.els(vn.portId, payload, more);
			pass(1);
			const answer = hand.seen().find(({head}) => head.ox_id === oxId && (head.f_ctl & fCtl.responder) !== 0);
			if (answer === undefined) throw new Error('no answer');
			return answer;
		},
		login(hand: Hand): void {
			const accepts = [bench.ask(hand, hand.plogi()), bench.ask(hand, prliOf())];
			if (accepts.some(({code}) => code !== elsCommand.lsAcc)) throw new Error('the login is refused');
		},
		/** FCP_CMND; gives its OX_ID. */
		command(hand: Hand, cdb: Uint8Array, more: Parameters<typeof encode<typeof fcpCommand.fields>>[1] = {}, head: Head = {}): number {
			const unit = encode(fcpCommand, {_cdb: cdb, ...more});
			return hand.fc(vn.portId, {r_ctl: rCtl.unsolicitedCommand, type: fcType.fcp, ...head}, unit);
		},
		/** The same, and everything that came for it. */
		run(hand: Hand, cdb: Uint8Array, more: Parameters<typeof encode<typeof fcpCommand.fields>>[1] = {}): Seen[] {
			hand.seen();
			const oxId = bench.command(hand, cdb, more);
			pass(1);
			return hand.seen().filter(({head}) => head.ox_id === oxId);
		},
		/** One frame of write data. */
		data(hand: Hand, oxId: number, rxId: number, offset: number, bytes: Uint8Array, last: boolean): void {
			hand.fc(
				vn.portId,
				{
					r_ctl: rCtl.solicitedData,
					type: fcType.fcp,
					ox_id: oxId,
					rx_id: rxId,
					f_ctl: fCtl.relativeOffset | (last ? fCtl.end | fCtl.initiative : 0),
					relative_offset: offset,
				},
				bytes,
			);
		},
		abort(hand: Hand, oxId: number, rxId = RX_ID_UNKNOWN): Seen {
			hand.seen();
			hand.fc(vn.portId, {r_ctl: rCtl.abts, type: fcType.bls, ox_id: oxId, rx_id: rxId, f_ctl: request}, new Uint8Array(0));
			pass(1);
			return hand.seen()[0]!;
		},
		/** A read by hand: true when the bytes are those of the volume and the status is good. */
		reads(hand: Hand): boolean {
			const cdb = Uint8Array.of(0x28, 0, 0, 0, 0, 8, 0, 0, 4, 0);
			const answers = bench.run(hand, cdb, {rddata: 1, dl: 4 * BLOCK});
			const data = answers.filter(({head}) => head.r_ctl === rCtl.solicitedData);
			const end = answers.at(-1);
			return (
				end?.head.r_ctl === rCtl.commandStatus &&
				responseOf(end).status === 0 &&
				Buffer.compare(Buffer.concat(data.map(({payload}) => payload)), volumes[0]!.bytes.subarray(8 * BLOCK, 12 * BLOCK)) === 0
			);
		},
	};
	if (ready) {
		for (const hand of hands) {
			bench.login(hand);
			// the unit attentions of a new nexus
			for (let lun = 0; lun < units; lun++) bench.run(hand, new Uint8Array(6), {_lun: BigInt(lun) << 48n});
		}
	}
	for (const hand of hands) hand.frames();
	return bench;
}
