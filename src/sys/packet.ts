// AF_PACKET sockets: opening, binding, options, statistics. The rings on top of them are in ring-v2.ts and ring-v3.ts.
// Numbers from include/uapi/linux/if_packet.h; behaviour from net/packet/af_packet.c and Documentation/networking/packet_mmap.rst.
import {type InterfaceInfo, interfaceInfo} from './interface.js';
import {check, errno, errnos, libc, syscallError} from './libc.js';

const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const SOL_SOCKET = 1;
const SO_ERROR = 4;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SO_SNDBUF = 7;
const SO_SNDBUFFORCE = 32;
const SO_ATTACH_FILTER = 26;
const SOL_PACKET = 263;

export const packetOption = {
	addMembership: 1,
	rxRing: 5,
	statistics: 6,
	version: 10,
	txRing: 13,
	loss: 14,
	qdiscBypass: 20,
	ignoreOutgoing: 23,
} as const;

const PACKET_MR_MULTICAST = 0;
const PACKET_MR_PROMISC = 1;
const PACKET_MR_UNICAST = 3;
/** EtherType that receives every frame, the sent ones included. */
export const ETH_P_ALL = 3;

export interface PacketStatistics {
	/** Frames that passed the socket's filter, the dropped ones included. */
	packets: number;
	/** Frames dropped because the ring or the receive buffer was full. */
	drops: number;
}

/** An owned AF_PACKET socket. */
export class PacketSocket {
	readonly descriptor: number;
	readonly iface: InterfaceInfo;
	readonly #scratch = new Uint8Array(16);
	#packets = 0;
	#drops = 0;
	#closed = false;

	/** Opens a socket on `iface` that receives nothing until `bind`. ERR_PERMISSION without CAP_NET_RAW, ERR_USAGE for an unknown interface. */
	constructor(iface: string) {
		this.iface = interfaceInfo(iface);
		this.descriptor = libc.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0);
		if (this.descriptor < 0) throw syscallError(`open a packet socket on ${iface} (needs CAP_NET_RAW)`, 'socket');
	}

	/** Sets an integer option of SOL_PACKET; false when this kernel does not know it. */
	option(name: number, value: number): boolean {
		new DataView(this.#scratch.buffer).setInt32(0, value, true);
		return libc.setsockopt(this.descriptor, SOL_PACKET, name, this.#scratch, 4) >= 0;
	}

	/** Sets an option of SOL_PACKET to raw bytes; false when refused (errno tells why). */
	optionBytes(name: number, value: Uint8Array): boolean {
		return libc.setsockopt(this.descriptor, SOL_PACKET, name, value, value.length) >= 0;
	}

	/** Receive and send buffer in bytes (the kernel doubles them); beyond rmem_max where CAP_NET_ADMIN allows it. */
	buffers(receiveBytes: number, sendBytes: number): void {
		const set = (force: number, plain: number, value: number) => {
			new DataView(this.#scratch.buffer).setInt32(0, value, true);
			if (libc.setsockopt(this.descriptor, SOL_SOCKET, force, this.#scratch, 4) < 0) libc.setsockopt(this.descriptor, SOL_SOCKET, plain, this.#scratch, 4);
		};
		if (receiveBytes > 0) set(SO_RCVBUFFORCE, SO_RCVBUF, receiveBytes);
		if (sendBytes > 0) set(SO_SNDBUFFORCE, SO_SNDBUF, sendBytes);
	}

	/** Attaches a classic BPF program: struct sock_fprog {u16 count; pointer}, instructions of 8 bytes in mapped memory at `address`. */
	filter(address: number, instructions: number): void {
		const program = new DataView(new ArrayBuffer(16));
		program.setUint16(0, instructions, true);
		program.setBigUint64(8, BigInt(address), true);
		check(libc.setsockopt(this.descriptor, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(program.buffer), 16), 'attach a packet filter', 'setsockopt');
	}

	/** Receives every frame on the wire, whoever it is addressed to, until the socket closes. */
	promiscuous(): void {
		if (!this.#join(PACKET_MR_PROMISC)) throw syscallError(`make ${this.iface.name} promiscuous`, 'setsockopt');
	}

	/** Tells the interface that frames to this station or group address are wanted too, until the socket closes. ERR_SYSCALL. */
	listen(mac: Uint8Array): void {
		const group = (mac[0]! & 1) !== 0;
		if (!this.#join(group ? PACKET_MR_MULTICAST : PACKET_MR_UNICAST, mac)) throw syscallError(`receive another address on ${this.iface.name}`, 'setsockopt');
	}

	/** struct packet_mreq: ifindex, type, address length, address. */
	#join(kind: number, mac: Uint8Array = new Uint8Array(0)): boolean {
		const request = new DataView(new ArrayBuffer(16));
		request.setInt32(0, this.iface.index, true);
		request.setUint16(4, kind, true);
		request.setUint16(6, mac.length, true);
		new Uint8Array(request.buffer).set(mac, 8);
		return this.optionBytes(packetOption.addMembership, new Uint8Array(request.buffer));
	}

	/** Starts to receive frames of `etherType` (ETH_P_ALL = all) on the interface. struct sockaddr_ll, 20 bytes. */
	bind(etherType: number): void {
		const address = new DataView(new ArrayBuffer(20));
		address.setUint16(0, AF_PACKET, true);
		address.setUint16(2, etherType); // network order
		address.setInt32(4, this.iface.index, true);
		check(libc.bind(this.descriptor, new Uint8Array(address.buffer), 20), `bind to ${this.iface.name}`, 'bind');
	}

	/** Sums over the socket's life: the kernel forgets its own at every reading (packet_getsockopt, PACKET_STATISTICS). */
	statistics(): PacketStatistics {
		if (!this.#closed) {
			const length = [12];
			const bytes = this.#scratch;
			if (libc.getsockopt(this.descriptor, SOL_PACKET, packetOption.statistics, bytes, length) >= 0) {
				const view = new DataView(bytes.buffer);
				this.#packets += view.getUint32(0, true);
				this.#drops += view.getUint32(4, true);
			}
		}
		return {packets: this.#packets, drops: this.#drops};
	}

	/** Takes the pending error (ENETDOWN after the interface went down), so that poll can sleep again. */
	takeError(): number {
		if (libc.getsockopt(this.descriptor, SOL_SOCKET, SO_ERROR, this.#scratch, [4]) < 0) return errno();
		return new DataView(this.#scratch.buffer).getInt32(0, true);
	}

	close(): void {
		if (this.#closed) return;
		this.statistics();
		this.#closed = true;
		libc.close(this.descriptor);
	}
}

/** True when the error of the last call only means "not now". */
export const again = (): boolean => {
	const code = errno();
	return code === errnos.EAGAIN || code === errnos.ENOBUFS || code === errnos.EINTR;
};
