// Answers link services that others ask of this port (FC-LS-2 clause 4): each is accepted, or rejected with the reason the standard has for it.
import {adisc, elsCommand, fcpParameter, logo, lsExplanation, lsReason, prli, prliFlag, prliResponse, rec, srr} from '../wire/fc-els.js';
import {
	accept,
	addressDiscovery,
	type ElsWriter,
	exchangeStatus,
	fcpParameters,
	linkErrors,
	login,
	processLogin,
	processLogoutAccept,
	readLogin,
	reject,
	timeoutsAccept,
} from './els.js';
import type {FcpSide} from './fcp-side.js';
import type {IncomingFrame} from './frame.js';
import type {LoginHost, Logins} from './logins.js';
import type {RemotePort} from './remote.js';

/** An answer, and what happens once it is out. */
export interface Answer {
	readonly write: ElsWriter;
	readonly then?: () => void;
	readonly rejected: boolean;
}

const yes = (write: ElsWriter, then?: () => void): Answer => (then === undefined ? {write, rejected: false} : {write, then, rejected: false});
const no = (reason: number, explanation: number): Answer => ({write: reject(reason, explanation), rejected: true});
const tooShort = () => no(lsReason.logicalError, lsExplanation.length);
const notLoggedIn = () => no(lsReason.unable, lsExplanation.loginRequired);
const loginFault = {
	length: lsExplanation.length,
	fPort: lsExplanation.commonParameters,
	class: lsExplanation.options,
	size: lsExplanation.receiveSize,
} as const;

export class Responder {
	readonly #host: LoginHost;
	readonly #logins: Logins;
	readonly #side: FcpSide;
	readonly #badCrc: () => number;

	constructor(host: LoginHost, logins: Logins, side: FcpSide, badCrc: () => number) {
		this.#host = host;
		this.#logins = logins;
		this.#side = side;
		this.#badCrc = badCrc;
	}

	/** The answer to a request from a neighbour; `remote` is undefined when it is none. `inFip` for FLOGI and LOGO. */
	answer(frame: IncomingFrame, remote: RemotePort | undefined, inFip: boolean): Answer {
		if (frame.length < 4) return tooShort();
		const command = frame.view.getUint8(frame.at);
		if (remote === undefined) return no(lsReason.fip, lsExplanation.notNeighbor);
		if (this.#logins.leaving && (command === elsCommand.flogi || command === elsCommand.plogi)) return no(lsReason.unable, lsExplanation.none);
		if (inFip) {
			if (command === elsCommand.flogi) return this.#flogi(frame, remote);
			return command === elsCommand.logo ? this.#logo(frame, remote) : no(lsReason.unsupported, lsExplanation.unsupported);
		}
		switch (command) {
			case elsCommand.plogi:
				return this.#plogi(frame, remote);
			case elsCommand.logo:
				return this.#logo(frame, remote);
			case elsCommand.rtv:
				return yes(timeoutsAccept);
			case elsCommand.rls:
				return yes(linkErrors(this.#badCrc()));
			case elsCommand.prli:
				return this.#prli(frame, remote);
			case elsCommand.prlo:
				return this.#prlo(remote);
			case elsCommand.adisc:
				return this.#adisc(frame, remote);
			case elsCommand.rec:
				return this.#rec(frame, remote);
			case elsCommand.rrq:
				// an exchange that was aborted is forgotten at once here: its identifiers are free already
				return remote.state === 'ready' || remote.state === 'logged-in' ? yes(accept) : notLoggedIn();
			case elsCommand.rscn:
				return yes(accept);
			default:
				return no(lsReason.unsupported, lsExplanation.unsupported);
		}
	}

	#flogi(frame: IncomingFrame, remote: RemotePort): Answer {
		const said = readLogin(frame.view, frame.at, frame.length);
		if (said.fault !== undefined) return no(lsReason.logicalError, loginFault[said.fault]);
		if (said.wwpn !== remote.wwpn) return no(lsReason.logicalError, lsExplanation.portName);
		this.#logins.flogiHeard(remote);
		return yes(login(elsCommand.lsAcc, this.#host.names, this.#host.payloadLimit, true), () => this.#logins.flogiAccepted(remote));
	}

	#plogi(frame: IncomingFrame, remote: RemotePort): Answer {
		const said = readLogin(frame.view, frame.at, frame.length);
		if (said.fault !== undefined) return no(lsReason.logicalError, loginFault[said.fault]);
		// another's address with another name: an impostor, or a neighbour that we know wrongly
		if (said.wwpn !== remote.wwpn) return no(lsReason.logicalError, lsExplanation.portName);
		if (!this.#host.allowed(said.wwpn)) {
			this.#logins.counters.refused++;
			return no(lsReason.unable, lsExplanation.portName);
		}
		this.#logins.plogiHeard(remote, said.receiveSize);
		return yes(login(elsCommand.lsAcc, this.#host.names, this.#host.payloadLimit, false), () => this.#logins.plogiAccepted(remote));
	}

	#prli({view, at, length}: IncomingFrame, remote: RemotePort): Answer {
		if (remote.state !== 'logged-in' && remote.state !== 'ready') return notLoggedIn();
		const f = prli.fields;
		if (length < prli.length || f['prlilo.page_length'].read(view, at) !== 16) return tooShort();
		const {roles} = this.#host;
		const mine = fcpParameters(roles.target, roles.initiator);
		if (f['prlilo.type'].read(view, at) !== 8) return yes(processLogin(elsCommand.lsAcc, 0, false, prliResponse.invalid));
		const wants = (f.prliloflags.read(view, at) & prliFlag.establishImagePair) !== 0;
		const parameters = f.fcpflags.read(view, at);
		const {imagePair, established} = this.#logins.prliHeard(remote, parameters, wants);
		// what only the asking side can do is not agreed on (FCP-4 6.3.3)
		const agreed = (parameters & fcpParameter.retry) !== 0 ? mine : mine & ~fcpParameter.retry;
		return yes(processLogin(elsCommand.lsAcc, agreed, imagePair, prliResponse.executed), established);
	}

	#prlo(remote: RemotePort): Answer {
		if (remote.state !== 'logged-in' && remote.state !== 'ready') return notLoggedIn();
		this.#logins.prloHeard(remote);
		return yes(processLogoutAccept);
	}

	#logo({view, at, length}: IncomingFrame, remote: RemotePort): Answer {
		if (length < logo.length) return tooShort();
		if (logo.fields.npname.read(view, at) !== remote.wwpn) return no(lsReason.logicalError, lsExplanation.portName);
		this.#logins.logoHeard(remote);
		return yes(accept);
	}

	#adisc({view, at, length}: IncomingFrame, remote: RemotePort): Answer {
		if (length < adisc.length) return tooShort();
		if (remote.state !== 'logged-in' && remote.state !== 'ready') return notLoggedIn();
		const {names, portId} = this.#host;
		if (adisc.fields.npname.read(view, at) !== remote.wwpn) return no(lsReason.logicalError, lsExplanation.portName);
		return yes(addressDiscovery(elsCommand.lsAcc, names, portId));
	}

	#rec({view, at, length}: IncomingFrame, remote: RemotePort): Answer {
		if (length < rec.length) return tooShort();
		if (remote.state !== 'ready') return notLoggedIn();
		const status = this.#side.status(remote, rec.fields.portid.read(view, at), rec.fields.oxid.read(view, at), rec.fields.rxid.read(view, at));
		if (status === undefined) return no(lsReason.logicalError, lsExplanation.exchangeId);
		return yes(exchangeStatus(status.oxId, status.rxId, status.originator, status.responder, status.transferred, status.status));
	}

	/** SRR, which is an FC-4 link service (FCP-4 8.3). */
	answerSrr({view, at, length}: IncomingFrame, remote: RemotePort | undefined): Answer {
		if (remote?.state !== 'ready') return notLoggedIn();
		if (length < srr.length || srr.fields['els.op'].read(view, at) !== elsCommand.srr) return no(lsReason.unsupported, lsExplanation.unsupported);
		const f = srr.fields;
		const again = this.#side.resend(
			remote,
			f['els.srr.ox_id'].read(view, at),
			f['els.srr.rx_id'].read(view, at),
			f.r_ctl.read(view, at),
			f.data_ro.read(view, at),
		);
		return again === undefined ? no(lsReason.unable, lsExplanation.noData) : yes(accept, again);
	}
}
