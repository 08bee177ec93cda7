// Netlink: questions to the kernel about the network namespace of the calling thread (linux/netlink.h, linux/genetlink.h; net/netlink/af_netlink.c).
// The kernel answers before `send` returns, and the next part of a dump when the last one is read: nothing here waits.
import {NetstressError} from '../base/errors.js';
import {errno, errnos, libc, nameOf, syscallError} from './libc.js';
import {Mapping} from './memory.js';
import {attribute, attributeList, attributes, message, messages, text, unsigned} from './netlink-message.js';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;
/** NETLINK_ROUTE, NETLINK_SOCK_DIAG, NETLINK_GENERIC. */
export const netlinkFamily = {route: 0, sockDiag: 4, generic: 16} as const;
const flag = {request: 1, multi: 2, acknowledge: 4, dumpInterrupted: 0x10, dump: 0x300} as const;
const reply = {error: 2, done: 3} as const;
/** More than the kernel puts into one datagram of a dump (max_recvmsg_len is 32 KiB at most); a single answer may be larger. */
const receiveBytes = 1 << 18;
const sendBytes = 4096;
/** A dump during which something changed is asked again, so many times. */
const attempts = 4;
const GENL_ID_CTRL = 0x10;
const CTRL_CMD_GETFAMILY = 3;
const controlAttribute = {familyId: 1, familyName: 2, groups: 7} as const;
/** CTRL_ATTR_MCAST_GRP_NAME, CTRL_ATTR_MCAST_GRP_ID. */
const groupAttribute = {name: 1, id: 2} as const;

export class Netlink {
	readonly #fd: number;
	readonly #memory: Mapping;
	#sequence = 0;

	/** ERR_SYSCALL where the kernel has no such family of netlink. No privilege is needed. */
	constructor(family: number) {
		this.#fd = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, family);
		if (this.#fd < 0) throw syscallError('open a netlink socket', 'socket');
		this.#memory = new Mapping(sendBytes + receiveBytes, 'netlink messages');
	}

	/** The payloads of one datagram that answer `sequence`; `end` when none follows. */
	#receive(sequence: number, what: string): {found: DataView[]; end: boolean; interrupted: boolean} {
		const length = Number(libc.recv(this.#fd, this.#memory.address(sendBytes), receiveBytes, MSG_DONTWAIT | MSG_TRUNC));
		if (length < 0) {
			if (errno() === errnos.EINTR) return {found: [], end: false, interrupted: false};
			throw syscallError(what, 'recv');
		}
		if (length > receiveBytes) throw new NetstressError('ERR_IO', `${what}: the kernel's answer has ${length} bytes, more than ${receiveBytes}`);
		// a copy: the next datagram lies where this one lay
		const datagram = this.#memory.bytes.slice(sendBytes, sendBytes + length);
		const found: DataView[] = [];
		let end = false;
		let interrupted = false;
		for (const {type, flags, sequence: of, payload} of messages(new DataView(datagram.buffer))) {
			if (of !== sequence) continue;
			if ((flags & flag.dumpInterrupted) !== 0) interrupted = true;
			if (type === reply.error || type === reply.done) {
				end = true;
				const code = payload.byteLength >= 4 ? -payload.getInt32(0, true) : 0;
				if (code !== 0) throw new NetstressError('ERR_SYSCALL', `cannot ${what}: netlink says ${nameOf(code)}`, {syscall: 'netlink', errno: nameOf(code)});
			} else {
				found.push(payload);
				if ((flags & flag.multi) === 0) end = true;
			}
		}
		return {found, end, interrupted};
	}

	#ask(type: number, flags: number, what: string, parts: readonly Uint8Array[]): {found: DataView[]; interrupted: boolean} {
		const sequence = ++this.#sequence;
		const request = message(type, flag.request | flags, sequence, ...parts);
		this.#memory.bytes.set(request, 0);
		if (libc.send(this.#fd, this.#memory.address(), request.length, 0, 0, 0) < 0) throw syscallError(what, 'sendto');
		const found: DataView[] = [];
		let interrupted = false;
		for (;;) {
			const part = this.#receive(sequence, what);
			found.push(...part.found);
			interrupted ||= part.interrupted;
			if (part.end) return {found, interrupted};
		}
	}

	/** Everything of a kind: the payloads of all answers. Asked again when the kernel says that something changed meanwhile. ERR_SYSCALL with errno's name. */
	dump(type: number, what: string, ...parts: readonly Uint8Array[]): DataView[] {
		for (let attempt = 1; ; attempt++) {
			const {found, interrupted} = this.#ask(type, flag.dump, what, parts);
			if (!interrupted || attempt === attempts) return found;
		}
	}

	/** The payload of the one answer. ERR_SYSCALL with errno's name. */
	get(type: number, what: string, ...parts: readonly Uint8Array[]): DataView | undefined {
		return this.#ask(type, 0, what, parts).found[0];
	}

	/** A command that has no answer but whether it was done. ERR_SYSCALL with errno's name. */
	order(type: number, what: string, ...parts: readonly Uint8Array[]): void {
		this.#ask(type, flag.acknowledge, what, parts);
	}

	/** The number of a generic netlink family by its name (genl-ctrl); undefined where this kernel does not have it. */
	familyNumber(name: string): number | undefined {
		const given = this.#family(name);
		return given === undefined ? undefined : unsigned(given.get(controlAttribute.familyId));
	}

	/** A generic netlink family with one of its multicast groups, by their names; undefined where this kernel does not have both. */
	familyWithGroup(name: string, groupName: string): {family: number; group: number} | undefined {
		const given = this.#family(name);
		const family = unsigned(given?.get(controlAttribute.familyId));
		const list = given?.get(controlAttribute.groups);
		const groups = list === undefined ? [] : attributeList(list).map(([, value]) => attributes(value));
		const group = unsigned(groups.find(one => text(one.get(groupAttribute.name)) === groupName)?.get(groupAttribute.id));
		return family === undefined || group === undefined ? undefined : {family, group};
	}

	#family(name: string): Map<number, DataView> | undefined {
		try {
			const found = this.get(
				GENL_ID_CTRL,
				`ask for the generic netlink family ${name}`,
				genericHeader(CTRL_CMD_GETFAMILY),
				attribute(controlAttribute.familyName, name),
			);
			if (found === undefined) return undefined;
			const given = attributes(found, 4);
			return text(given.get(controlAttribute.familyName)) === name ? given : undefined;
		} catch (error) {
			if (error instanceof NetstressError && error.details.errno === 'ENOENT') return undefined;
			throw error;
		}
	}

	close(): void {
		libc.close(this.#fd);
		this.#memory.close();
	}
}

/** struct genlmsghdr: u8 command, u8 version, u16 reserved. */
export const genericHeader = (command: number, version = 1): Uint8Array => Uint8Array.of(command, version, 0, 0);

/** Opens a socket, uses it, closes it. */
export function withNetlink<T>(family: number, use: (netlink: Netlink) => T): T {
	const netlink = new Netlink(family);
	try {
		return use(netlink);
	} finally {
		netlink.close();
	}
}
