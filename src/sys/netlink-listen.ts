// A netlink socket that listens to a multicast group: what the kernel tells everybody who joined (linux/netlink.h; net/netlink/af_netlink.c). Questions: netlink.ts.
import {errno, errnos, libc, syscallError} from './libc.js';
import {Mapping} from './memory.js';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const MSG_DONTWAIT = 0x40;
/** More than one datagram of an event. */
const receiveBytes = 1 << 17;

const number = (value: number) => {
	const bytes = new Uint8Array(4);
	new DataView(bytes.buffer).setInt32(0, value, true);
	return bytes;
};

export class NetlinkListener {
	readonly #fd: number;
	readonly #memory: Mapping;
	#overflows = 0;

	/** Joins `group` of a netlink `family`; `bufferBytes` hold what is not read yet. ERR_PERMISSION, ERR_SYSCALL. */
	constructor(family: number, group: number, bufferBytes: number) {
		this.#fd = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, family);
		if (this.#fd < 0) throw syscallError('open a netlink socket', 'socket');
		const address = new Uint8Array(12); // struct sockaddr_nl: the kernel chooses the port
		new DataView(address.buffer).setUint16(0, AF_NETLINK, true);
		libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, number(bufferBytes), 4); // without CAP_NET_ADMIN the usual size has to do
		if (libc.bind(this.#fd, address, address.length) < 0 || libc.setsockopt(this.#fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, number(group), 4) < 0) {
			const error = syscallError('join a netlink group', 'setsockopt');
			libc.close(this.#fd);
			throw error;
		}
		this.#memory = new Mapping(receiveBytes, 'netlink events');
	}

	/** How often the kernel said that it had no room for what it had to tell; each time at least one event. */
	get overflows(): number {
		return this.#overflows;
	}

	/** The next datagram; undefined when there is none now. Good until the next call. */
	next(): DataView | undefined {
		for (;;) {
			const length = Number(libc.recv(this.#fd, this.#memory.address(), receiveBytes, MSG_DONTWAIT));
			if (length >= 0) return new DataView(this.#memory.view.buffer, this.#memory.view.byteOffset, length);
			if (errno() === errnos.ENOBUFS) this.#overflows++;
			else if (errno() !== errnos.EINTR) return undefined;
		}
	}

	close(): void {
		libc.close(this.#fd);
		this.#memory.close();
	}
}
