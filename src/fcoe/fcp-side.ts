// What stands above a VN_Port: the FCP target or initiator. The port does FIP, logins and link services, and hands the rest up.
import type {IncomingFrame} from './frame.js';
import type {RemotePort} from './remote.js';

/** How far an exchange is, for REC (FC-LS-2 4.2.29). */
export interface ExchangeStatus {
	readonly oxId: number;
	readonly rxId: number;
	/** Address of the exchange's originator. */
	readonly originator: number;
	readonly responder: number;
	/** Bytes of data transferred so far. */
	readonly transferred: number;
	/** E_STAT bits. */
	readonly status: number;
}

export interface FcpSide {
	/** The processes are logged in: commands may flow. */
	loggedIn(remote: RemotePort): void;
	/** They are not any more, for whatever reason: everything with this port is void. */
	loggedOut(remote: RemotePort): void;
	/** A frame of TYPE FCP that is no link service, from a port that is logged in. */
	frame(remote: RemotePort, frame: IncomingFrame): void;
	/** ABTS for an exchange: true when there is (or was just now) such an exchange, which is gone then. */
	abort(remote: RemotePort, frame: IncomingFrame): boolean;
	/** BA_ACC or BA_RJT to an ABTS of ours. */
	aborted(remote: RemotePort, frame: IncomingFrame): void;
	/** REC: undefined for an exchange that is not known. */
	status(remote: RemotePort, originator: number, oxId: number, rxId: number): ExchangeStatus | undefined;
	/** SRR: false when it cannot be done. Called before it is accepted; what is sent again goes out in `frames`. */
	resend(remote: RemotePort, oxId: number, rxId: number, unit: number, offset: number): (() => void) | undefined;
	/** Does what is due. */
	tick(nowMs: number): void;
	/** When `tick` has something to do. */
	readonly dueMs: number;
}
