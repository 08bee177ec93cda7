// Logging in: FLOGI inside FIP, PLOGI by the port with the higher WWPN, PRLI by the initiator; and being logged in to. After Linux libfc's
// fc_rport.c, with two differences: a lost request is asked again after a second, not two, and a peer that starts anew is taken at its word at once.
import {elsCommand, fcpParameter, lsReason, prli, prliFlag, prliResponse} from '../wire/fc-els.js';
import {fipDescriptor} from '../wire/fip.js';
import {addressDiscovery, fcpParameters, login, logout, type PortNames, processLogin, readLogin} from './els.js';
import {RemotePort} from './remote.js';
import type {ElsAnswer, ElsRequest} from './requests.js';
import type {Features, Neighbour} from './vn2vn.js';

/** What logins need of the port they are for. */
export interface LoginHost {
	readonly names: PortNames;
	readonly portId: number;
	readonly roles: Features;
	/** Bytes of payload of the longest FC frame that this side takes. */
	readonly payloadLimit: number;
	/** Whether a WWPN may log in. */
	allowed(wwpn: bigint): boolean;
	now(): number;
	ask(request: ElsRequest): void;
	forget(remote: RemotePort): void;
	loggedIn(remote: RemotePort): void;
	loggedOut(remote: RemotePort): void;
}

/** Milliseconds. */
const timing = {
	request: 1000,
	/** For the FLOGI of a neighbour that hears our first beacon: then they do not cross. */
	patience: 300,
	/** Between a login that failed and the next. */
	retry: 1000,
	/** A peer that said it is busy. */
	busy: 200,
	/** For the PLOGI of the peer. */
	wait: 2500,
} as const;
const tries = 4;
const mostFailures = 6;

export class Logins {
	readonly remotes = new Map<number, RemotePort>();
	readonly counters = {logins: 0, logouts: 0, failed: 0, refused: 0};
	readonly #host: LoginHost;

	constructor(host: LoginHost) {
		this.#host = host;
	}

	get dueMs(): number {
		let due = Number.POSITIVE_INFINITY;
		for (const remote of this.remotes.values()) due = Math.min(due, remote.dueMs);
		return due;
	}

	/** A neighbour is up (or up again): begin with it, or see whether an old login still holds. */
	alive(neighbour: Neighbour): void {
		const known = this.remotes.get(neighbour.portId);
		if (known !== undefined && known.neighbour === neighbour) {
			if (known.state === 'ready' || known.state === 'logged-in') this.#verify(known);
			else if (known.state === 'out' || known.state === 'waiting') this.#greet(known);
			return;
		}
		if (known !== undefined) this.gone(known.neighbour);
		this.#greet(this.adopt(neighbour));
	}

	/**
	 * Our address is up. Who answered our claim is there, whether or not a beacon of it has been heard, and the next may be eight seconds away: when it
	 * does not begin by itself, an initiator does.
	 */
	up(neighbours: Iterable<Neighbour>): void {
		if (!this.#host.roles.initiator) return;
		for (const neighbour of neighbours) {
			if (this.remotes.has(neighbour.portId) || !this.#useful(neighbour.features)) continue;
			this.#begin(this.adopt(neighbour), timing.patience);
		}
	}

	#greet(remote: RemotePort): void {
		if (this.#useful(remote.neighbour.features)) this.#begin(remote, 0);
	}

	/** Whether one of us could serve the other; a port that does not tell might. */
	#useful(features: Features | undefined): boolean {
		if (features === undefined || (!features.target && !features.initiator)) return true;
		const {roles} = this.#host;
		return (roles.initiator && features.target) || (roles.target && features.initiator);
	}

	/** The remote port of a neighbour that speaks before its beacon was heard. */
	adopt(neighbour: Neighbour): RemotePort {
		const remote = new RemotePort(neighbour);
		this.remotes.set(neighbour.portId, remote);
		return remote;
	}

	/** A neighbour has left. */
	gone(neighbour: Neighbour): void {
		const remote = this.remotes.get(neighbour.portId);
		if (remote === undefined || remote.neighbour !== neighbour) return;
		this.#end(remote);
		this.remotes.delete(neighbour.portId);
	}

	/** Our own address is lost: every login is. */
	clear(): void {
		for (const remote of this.remotes.values()) this.#end(remote);
		this.remotes.clear();
	}

	/** Nobody may log in any more. */
	leaving = false;

	/** Tells everybody that we leave (LOGO in FIP, as Linux does). True when there was anybody to tell. */
	leave(): void {
		this.leaving = true;
		for (const remote of this.remotes.values()) {
			if (remote.state === 'out' || remote.state === 'waiting') continue;
			const {names, portId} = this.#host;
			this.#end(remote);
			this.#host.ask({remote, write: logout(portId, names.wwpn), fip: fipDescriptor.logo, timeoutMs: timing.request, tries: 1, done() {}});
		}
	}

	/** Voids a login and everything that was asked for it. */
	#end(remote: RemotePort): void {
		const was = remote.state;
		remote.state = 'out';
		remote.epoch++;
		remote.dueMs = Number.POSITIVE_INFINITY;
		this.#host.forget(remote);
		if (was !== 'ready') return;
		this.counters.logouts++;
		this.#host.loggedOut(remote);
	}

	#begin(remote: RemotePort, afterMs: number): void {
		remote.state = 'waiting';
		remote.dueMs = this.#host.now() + afterMs;
		if (afterMs === 0) this.#due(remote);
	}

	tick(nowMs: number): void {
		for (const remote of this.remotes.values()) if (nowMs >= remote.dueMs) this.#due(remote);
	}

	#due(remote: RemotePort): void {
		remote.dueMs = Number.POSITIVE_INFINITY;
		if (remote.state === 'waiting') this.#flogi(remote);
		else if (remote.state === 'plogi-wait') this.#failed(remote, timing.retry);
		else if (remote.state === 'out') this.#begin(remote, 0);
	}

	/** Asks; an answer to a login that has ended meanwhile is not heard. */
	#ask(remote: RemotePort, write: ElsRequest['write'], done: (answer: ElsAnswer) => void, fip?: number): void {
		const {epoch} = remote;
		this.#host.ask({
			remote,
			write,
			...(fip === undefined ? {} : {fip}),
			timeoutMs: timing.request,
			tries,
			done: answer => {
				if (remote.epoch === epoch) done(answer);
			},
		});
	}

	#failed(remote: RemotePort, afterMs: number): void {
		this.counters.failed++;
		remote.failures++;
		this.#end(remote);
		// who only serves waits for the other side; who wants something tries again, ever more seldom
		if (this.#host.roles.initiator) remote.dueMs = this.#host.now() + afterMs * Math.min(2 ** Math.max(0, remote.failures - mostFailures), 16);
	}

	#flogi(remote: RemotePort): void {
		remote.state = 'flogi';
		const {names, payloadLimit} = this.#host;
		this.#ask(
			remote,
			login(elsCommand.flogi, names, payloadLimit, true),
			answer => {
				if (remote.state !== 'flogi') return;
				if (answer.kind === 'accept') {
					const said = readLogin(answer.frame.view, answer.frame.at, answer.frame.length);
					if (said.fault === undefined && said.wwpn === remote.wwpn) this.#afterFlogi(remote);
					else this.#failed(remote, timing.retry);
				} else this.#failed(remote, answer.kind === 'reject' && answer.reason === lsReason.busy ? timing.busy : timing.retry);
			},
			fipDescriptor.flogi,
		);
	}

	/** fc_rport_flogi_resp: the higher name logs in, the lower waits. */
	#afterFlogi(remote: RemotePort): void {
		if (remote.wwpn < this.#host.names.wwpn) this.#plogi(remote);
		else {
			remote.state = 'plogi-wait';
			remote.dueMs = this.#host.now() + timing.wait;
		}
	}

	#plogi(remote: RemotePort): void {
		if (!this.#host.allowed(remote.wwpn)) {
			this.counters.refused++;
			this.#end(remote);
			return;
		}
		remote.state = 'plogi';
		remote.dueMs = Number.POSITIVE_INFINITY;
		const {names, payloadLimit} = this.#host;
		this.#ask(remote, login(elsCommand.plogi, names, payloadLimit, false), answer => {
			if (remote.state !== 'plogi') return;
			if (answer.kind !== 'accept') {
				this.#failed(remote, answer.kind === 'reject' && answer.reason === lsReason.busy ? timing.busy : timing.retry);
				return;
			}
			const said = readLogin(answer.frame.view, answer.frame.at, answer.frame.length);
			if (said.fault === undefined && said.wwpn === remote.wwpn) this.#portsLoggedIn(remote, said.receiveSize);
			else this.#failed(remote, timing.retry);
		});
	}

	#portsLoggedIn(remote: RemotePort, receiveSize: number): void {
		remote.state = 'logged-in';
		remote.dueMs = Number.POSITIVE_INFINITY;
		remote.maxPayload = Math.min(receiveSize, this.#host.payloadLimit) & ~3;
		if (this.#host.roles.initiator && remote.neighbour.features?.target !== false) this.#prli(remote);
	}

	#prli(remote: RemotePort): void {
		const {roles} = this.#host;
		this.#ask(remote, processLogin(elsCommand.prli, fcpParameters(roles.target, roles.initiator), true), answer => {
			if (answer.kind !== 'accept') {
				this.#failed(remote, timing.retry);
				return;
			}
			const {view, at, length} = answer.frame;
			const flags = length >= prli.length ? prli.fields.prliloflags.read(view, at) : 0;
			const parameters = length >= prli.length ? prli.fields.fcpflags.read(view, at) : 0;
			const paired = (flags & prliFlag.establishImagePair) !== 0 && (flags & prliFlag.responseMask) === prliResponse.executed;
			if (paired && (parameters & fcpParameter.target) !== 0) this.#processesLoggedIn(remote, parameters);
			else this.#failed(remote, timing.retry);
		});
	}

	#processesLoggedIn(remote: RemotePort, parameters: number): void {
		const again = remote.state === 'ready';
		remote.parameters = parameters;
		remote.state = 'ready';
		remote.failures = 0;
		if (again) return;
		this.counters.logins++;
		this.#host.loggedIn(remote);
	}

	/** ADISC: is it still the port that logged in? Linux asks so too when a neighbour claims anew (fc_rport_login). */
	#verify(remote: RemotePort): void {
		const {names, portId} = this.#host;
		this.#ask(remote, addressDiscovery(elsCommand.adisc, names, portId), answer => {
			if (answer.kind === 'accept') return;
			this.#end(remote);
			this.#begin(remote, 0);
		});
	}

	/** FLOGI of a neighbour. True: accept it; then {@link flogiAccepted}. */
	flogiHeard(remote: RemotePort): void {
		// who logs in again has forgotten what was: so do we
		if (remote.state === 'ready' || remote.state === 'logged-in') this.#end(remote);
	}

	/** Our accept is out. Crossed FLOGIs: the answer to ours goes on with it. */
	flogiAccepted(remote: RemotePort): void {
		if (remote.state === 'flogi') return;
		this.#host.forget(remote);
		remote.epoch++;
		this.#afterFlogi(remote);
	}

	/** PLOGI of a neighbour, to be accepted: an implicit logout, if it was logged in (FC-LS-2 4.2.4). */
	plogiHeard(remote: RemotePort, receiveSize: number): void {
		this.#end(remote);
		remote.maxPayload = Math.min(receiveSize, this.#host.payloadLimit) & ~3;
		remote.state = 'logged-in';
	}

	/** Our accept is out: go on. */
	plogiAccepted(remote: RemotePort): void {
		if (this.#host.roles.initiator && remote.neighbour.features?.target !== false) this.#prli(remote);
	}

	/** PRLI of a port that is logged in. Gives the flags of our accept; the pair is established when it is out. */
	prliHeard(remote: RemotePort, parameters: number, wantsPair: boolean): {imagePair: boolean; established: () => void} {
		const {roles} = this.#host;
		const serves = roles.target && (parameters & fcpParameter.initiator) !== 0;
		const uses = roles.initiator && (parameters & fcpParameter.target) !== 0;
		const imagePair = wantsPair && (serves || uses);
		return {
			imagePair,
			established: () => {
				if (imagePair && serves) this.#processesLoggedIn(remote, parameters);
			},
		};
	}

	/** LOGO or PRLO of a port. */
	logoHeard(remote: RemotePort): void {
		this.#end(remote);
		if (this.#host.roles.initiator) remote.dueMs = this.#host.now() + timing.retry;
	}

	/** PRLO: the ports stay logged in, the processes are not. */
	prloHeard(remote: RemotePort): void {
		if (remote.state !== 'ready') return;
		this.#end(remote);
		remote.state = 'logged-in';
	}
}
