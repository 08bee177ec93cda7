// A VN_Port in VN2VN: FIP, logins, link services, and FCP for the side above. Pure: frames come from ports and go out through the first of them, time comes
// from a clock; `poll` takes in what has come, `tick` does what is due, and whoever calls them flushes nothing.
import type {Clock} from '../base/clock.js';
import type {Random} from '../base/random.js';
import type {FramePort} from '../port/port.js';
import {fCtl, fcType, rCtl} from '../wire/fc.js';
import {baAcc, baExplanation, baReason, baRjt} from '../wire/fc-bls.js';
import {elsCommand, lsRjt} from '../wire/fc-els.js';
import {FCOE_ETHERTYPE, fcPayloadLimit} from '../wire/fcoe.js';
import {allP2p, allVn2vn, FIP_ETHERTYPE, fipDescriptor, linkServiceSubcode, vlanSubcode} from '../wire/fip.js';
import {type ElsWriter, logout} from './els.js';
import type {FcpSide} from './fcp-side.js';
import {readFip} from './fip-frames.js';
import {FrameWriter, IncomingFrame, vnMac} from './frame.js';
import {type LoginHost, Logins} from './logins.js';
import type {RemotePort} from './remote.js';
import {type ElsRequest, ElsRequests, UNHEARD_OX_ID} from './requests.js';
import {type Answer, Responder} from './responder.js';
import {Sender, type ServiceHead} from './sender.js';
import {type Features, type Neighbour, Vn2vn} from './vn2vn.js';

export interface VnPortOptions {
	readonly wwpn: bigint;
	readonly wwnn: bigint;
	readonly roles: Features;
	readonly random: Random;
	readonly pointToPoint?: boolean;
	/** Who may log in; everybody when undefined. */
	readonly allow?: ReadonlySet<bigint>;
	/** VLANs to name to ports that ask for them. */
	readonly vlans?: readonly number[];
}

/** Frames of others, and of ours, that did not do what they should; all count from the start. */
export interface VnPortCounters {
	frames: number;
	fipFrames: number;
	/** Frames for another address on this wire. */
	ignored: number;
	short: number;
	/** Version, delimiter, fill bytes. */
	malformed: number;
	badCrc: number;
	/** FC frames whose MAC addresses and N_Port_IDs do not fit each other. */
	misaddressed: number;
	/** FIP frames that are not well-formed. */
	badFip: number;
	/** From ports that have not claimed their address, or FCP without a login. */
	strangers: number;
	/** Answers that nobody waits for. */
	unexpected: number;
	rejected: number;
}

/** Milliseconds from `leave` to `stop`. */
export const LINGER_MS = 60;

const ETHERNET = 14;
const F_CTL_REQUEST = fCtl.first | fCtl.end | fCtl.initiative;
const F_CTL_REPLY = fCtl.responder | fCtl.last | fCtl.end | fCtl.initiative;
const F_CTL_BLS_REPLY = fCtl.responder | fCtl.last | fCtl.end;

export class VnPort {
	readonly vn2vn: Vn2vn;
	readonly logins: Logins;
	readonly requests: ElsRequests;
	readonly writer: FrameWriter;
	readonly clock: Clock;
	readonly payloadLimit: number;
	readonly counters: VnPortCounters = {
		frames: 0,
		fipFrames: 0,
		ignored: 0,
		short: 0,
		malformed: 0,
		badCrc: 0,
		misaddressed: 0,
		badFip: 0,
		strangers: 0,
		unexpected: 0,
		rejected: 0,
	};
	/** What was answered to `askVlans`: VLANs by the MAC address that named them. */
	readonly vlans = new Map<string, readonly number[]>();
	readonly #ports: readonly FramePort[];
	readonly #out: FramePort;
	readonly #options: VnPortOptions;
	readonly #side: FcpSide;
	readonly #responder: Responder;
	readonly #frame = new IncomingFrame();
	readonly #send: Sender;
	#vnMac: Uint8Array = new Uint8Array(6);

	/**
	 * `ports`: everything is sent through the first; frames are taken from all, the last first (so that FIP, where it has a port of its own, is heard
	 * before the frames that rest on it).
	 */
	constructor(ports: readonly FramePort[], clock: Clock, options: VnPortOptions, side: FcpSide) {
		this.#ports = ports;
		this.#out = ports[0]!;
		this.clock = clock;
		this.#options = options;
		this.#side = side;
		this.writer = new FrameWriter(this.#out);
		this.#send = new Sender(this.#out, this.writer, {...options, portId: () => this.portId});
		this.payloadLimit = fcPayloadLimit(this.#out.mtu);
		this.requests = new ElsRequests((request, oxId) => this.#sendRequest(request, oxId));
		const host: LoginHost = {
			names: options,
			roles: options.roles,
			payloadLimit: this.payloadLimit,
			get portId() {
				return vn2vn.portId;
			},
			allowed: wwpn => options.allow === undefined || options.allow.has(wwpn),
			now: () => clock.now(),
			ask: request => this.requests.start(request, clock.now()),
			forget: remote => this.requests.drop(remote),
			loggedIn: remote => side.loggedIn(remote),
			loggedOut: remote => side.loggedOut(remote),
		};
		const logins = new Logins(host);
		this.logins = logins;
		const vn2vn = new Vn2vn(options, (sub, to, pad) => this.#send.vn2vn(sub, to, this.vn2vn.pointToPoint, pad), {
			claimed: portId => {
				this.#vnMac = vnMac(portId);
				for (const port of ports) port.listen?.(this.#vnMac);
			},
			up: () => logins.up(vn2vn.neighbours.values()),
			lost: () => logins.clear(),
			found() {},
			alive: neighbour => logins.alive(neighbour),
			gone: neighbour => logins.gone(neighbour),
		});
		this.vn2vn = vn2vn;
		this.#responder = new Responder(host, logins, side, () => this.counters.badCrc);
		for (const port of ports) for (const group of [allVn2vn, allP2p]) port.listen?.(group);
	}

	get portId(): number {
		return this.vn2vn.portId;
	}

	/** Begins to look for an address. */
	start(): void {
		this.vn2vn.start(this.clock.now());
	}

	/**
	 * Logs out everywhere, and refuses who would log in. Go on polling for {@link LINGER_MS} before `stop`: Linux answers a LOGO with a new FLOGI, and when
	 * that is lost it waits eight seconds (2 R_A_TOV) before it looks again; refused it tries again after two.
	 */
	leave(): void {
		this.logins.leave();
		this.#out.flush();
	}

	/** Gives the address up. */
	stop(): void {
		this.vn2vn.stop();
		this.#out.flush();
	}

	/** Takes in up to `limit` frames of each port. Returns how many. */
	poll(limit: number): number {
		let count = 0;
		for (let i = this.#ports.length - 1; i >= 0; i--) count += this.#ports[i]!.receive(this.#visit, limit);
		return count;
	}

	tick(): void {
		const now = this.clock.now();
		if (now >= this.vn2vn.dueMs) this.vn2vn.tick(now);
		if (now >= this.requests.dueMs) this.requests.tick(now);
		this.logins.tick(now);
		if (now >= this.#side.dueMs) this.#side.tick(now);
	}

	/** When `tick` has something to do. */
	get dueMs(): number {
		return Math.min(this.vn2vn.dueMs, this.requests.dueMs, this.logins.dueMs, this.#side.dueMs);
	}

	/**
	 * Neighbours whose claim response came shorter than both sides' FCoE size: the path between does not carry such frames (FC-BB-6 7.9.8). One that only
	 * ever claimed by itself has proven nothing yet.
	 */
	get shortPaths(): readonly Neighbour[] {
		const own = this.#send.speaker.fcoeSize;
		return [...this.vn2vn.neighbours.values()].filter(({proven, fcoeSize}) => proven > 0 && proven < ETHERNET + Math.min(own, fcoeSize));
	}

	readonly #visit = (view: DataView, at: number, length: number): void => {
		if (length < ETHERNET) {
			this.counters.short++;
			return;
		}
		const type = view.getUint16(at + 12);
		if (type === FCOE_ETHERTYPE) this.#fcoe(view, at, length);
		else if (type === FIP_ETHERTYPE) this.#fip(view, at, length);
		else this.counters.ignored++;
	};

	#isFor(view: DataView, at: number, mac: Uint8Array): boolean {
		for (let i = 5; i >= 0; i--) if (view.getUint8(at + i) !== mac[i]) return false;
		return true;
	}

	#fcoe(view: DataView, at: number, length: number): void {
		const {counters} = this;
		const frame = this.#frame;
		if (!this.#isFor(view, at, this.#vnMac)) {
			counters.ignored++;
			return;
		}
		counters.frames++;
		const fault = frame.read(view, at, length);
		if (fault !== undefined) {
			if (fault === 'short') counters.short++;
			else if (fault === 'crc') counters.badCrc++;
			else if (fault === 'destination' || fault === 'source') counters.misaddressed++;
			else counters.malformed++;
			return;
		}
		if (this.vn2vn.state !== 'up') return;
		const remote = this.logins.remotes.get(frame.sId);
		if (frame.type === fcType.fcp && (frame.rCtl & 0xf0) === 0) {
			if (remote?.state === 'ready') this.#side.frame(remote, frame);
			else this.#stranger(remote);
		} else if (frame.type === fcType.els) this.#els(frame, remote, undefined);
		else if (frame.type === fcType.bls) this.#bls(frame, remote);
		else if (frame.type === fcType.fcp && (frame.rCtl & 0xf0) === 0x30) this.#fc4(frame, remote);
		else counters.unexpected++;
	}

	/** FCP from a port that is not logged in: it must think it is, so it is told (FC-LS-2 4.2.5: LOGO). */
	#stranger(remote: RemotePort | undefined): void {
		this.counters.strangers++;
		if (remote === undefined || remote.state !== 'out') return;
		const {wwpn} = this.#options;
		this.#sendRequest({remote, write: logout(this.portId, wwpn), timeoutMs: 0, tries: 1, done() {}}, UNHEARD_OX_ID);
	}

	#els(frame: IncomingFrame, remote: RemotePort | undefined, fipFrom: Uint8Array | undefined): void {
		if (frame.rCtl === rCtl.elsReply) {
			this.#answered(frame);
			return;
		}
		if (frame.rCtl !== rCtl.elsRequest) {
			this.counters.unexpected++;
			return;
		}
		const command = frame.length > 0 ? frame.view.getUint8(frame.at) : 0;
		this.#reply(frame, this.#responder.answer(frame, remote ?? this.#neighbour(frame.sId), fipFrom !== undefined), rCtl.elsReply, fcType.els, fipFrom, command);
	}

	#fc4(frame: IncomingFrame, remote: RemotePort | undefined): void {
		if (frame.rCtl === rCtl.fc4Reply) this.#answered(frame);
		else if (frame.rCtl === rCtl.fc4Request) this.#reply(frame, this.#responder.answerSrr(frame, remote), rCtl.fc4Reply, fcType.fcp, undefined, 0);
		else this.counters.unexpected++;
	}

	#reply(frame: IncomingFrame, answer: Answer, control: number, type: number, fipTo: Uint8Array | undefined, command: number): void {
		if (answer.rejected) this.counters.rejected++;
		const to = {rCtl: control, fCtl: F_CTL_REPLY, dId: frame.sId, oxId: frame.oxId};
		if (fipTo === undefined) this.#send.service(answer.write, {...to, type});
		else {
			const descriptor = command === elsCommand.logo ? fipDescriptor.logo : fipDescriptor.flogi;
			this.#send.serviceInFip(answer.write, to, {subcode: linkServiceSubcode.reply, descriptor, to: fipTo, withMac: !answer.rejected});
		}
		answer.then?.();
	}

	/** An answer to a request of ours. */
	#answered(frame: IncomingFrame): void {
		const request = this.requests.take(frame.oxId, frame.sId);
		if (request === undefined || frame.length < 4) {
			this.counters.unexpected++;
			return;
		}
		const command = frame.view.getUint8(frame.at);
		if (command === elsCommand.lsAcc) request.done({kind: 'accept', frame});
		else if (command === elsCommand.lsRjt && frame.length >= lsRjt.length) {
			const {view, at} = frame;
			request.done({kind: 'reject', reason: lsRjt.fields['rjt.reason'].read(view, at), explanation: lsRjt.fields['rjt.detail'].read(view, at)});
		} else request.done({kind: 'reject', reason: 0, explanation: 0});
	}

	#bls(frame: IncomingFrame, remote: RemotePort | undefined): void {
		if (remote?.state !== 'ready') {
			if (frame.rCtl === rCtl.abts) this.#rejectAbort(frame);
			else this.counters.strangers++;
			return;
		}
		if (frame.rCtl === rCtl.abts) {
			if (this.#side.abort(remote, frame)) this.#acceptAbort(frame);
			else this.#rejectAbort(frame);
		} else if (frame.rCtl === rCtl.baAcc || frame.rCtl === rCtl.baRjt) this.#side.aborted(remote, frame);
		else if (frame.rCtl !== rCtl.nop) this.counters.unexpected++;
	}

	/** The role of the answering side in the exchange is the other one than the sender's. */
	#blsReply({fCtl: control, sId, oxId, rxId}: IncomingFrame, service: number): ServiceHead {
		const reply = (control & fCtl.responder) === 0 ? F_CTL_BLS_REPLY : F_CTL_BLS_REPLY & ~fCtl.responder;
		return {rCtl: service, type: fcType.bls, fCtl: reply, dId: sId, oxId, rxId};
	}

	#acceptAbort(frame: IncomingFrame): void {
		const {oxId, rxId} = frame;
		const write: ElsWriter = (view, at) => {
			baAcc.encode({bls_oxid: oxId, bls_rxid: rxId, bls_lseqcnt: 0, bls_hseqcnt: 0xffff}, view, at);
			return baAcc.length;
		};
		this.#send.service(write, this.#blsReply(frame, rCtl.baAcc));
	}

	#rejectAbort(frame: IncomingFrame): void {
		this.counters.rejected++;
		const write: ElsWriter = (view, at) => {
			baRjt.encode({bls_reason: baReason.logicalError, bls_rjtdetail: baExplanation.invalidExchange}, view, at);
			return baRjt.length;
		};
		this.#send.service(write, this.#blsReply(frame, rCtl.baRjt));
	}

	#fip(view: DataView, at: number, length: number): void {
		const {counters} = this;
		const group = this.#isFor(view, at, allVn2vn) || this.#isFor(view, at, allP2p);
		if (!group && !this.#isFor(view, at, this.#out.mac)) {
			counters.ignored++;
			return;
		}
		counters.fipFrames++;
		const message = readFip(view, at, length);
		if (message.kind === 'fault') counters.badFip++;
		else if (message.kind === 'vn2vn') this.vn2vn.receive(message.message, this.clock.now());
		else if (message.kind === 'els') {
			const frame = this.#frame;
			if (message.descriptor === fipDescriptor.fdisc || message.descriptor === fipDescriptor.elp) counters.unexpected++;
			else if (frame.readFc(view, message.at, message.length) !== undefined || frame.dId !== this.portId || this.vn2vn.state !== 'up') counters.badFip++;
			else {
				const remote = this.#neighbour(frame.sId);
				// the answer goes to the station that the claim named, not to whoever sent this
				this.#els(frame, remote, remote?.neighbour.enodeMac ?? new Uint8Array(view.buffer, view.byteOffset + at + 6, 6).slice());
			}
		} else if (message.kind === 'vlan') {
			if (message.subcode === vlanSubcode.request) this.#send.vlanNotification(message.mac, this.#options.vlans ?? []);
			else this.vlans.set(Array.from(message.mac, byte => byte.toString(16).padStart(2, '0')).join(':'), message.vlans);
		} else counters.ignored++;
	}

	/** The remote port of a neighbour; made when its claim is known but its beacon has not come yet. */
	#neighbour(portId: number): RemotePort | undefined {
		const known = this.logins.remotes.get(portId);
		if (known !== undefined) return known;
		const neighbour = this.vn2vn.neighbours.get(portId);
		return neighbour === undefined ? undefined : this.logins.adopt(neighbour);
	}

	/** Asks on which VLANs there are VN2VN ports (FC-BB-6 7.9.6; Linux fcoe_ctlr_vlan_send); the answers come into `vlans`. */
	askVlans(): void {
		this.#send.vlanRequest();
		this.#out.flush();
	}

	#sendRequest({remote, write, fip, fc4 = false}: ElsRequest, oxId: number): void {
		const to = {fCtl: F_CTL_REQUEST, dId: remote.portId, oxId};
		if (fip !== undefined) {
			const envelope = {subcode: linkServiceSubcode.request, descriptor: fip, to: remote.neighbour.enodeMac, withMac: true};
			this.#send.serviceInFip(write, {...to, rCtl: rCtl.elsRequest}, envelope);
		} else if (fc4) this.#send.service(write, {...to, rCtl: rCtl.fc4Request, type: fcType.fcp});
		else this.#send.service(write, {...to, rCtl: rCtl.elsRequest, type: fcType.els});
	}
}
