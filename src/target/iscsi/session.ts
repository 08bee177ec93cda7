// A session: the command window, the tasks in progress, and the nexus behind it (RFC 7143 4.2.2). It has one connection.
import {U32Map} from '../../base/u32-map.js';
import {add, before, next} from '../../wire/iscsi-serial.js';
import {iscsiTransportId} from '../../wire/scsi-transport-id.js';
import type {Nexus} from '../scsi/nexus.js';
import {lunNumber} from '../scsi/unit.js';
import type {Connection} from './connection.js';
import type {Agreed} from './settings.js';
import type {Target} from './target.js';
import type {Task} from './task.js';

export type SessionType = 'normal' | 'discovery';

export class Session {
	readonly target: Target;
	readonly type: SessionType;
	readonly initiator: string;
	/** Twelve hexadecimal digits. */
	readonly isid: string;
	readonly agreed: Agreed;
	readonly nexus: Nexus | undefined;
	/** By initiator task tag: commands whose status has not been sent. */
	readonly tasks = new U32Map<Task>();
	/** Numbers of commands that were aborted before they came: they are consumed without being run (RFC 7143 11.6.1). */
	readonly abortedAhead = new Set<number>();
	tsih = 0;
	cid = 0;
	connection: Connection;
	/** The command number expected next. */
	expCmdSn: number;
	#maxCmdSn: number;

	constructor(target: Target, type: SessionType, initiator: string, isid: string, agreed: Agreed, connection: Connection, cmdSn: number) {
		this.target = target;
		this.type = type;
		this.initiator = initiator;
		this.isid = isid;
		this.agreed = agreed;
		this.connection = connection;
		this.expCmdSn = cmdSn;
		this.#maxCmdSn = add(cmdSn, target.options.queueDepth - 1);
		// names are compared without case (RFC 7143 4.2.7.1), so the port's identity has none
		const port = {transportId: iscsiTransportId(initiator.toLowerCase(), isid)};
		this.nexus = type === 'normal' ? target.server.attach(port, lun => this.abortTasks(task => lunNumber(task.lun) === lun)) : undefined;
	}

	/** The last command number that may be sent. It never goes back (RFC 7143 4.2.2.1). */
	get maxCmdSn(): number {
		const candidate = add(this.expCmdSn, this.target.options.queueDepth - 1 - this.tasks.size);
		if (before(this.#maxCmdSn, candidate)) this.#maxCmdSn = candidate;
		return this.#maxCmdSn;
	}

	/** Whether a command with this number is to be run now, dropped, or shows that one before it is missing. */
	admit(cmdSn: number, immediate: boolean): 'run' | 'ignore' | 'gap' {
		if (immediate) return 'run';
		if (cmdSn !== this.expCmdSn) return before(cmdSn, this.expCmdSn) || before(this.#maxCmdSn, cmdSn) ? 'ignore' : 'gap';
		if (before(this.#maxCmdSn, cmdSn)) return 'ignore';
		this.expCmdSn = next(cmdSn);
		return this.abortedAhead.delete(cmdSn) ? 'ignore' : 'run';
	}

	/** Forgets the tasks that `matches` picks; they are never answered (RFC 7143 11.5.1). Returns how many. */
	abortTasks(matches: (task: Task) => boolean): number {
		let count = 0;
		for (const task of this.tasks.values()) {
			if (!matches(task)) continue;
			task.aborted = true;
			this.tasks.delete(task.tag);
			count++;
		}
		return count;
	}

	/** Ends the session: its tasks are forgotten without an answer. */
	end(): void {
		this.abortTasks(() => true);
		if (this.nexus) this.target.server.detach(this.nexus);
		this.target.remove(this);
	}
}
