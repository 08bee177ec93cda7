// What single sockets have lost. UDP and raw sockets: the last column of /proc/net/udp and its like (net/ipv4/udp.c, udp4_format_sock). Packet, XDP and TCP sockets:
// NETLINK_SOCK_DIAG (linux/sock_diag.h, packet_diag.h, xdp_diag.h, inet_diag.h), as `ss -m` shows it.
// What nobody can see from outside: the losses of a packet *ring*, which are in tp_drops alone (net/packet/af_packet.c, tpacket_rcv) and are told to its owner only.
import type {Netlink} from '../sys/netlink.js';
import {attributes} from '../sys/netlink-message.js';
import type {Counter} from './counter.js';

const SOCK_DIAG_BY_FAMILY = 20;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_PACKET = 17;
const AF_XDP = 44;
const IPPROTO_TCP = 6;
/** PACKET_SHOW_INFO and PACKET_SHOW_MEMINFO. */
const showPacket = 0x11;
/** XDP_SHOW_INFO and XDP_SHOW_STATS. */
const showXdp = 0x11;
const packetAttribute = {info: 0, memory: 6} as const;
const xdpAttribute = {info: 1, statistics: 9} as const;
/** INET_DIAG_SKMEMINFO, and its bit in a request. */
const socketMemory = 7;
/** SK_MEMINFO_DROPS, the ninth u32. */
const dropsAt = 32;
/** Lengths of struct packet_diag_msg (and xdp_diag_msg) and inet_diag_msg. */
const packetMessage = 16;
const inetMessage = 72;
/** TCP_ESTABLISHED and TCP_LISTEN. */
const tcpState = {established: 1, listen: 10} as const;

const listed = (value: number) => value > 0;

/** The dumps' requests. */
export const diagnose = {
	/** struct packet_diag_req and xdp_diag_req: family, inode at 4, what to show at 8. */
	socketsOf(family: number, show: number): Uint8Array {
		const bytes = new Uint8Array(20);
		bytes[0] = family;
		new DataView(bytes.buffer).setUint32(8, show, true);
		return bytes;
	},
	/** struct inet_diag_req_v2: family, protocol, extensions, states at 4, then a socket's identity, all zero. */
	tcp(family: number): Uint8Array {
		const bytes = new Uint8Array(56);
		bytes.set([family, IPPROTO_TCP, 1 << (socketMemory - 1)]);
		new DataView(bytes.buffer).setUint32(4, (1 << tcpState.established) | (1 << tcpState.listen), true);
		return bytes;
	},
};

/** Each of them is a ListenDrops, most of them one of the others as well. */
const listenDrops = ['snmp:TcpExtListenOverflows', 'snmp:TcpExtTCPReqQFullDrop', 'snmp:TcpExtListenDrops'];

const drops = (memory: DataView | undefined) => (memory !== undefined && memory.byteLength >= dropsAt + 4 ? memory.getUint32(dropsAt, true) : 0);

/** Reads one packet socket; `nameOf` gives an interface's name. None without losses. */
export function parsePacketSocket(payload: DataView, nameOf: (index: number) => string | undefined): Counter[] {
	if (payload.byteLength < packetMessage) return [];
	const given = attributes(payload, packetMessage);
	const value = drops(given.get(packetAttribute.memory));
	if (!listed(value)) return [];
	const info = given.get(packetAttribute.info);
	const index = info !== undefined && info.byteLength >= 4 ? info.getUint32(0, true) : 0;
	const protocol = payload.getUint16(2, true);
	const bound = `${index === 0 ? '*' : (nameOf(index) ?? `interface ${index}`)} 0x${protocol.toString(16).padStart(4, '0')}`;
	return [{place: 'socket', name: 'packet drops', source: 'sock_diag', scope: {inode: payload.getUint32(4, true), bound}, value, bits: 32}];
}

/** struct xdp_diag_stats, each a u64. `rx_dropped` is the sum of all reasons but the rings'. */
const xdpLosses = [
	{at: 0, name: 'xdp rx_dropped'},
	{at: 8, name: 'xdp rx_invalid_descs'},
	{at: 16, name: 'xdp rx_ring_full'},
] as const;

/** Reads one AF_XDP socket. None without losses. */
export function parseXdpSocket(payload: DataView, nameOf: (index: number) => string | undefined): Counter[] {
	if (payload.byteLength < packetMessage) return [];
	const given = attributes(payload, packetMessage);
	const statistics = given.get(xdpAttribute.statistics);
	const info = given.get(xdpAttribute.info);
	if (statistics === undefined || statistics.byteLength < 24) return [];
	const index = info !== undefined && info.byteLength >= 8 ? info.getUint32(0, true) : 0;
	const bound = `${nameOf(index) ?? '*'} queue ${info !== undefined && info.byteLength >= 8 ? info.getUint32(4, true) : 0}`;
	const scope = {inode: payload.getUint32(4, true), bound};
	return xdpLosses.flatMap(({at, name}) => {
		const value = Number(statistics.getBigUint64(at, true));
		return listed(value) ? [{place: 'socket', name, source: 'sock_diag', scope, value} as const] : [];
	});
}

const address4 = (view: DataView, at: number) => [0, 1, 2, 3].map(i => view.getUint8(at + i)).join('.');
const address6 = (view: DataView, at: number) =>
	Array.from({length: 8}, (_, i) => view.getUint16(at + 2 * i).toString(16))
		.join(':')
		.replace(/(^|:)0(:0)+(:|$)/, '::');

/** Reads one TCP socket. A listening one lost connections; what others dropped is TCP's own affair: mostly segments that were old. */
export function parseTcpSocket(payload: DataView): Counter[] {
	if (payload.byteLength < inetMessage) return [];
	const value = drops(attributes(payload, inetMessage).get(socketMemory));
	if (!listed(value)) return [];
	const six = payload.getUint8(0) === AF_INET6;
	const listens = payload.getUint8(1) === tcpState.listen;
	// struct inet_diag_sockid at 4: ports in network order, source address at 8
	const bound = `${six ? `[${address6(payload, 8)}]` : address4(payload, 8)}:${payload.getUint16(4)}`;
	const scope = {inode: payload.getUint32(68, true), bound};
	const common = {source: 'sock_diag', scope, value, bits: 32} as const;
	return [listens ? {...common, place: 'socket', name: 'tcp listen drops', alsoIn: listenDrops} : {...common, place: 'tcp', name: 'tcp drops'}];
}

/** The address column of /proc/net/udp and its like: words of 32 bits in this machine's order, then the port. */
function boundTo(column: string): string | undefined {
	const match = /^((?:[0-9A-F]{8}){1,4}):([0-9A-F]{4})$/.exec(column);
	if (!match) return undefined;
	const words = (match[1] as string).match(/.{8}/g) as string[];
	const view = new DataView(new ArrayBuffer(16));
	words.forEach((word, i) => {
		view.setUint32(4 * i, Number.parseInt(word, 16), true);
	});
	return `${words.length === 1 ? address4(view, 0) : `[${address6(view, 0)}]`}:${Number.parseInt(match[2] as string, 16)}`;
}

/** Tables of sockets that share one layout, and the protocol counters that count their losses as well. */
export const socketTables = [
	{file: 'udp', alsoIn: ['snmp:UdpRcvbufErrors', 'snmp:UdpInErrors']},
	// a socket of both families: what came by IPv4 counts there (net/ipv4/udp.c, __udp_queue_rcv_skb)
	{file: 'udp6', alsoIn: ['snmp:Udp6RcvbufErrors or snmp:UdpRcvbufErrors', 'snmp:Udp6InErrors or snmp:UdpInErrors']},
	{file: 'raw', alsoIn: undefined},
	{file: 'raw6', alsoIn: undefined},
	{file: 'icmp', alsoIn: undefined},
	{file: 'icmp6', alsoIn: undefined},
] as const;

/** Reads the text of /proc/net/udp, udp6, raw, raw6, icmp or icmp6: the sockets with losses. */
export function parseSocketTable(file: (typeof socketTables)[number]['file'], text: string): Counter[] {
	const alsoIn = socketTables.find(table => table.file === file)?.alsoIn;
	return text.split('\n').flatMap(line => {
		const columns = line.trim().split(/\s+/);
		const bound = boundTo(columns[1] ?? '');
		const inode = Number(columns[9]);
		const value = Number(columns[12]);
		if (columns.length !== 13 || bound === undefined || !Number.isSafeInteger(inode) || !Number.isSafeInteger(value) || !listed(value)) return [];
		const common = {place: 'socket', name: `${file} drops`, source: 'procfs', scope: {inode, bound}, value, bits: 32} as const;
		return [{...common, ...(alsoIn ? {alsoIn} : {})}];
	});
}

/** Sockets of one kind; none where the kernel cannot say (its module is missing, or the namespace's user may not ask). */
function dumped(netlink: Netlink, request: Uint8Array, parse: (payload: DataView) => Counter[]): Counter[] {
	try {
		return netlink.dump(SOCK_DIAG_BY_FAMILY, 'list sockets', request).flatMap(parse);
	} catch {
		return [];
	}
}

/** The sockets of the calling thread's namespace that have lost something, but for those in the tables above. */
export function readSocketCounters(netlink: Netlink, nameOf: (index: number) => string | undefined, tcp: boolean): Counter[] {
	return [
		...dumped(netlink, diagnose.socketsOf(AF_PACKET, showPacket), payload => parsePacketSocket(payload, nameOf)),
		...dumped(netlink, diagnose.socketsOf(AF_XDP, showXdp), payload => parseXdpSocket(payload, nameOf)),
		...(tcp ? [AF_INET, AF_INET6].flatMap(family => dumped(netlink, diagnose.tcp(family), parseTcpSocket)) : []),
	];
}
