// An iSCSI target node: its name, its units, and the sessions that are open (RFC 7143 4.1, 6.3.5).
import type {DeviceServer} from '../scsi/server.js';
import type {Session} from './session.js';
import {type IscsiCounters, newIscsiCounters} from './settings.js';

export interface TargetOptions {
	/** Commands that a session may have outstanding: the command window. Default 128. */
	queueDepth?: number;
	/** Sessions at once; above it a login is told "out of resources". Default 256. */
	maxSessions?: number;
	/** Seconds of silence before the target asks with a NOP-In; 0 = never. Default 30. */
	pingSeconds?: number;
	/** Seconds to wait for the answer before the connection is given up. Default 10. */
	pingTimeoutSeconds?: number;
	/** Seconds to log in. Default 15. */
	loginSeconds?: number;
	alias?: string;
}

const defaults: Required<TargetOptions> = {queueDepth: 128, maxSessions: 256, pingSeconds: 30, pingTimeoutSeconds: 10, loginSeconds: 15, alias: ''};

/** Two logins belong to one session when initiator name, ISID and portal group are the same (RFC 7143 4.4.3). */
const identity = (initiator: string, isid: string) => `${initiator.toLowerCase()},i,0x${isid}`;

export class Target {
	readonly iqn: string;
	readonly server: DeviceServer;
	readonly options: Required<TargetOptions>;
	readonly counters: IscsiCounters = newIscsiCounters();
	/** One portal group; its tag goes into SendTargets and the first login answer (RFC 7143 13.9). */
	readonly portalGroup = 1;
	readonly #sessions = new Map<number, Session>();
	readonly #byPort = new Map<string, Session>();
	#nextTsih = 1;

	constructor(iqn: string, server: DeviceServer, options: TargetOptions = {}) {
		this.iqn = iqn;
		this.server = server;
		this.options = {...defaults, ...options};
	}

	sessions(): IterableIterator<Session> {
		return this.#sessions.values();
	}

	get full(): boolean {
		return this.#sessions.size >= this.options.maxSessions;
	}

	byHandle(tsih: number): Session | undefined {
		return this.#sessions.get(tsih);
	}

	/** The session of an initiator port, which a new login with TSIH 0 replaces (RFC 7143 6.3.5). */
	byPort(initiator: string, isid: string): Session | undefined {
		return this.#byPort.get(identity(initiator, isid));
	}

	/** Gives the session a handle and remembers it. */
	add(session: Session): void {
		while (this.#sessions.has(this.#nextTsih)) this.#nextTsih = (this.#nextTsih % 0xffff) + 1;
		session.tsih = this.#nextTsih;
		this.#nextTsih = (this.#nextTsih % 0xffff) + 1;
		this.#sessions.set(session.tsih, session);
		// a discovery session has no nexus, so it replaces nobody and nobody replaces it
		if (session.type === 'normal') this.#byPort.set(identity(session.initiator, session.isid), session);
		this.counters.sessions = this.#sessions.size;
	}

	remove(session: Session): void {
		if (this.#sessions.get(session.tsih) !== session) return;
		this.#sessions.delete(session.tsih);
		const port = identity(session.initiator, session.isid);
		if (this.#byPort.get(port) === session) this.#byPort.delete(port);
		this.counters.sessions = this.#sessions.size;
	}
}
