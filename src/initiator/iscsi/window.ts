// Commands in progress and those that wait: bounded by our own window and by the target's command numbers (RFC 7143 4.2.2.1).
import {U32Map} from '../../base/u32-map.js';
import {nopIn} from '../../wire/iscsi.js';
import type {Pdu} from '../../wire/iscsi-frame.js';
import {add, before, next} from '../../wire/iscsi-serial.js';
import type {Command} from './command.js';

export class CommandWindow {
	/** By initiator task tag: sent, without status. */
	readonly active = new U32Map<Command>();
	/** The number that the next command takes. */
	cmdSn = 1;
	readonly #size: number;
	#waiting: Command[] = [];
	#head = 0;
	#maxCmdSn = 1;
	#nextTag = 1;

	constructor(size: number) {
		this.#size = size;
	}

	/** Commands without status, those not sent yet included. */
	get outstanding(): number {
		return this.active.size + this.#waiting.length - this.#head;
	}

	/** A task tag that nothing else has used lately. */
	tag(): number {
		const tag = this.#nextTag;
		this.#nextTag = tag >= 0xffff_fffe ? 1 : tag + 1;
		return tag;
	}

	/** Takes a command number for a request that is not a SCSI command. */
	number(): number {
		const cmdSn = this.cmdSn;
		this.cmdSn = next(cmdSn);
		return cmdSn;
	}

	add(command: Command): void {
		this.#waiting.push(command);
	}

	/** The next command that may go, numbered and among the active; undefined while a window is full or nothing waits. */
	release(nowMs: number): Command | undefined {
		if (this.#head === this.#waiting.length || this.active.size >= this.#size || before(this.#maxCmdSn, this.cmdSn)) return undefined;
		const command = this.#waiting[this.#head++]!;
		if (this.#head === this.#waiting.length || this.#head > 1024) {
			this.#waiting.splice(0, this.#head);
			this.#head = 0;
		}
		command.tag = this.tag();
		command.cmdSn = this.number();
		command.sentMs = nowMs;
		this.active.set(command.tag, command);
		return command;
	}

	/** Reads the window off a PDU of the target. */
	open({view, at}: Pdu): void {
		const {expcmdsn, maxcmdsn} = nopIn.fields;
		const max = view.getUint32(at + maxcmdsn.at);
		// a MaxCmdSN below ExpCmdSN - 1 is to be ignored, and it never goes back
		if (before(max, add(view.getUint32(at + expcmdsn.at), -1)) || before(max, this.#maxCmdSn)) return;
		this.#maxCmdSn = max;
	}

	/** Takes everything out. */
	clear(): Command[] {
		const all = [...this.active.values(), ...this.#waiting.slice(this.#head)];
		this.active.clear();
		this.#waiting = [];
		this.#head = 0;
		return all;
	}
}
