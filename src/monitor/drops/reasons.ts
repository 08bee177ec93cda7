// The kernel's drop reasons (include/net/dropreason-core.h, 5.17 to 6.18) by name: where on its way the frame was, what happened, what to do. Values are no
// ABI and are read from the running kernel (layout.ts); a name that is not here is placed by its shape, and before 5.17 by the function that dropped.
import {type Place, places} from '../place.js';
import type {DropKind} from './drop.js';

export interface Explanation {
	readonly place: Place;
	readonly kind: DropKind;
	/** One sentence: what happened. */
	readonly meaning: string;
	/** What to do about it; '' where there is nothing. IFACE stands for the interface. */
	readonly advice: string;
}

const grow = 'read the socket faster, or give it a larger buffer: sysctl -w net.core.rmem_max=N and SO_RCVBUF';
const growTcp = 'read the socket faster, or let its buffer grow: sysctl net.ipv4.tcp_rmem; where that is large, see net.ipv4.tcp_mem';
const rules = 'see the rules: nft list ruleset';
const offloads = 'a capture on the sending host shows checksums that its card fills in later; otherwise look at cable and driver: ethtool -K IFACE rx off';
const queue = 'see the queue: tc -s qdisc show dev IFACE; a longer one: ip link set IFACE txqueuelen N';
const neighbours = 'see the neighbours: ip neigh show dev IFACE';
const routes = 'see where it would go: ip route get ADDRESS';
const memory = 'see the limits: sysctl net.ipv4.udp_mem net.ipv4.tcp_mem, and free memory';
const sender = 'look at the host that sends it: this packet is against the standard';
const tcpNothing = 'nothing as long as it is rare: TCP repairs it';

/** Per reason: place, what happened, what to do, and the kind where it is not the place's own. */
type Row = readonly [place: Place, meaning: string, advice?: string, kind?: DropKind];
const rows: Readonly<Record<string, Row>> = {
	NO_SOCKET: ['no-socket', 'no socket is bound to this address and port', 'see who listens: ss -lnup, ss -lntp'],
	SOCKET_CLOSE: ['teardown', 'the socket was closed with the frame in its queue'],
	SOCKET_FILTER: ['filter', 'a filter that the program put on its own socket said no: it is how captures and services choose their frames'],
	SOCKET_RCVBUFF: ['socket', "the socket's receive buffer was full", grow],
	SOCKET_BACKLOG: ['socket', 'the program held the socket, and the queue for that time was full', grow],
	SOCKET_DESTROYED: ['teardown', 'the socket was going away'],
	UNIX_DISCONNECT: ['teardown', 'the other end of a Unix socket went away'],
	UNIX_SKIP_OOB: ['teardown', 'a byte out of band on a Unix socket was skipped'],
	PKT_TOO_SMALL: ['malformed', 'the packet is shorter than its header', sender],
	PKT_TOO_BIG: ['malformed', 'the packet is larger than the way on allows', 'compare MTUs along the way: ip link show; ping -M do -s SIZE ADDRESS'],
	TCP_CSUM: ['malformed', "TCP's checksum was wrong", offloads],
	UDP_CSUM: ['malformed', "UDP's checksum was wrong", offloads],
	IP_CSUM: ['malformed', "IP's header checksum was wrong", offloads],
	ICMP_CSUM: ['malformed', "ICMP's checksum was wrong", offloads],
	SKB_CSUM: ['malformed', 'the checksum could not be computed', offloads],
	IP_INHDR: ['malformed', "IP's header was wrong", sender],
	IPV6_BAD_EXTHDR: ['malformed', 'an extension header of IPv6 was wrong', sender],
	HDR_TRUNC: ['malformed', 'the packet ended within a header', sender],
	DEV_HDR: ['malformed', "a header that only this device's driver knows was wrong", sender],
	INVALID_PROTO: ['malformed', 'the protocol field does not fit the packet', sender],
	SKB_GSO_SEG: ['malformed', 'a large segment could not be cut into packets', 'switch the offloads off: ethtool -K IFACE tso off gso off gro off'],
	SKB_UCOPY_FAULT: [
		'application',
		"the program's memory could not be read or written",
		'look at the program: it gave the kernel an address that is not its own',
	],
	MAC_INVALID_SOURCE: ['malformed', "the sender's MAC address is no station's", sender],
	MAC_IEEE_MAC_CONTROL: ['other-host', 'a frame of link control, such as pause: bridges do not pass it on'],
	LOCAL_MAC: ['other-host', 'it came back with our own MAC address as the sender', 'look for a loop in the network, or an address used twice', 'loss'],
	NETFILTER_DROP: ['filter', 'netfilter said drop', rules],
	SECURITY_HOOK: ['filter', 'a security module (SELinux, AppArmor) said no', 'see its log: ausearch -m avc, journalctl -k'],
	BPF_CGROUP_EGRESS: ['filter', "a BPF program of the process's control group said no", 'see the programs: bpftool cgroup tree'],
	XFRM_POLICY: ['filter', 'an IPsec policy said no', 'see the policies: ip xfrm policy'],
	IP_RPFILTER: [
		'filter',
		'the way back to the sender leads through another interface (reverse path check)',
		'see net.ipv4.conf.IFACE.rp_filter; 2 is the loose check',
	],
	UNICAST_IN_L2_MULTICAST: ['filter', 'a packet to one address came in a frame to a group', sender],
	OTHERHOST: ['other-host', "the frame's MAC address is another host's: a promiscuous interface sees such frames"],
	IP_NOPROTO: ['no-socket', 'nothing here takes this IP protocol'],
	IPV6DISABLED: ['unhandled', 'IPv6 is switched off on this interface', 'if it is wanted: sysctl -w net.ipv6.conf.IFACE.disable_ipv6=0'],
	UNHANDLED_PROTO: [
		'unhandled',
		'no program and no protocol of this host takes this EtherType',
		'if somebody should: start the program that receives it, and compare VLANs',
	],
	PROTO_MEM: ['memory', "the protocol's memory limit was reached", memory],
	NOMEM: ['memory', 'there was no memory', 'free memory, or keep more in reserve: sysctl -w vm.min_free_kbytes=N'],
	PFMEMALLOC: [
		'memory',
		'memory was so short that only sockets that help to free some were served',
		'free memory, or keep more in reserve: sysctl -w vm.min_free_kbytes=N',
	],
	CPU_BACKLOG: [
		'backlog',
		'the queue of the CPU that should handle it was full',
		'sysctl -w net.core.netdev_max_backlog=N, or spread the load: receive packet steering',
	],
	XDP: ['xdp', 'an XDP program said drop', 'see the program: ip link show dev IFACE'],
	TC_INGRESS: ['tc', 'a filter of traffic control on the way in said drop', 'see the filters: tc -s filter show dev IFACE ingress'],
	TC_EGRESS: ['tc', 'a filter of traffic control on the way out said drop', 'see the filters: tc -s filter show dev IFACE egress'],
	TC_ERROR: ['tc', 'traffic control could not handle the frame', 'see the filters: tc -s filter show dev IFACE ingress', 'loss'],
	TC_COOKIE_ERROR: ['tc', 'traffic control could not find its way back to a filter', 'see the filters: tc -s filter show dev IFACE ingress', 'loss'],
	TC_CHAIN_NOTFOUND: ['tc', 'a filter jumps to a chain that is not there', 'see the filters: tc -s filter show dev IFACE ingress'],
	TC_RECLASSIFY_LOOP: ['tc', 'filters sent the frame round in a circle', 'see the filters: tc -s filter show dev IFACE ingress'],
	QDISC_DROP: ['qdisc', "the interface's transmit queue dropped it", queue],
	QDISC_OVERLIMIT: ['qdisc', "the interface's transmit queue was full", queue],
	QDISC_CONGESTED: ['qdisc', 'the transmit queue keeps delays short and dropped it', queue],
	CAKE_FLOOD: ['qdisc', 'cake took it for a flood', queue],
	FQ_BAND_LIMIT: ['qdisc', 'a band of the fq queue was full', queue],
	FQ_HORIZON_LIMIT: ['qdisc', 'the time that it should be sent at is too far away for fq', queue],
	FQ_FLOW_LIMIT: ['qdisc', "a flow's part of the fq queue was full", 'tc qdisc change dev IFACE root fq flow_limit N'],
	DUALPI2_STEP_DROP: ['qdisc', 'it waited too long in the dualpi2 queue', queue],
	DEV_READY: ['driver-tx', 'the interface was down or not ready', 'bring it up: ip link set IFACE up'],
	FULL_RING: [
		'driver-rx',
		"the device's ring was full: the program behind it (a tunnel, a virtual machine) did not read in time",
		'a longer ring: ip link set IFACE txqueuelen N',
	],
	NO_TX_TARGET: ['driver-tx', 'no link of this bond or team could send it', 'see its links: cat /proc/net/bonding/IFACE'],
	TAP_FILTER: ['filter', 'a filter on the tap device said no', 'see the program that owns the tap'],
	TAP_TXFILTER: ['filter', "the tap device's list of addresses does not have this one", 'see the program that owns the tap'],
	RECURSION_LIMIT: ['driver-tx', 'virtual interfaces send through each other in a circle', 'look for the circle: ip -d link show'],
	NEIGH_CREATEFAIL: ['neighbour', 'the table of neighbours was full', 'sysctl -w net.ipv4.neigh.default.gc_thresh3=N'],
	NEIGH_FAILED: ['neighbour', 'the next hop did not answer ARP or neighbour discovery', neighbours],
	NEIGH_QUEUEFULL: ['neighbour', "more frames wait for the next hop's address than its queue holds", 'sysctl -w net.ipv4.neigh.IFACE.unres_qlen_bytes=N'],
	NEIGH_DEAD: ['neighbour', 'the next hop was forgotten meanwhile', neighbours],
	NEIGH_HH_FILLFAIL: ['neighbour', 'the link header could not be written', neighbours],
	IP_OUTNOROUTES: ['route', 'there is no route to where it should go', routes],
	IP_INNOROUTES: ['route', 'there is no route for what came in', routes],
	IP_INADDRERRORS: ['route', 'the address is not one that this host takes or forwards', routes],
	IP_LOCAL_SOURCE: ['route', "the sender's address is one of our own", 'look for an address used twice, or for a loop'],
	IP_INVALID_SOURCE: ['route', "the sender's address may not be a sender's", sender],
	IP_LOCALNET: ['route', 'a loopback address came in from outside', sender],
	IP_INVALID_DEST: ['route', 'the address may not be sent to', sender],
	IP_TUNNEL_ECN: ['malformed', "the congestion marks of the tunnel's two headers contradict each other", sender],
	TUNNEL_TXINFO: ['driver-tx', 'the frame carries no tunnel to send it through', 'see the tunnel: ip -d link show IFACE'],
	VXLAN_INVALID_HDR: ['malformed', "VXLAN's header was wrong", sender],
	VXLAN_VNI_NOT_FOUND: ['unhandled', 'no VXLAN interface here has this network identifier', 'see them: ip -d link show type vxlan'],
	VXLAN_ENTRY_EXISTS: ['filter', 'VXLAN already has this address, elsewhere', 'see them: bridge fdb show'],
	ARP_PVLAN_DISABLE: ['filter', 'an ARP request would be answered only with proxy_arp_pvlan', 'sysctl -w net.ipv4.conf.IFACE.proxy_arp_pvlan=1'],
	BRIDGE_INGRESS_STP_STATE: ['filter', "the bridge's port is not forwarding (spanning tree)", 'see the ports: bridge link show'],
	BRIDGE_NON_FORWARDING_STATE: ['filter', "the bridge's port is not forwarding (spanning tree)", 'see the ports: bridge link show'],
	FRAG_REASM_TIMEOUT: ['wire', 'other fragments of this packet never came', 'look for the loss before this host; or use an MTU that needs no fragments'],
	FRAG_TOO_FAR: ['memory', 'too many newer fragments came before this one', 'sysctl -w net.ipv4.ipfrag_max_dist=N'],
	FRAG_BPF_EINVAL: ['filter', 'a BPF program put fragments together and got it wrong', 'see the programs: bpftool prog'],
	DUP_FRAG: ['tcp', 'this fragment had come already'],
	IPV6_NDISC_FRAG: ['malformed', 'a message of neighbour discovery was fragmented', sender],
	IPV6_NDISC_HOP_LIMIT: ['malformed', 'a message of neighbour discovery came from beyond a router', sender],
	IPV6_NDISC_BAD_CODE: ['malformed', 'a message of neighbour discovery has a wrong code', sender],
	IPV6_NDISC_BAD_OPTIONS: ['malformed', 'a message of neighbour discovery has wrong options', sender],
	IPV6_NDISC_NS_OTHERHOST: ['other-host', "it asks for another host's address"],
	QUEUE_PURGE: ['teardown', 'a queue was emptied because its owner went away'],
	PACKET_SOCK_ERROR: [
		'packet-ring',
		'a packet socket (a capture, an AoE or FCoE program) had no room',
		'a larger ring or buffer in that program (netstress: --ring-size), or a faster reader: ss -0 -m shows which',
	],
	TCP_LISTEN_OVERFLOW: [
		'socket',
		"the listener's queue of new connections was full",
		'a longer queue: sysctl -w net.core.somaxconn=N, and listen() with as much',
	],
	TCP_ZEROWINDOW: ['socket', "the program does not read, and TCP's window is closed", growTcp],
	TCP_OFO_QUEUE_PRUNE: ['socket', "segments out of order were thrown away to stay within the socket's receive buffer", growTcp],
	TCP_OFO_DROP: ['socket', "the socket's receive buffer had no room for a segment out of order", growTcp],
	TCP_AUTH_HDR: ['filter', "TCP's authentication option is wrong", 'compare the keys on both sides'],
	TCP_MD5NOTFOUND: ['filter', 'a TCP segment without the MD5 signature that is asked for', 'compare the keys on both sides'],
	TCP_MD5UNEXPECTED: ['filter', 'a TCP segment with an MD5 signature that nobody asked for', 'compare the keys on both sides'],
	TCP_MD5FAILURE: ['filter', 'a TCP segment with a wrong MD5 signature', 'compare the keys on both sides'],
	TCP_AONOTFOUND: ['filter', 'a TCP segment without the TCP-AO option that is asked for', 'compare the keys on both sides'],
	TCP_AOUNEXPECTED: ['filter', 'a TCP segment with a TCP-AO option that nobody asked for', 'compare the keys on both sides'],
	TCP_AOKEYNOTFOUND: ['filter', 'a TCP segment signed with a key that is not known', 'compare the keys on both sides'],
	TCP_AOFAILURE: ['filter', 'a TCP segment with a wrong TCP-AO signature', 'compare the keys on both sides'],
	TCP_MINTTL: ['filter', 'a TCP segment came from further away than the socket allows', 'see the IP_MINTTL of the program'],
	TCP_FLAGS: ['tcp', "the segment's flags do not fit the connection's state"],
	TCP_RESET: ['tcp', 'the connection was reset'],
	TCP_CLOSE: ['teardown', 'the connection was closed'],
	TCP_ABORT_ON_DATA: ['teardown', 'data came for a connection that the program had closed'],
	TCP_OLD_DATA: ['tcp', 'the data had come already', tcpNothing],
	TCP_OLD_SEQUENCE: ['tcp', 'the segment had come already', tcpNothing],
	TCP_OLD_ACK: ['tcp', 'an acknowledgement that came late', tcpNothing],
	TCP_OFOMERGE: ['tcp', 'its data is in other segments that had come already', tcpNothing],
	PSP_INPUT: ['filter', 'PSP security refused what came in', 'compare the keys on both sides'],
	PSP_OUTPUT: ['filter', 'PSP security refused what should go out', 'compare the keys on both sides'],
	CAN_RX_INVALID_FRAME: ['malformed', 'no valid CAN frame', sender],
	CANFD_RX_INVALID_FRAME: ['malformed', 'no valid CAN FD frame', sender],
	CANXL_RX_INVALID_FRAME: ['malformed', 'no valid CAN XL frame', sender],
};

const kindOf = (place: Place): DropKind => {
	const {kind} = places[place];
	return kind === 'sign' ? 'harmless' : kind;
};

const fromRow = ([place, meaning, advice = '', kind = kindOf(place)]: Row): Explanation => ({place, kind, meaning, advice});

/** Names that are newer than this table, and those of other subsystems, by their shape; the first that fits. */
const shapes: readonly (readonly [RegExp, Place, string])[] = [
	[/^(RX_DROP_|MAC80211|RX_CONTINUE|RX_QUEUED)/, 'driver-rx', "the kernel's Wi-Fi layer refused the frame"],
	[/^OVS_/, 'filter', 'Open vSwitch dropped it: ovs-dpctl dump-flows shows its rules'],
	[/^(QDISC_|FQ_|CAKE_|DUALPI2_|CODEL_|RED_)/, 'qdisc', 'the transmit queue dropped it'],
	[/^NEIGH_/, 'neighbour', 'the next hop could not be reached'],
	[/^TC_/, 'tc', 'traffic control dropped it'],
	[/XDP/, 'xdp', 'an XDP program or its queue dropped it'],
	[/CSUM|INVALID|BAD_|TRUNC|_HDR|TOO_SMALL|TOO_BIG|FRAG/, 'malformed', 'a header or a length was wrong'],
	[/NOROUTE|NO_ROUTE/, 'route', 'there is no route'],
	[/FILTER|POLICY|SECURITY|RULE|_STATE$|PSP_/, 'filter', 'a rule said no'],
	[/RCVBUF|LISTEN|ACCEPT/, 'socket', "the socket's queue was full"],
	[/BACKLOG/, 'backlog', 'a queue of the CPU was full'],
	[/RING/, 'driver-rx', "a device's ring was full"],
	[/MEM/, 'memory', 'there was no memory'],
	[/OTHERHOST|LOCAL_MAC/, 'other-host', 'it is for another host'],
	[/CLOSE|PURGE|DISCONNECT|DESTROY|DEAD/, 'teardown', 'its queue went away'],
	[/NO_SOCKET|NOPROTO|NOT_FOUND|NOTFOUND/, 'no-socket', 'nobody here takes it'],
	[/UNHANDLED|DISABLED/, 'unhandled', 'nobody here takes it'],
	[/^TCP_/, 'tcp', 'TCP did not want this segment'],
	[/^(IP_|IPV6_)/, 'route', 'IP refused the packet'],
];

/** Functions that drop without giving a reason: all of them before 5.17, some since. */
const functions: readonly (readonly [RegExp, Place])[] = [
	[/^(packet_rcv|tpacket_rcv|packet_rcv_spkt|packet_rcv_fanout)$/, 'packet-ring'],
	[/^(enqueue_to_backlog|netif_rx|netif_rx_internal)$/, 'backlog'],
	[/^__netif_receive_skb(_core|_list_core|_one_core)?$/, 'unhandled'],
	[/^(nf_hook_slow|nf_hook_slow_list|nft_do_chain|ipt_do_table|ip6t_do_table|nf_.*|ebt_.*|br_nf_.*)$/, 'filter'],
	[/^(__udp[46]?_lib_rcv|udp_rcv|udpv6_rcv|__udp4_lib_mcast_deliver|__udp6_lib_mcast_deliver)$/, 'no-socket'],
	[
		/^(udp_queue_rcv.*|udpv6_queue_rcv.*|__udp_queue_rcv_skb|__udp_enqueue.*|sock_queue_rcv.*|__sock_queue_rcv.*|raw_rcv.*|rawv6_rcv.*|tcp_add_backlog|netlink_broadcast.*)$/,
		'socket',
	],
	[
		/^(__dev_queue_xmit|__dev_xmit_skb|dev_qdisc_enqueue|pfifo.*|pfifo_fast_.*|sch_direct_xmit|.*_enqueue|.*_dequeue|kfree_skb_list.*|netem_.*|qdisc_.*|__qdisc_.*|tcf_qevent.*)$/,
		'qdisc',
	],
	[/^(sch_handle_ingress|sch_handle_egress|tcf_.*|tc_run)$/, 'tc'],
	[/^(do_xdp_generic|xdp_.*)$/, 'xdp'],
	[/^(neigh_.*|arp_error_report|ndisc_error_report|__neigh_.*)$/, 'neighbour'],
	[/^(ip_error|ip_forward|ip6_forward|ip6_pkt_drop|ip6_pkt_discard.*|ip_route_.*|ipmr_.*|fib_.*)$/, 'route'],
	[/^(net_tx_action|dev_hard_start_xmit|validate_xmit_.*|tun_net_xmit|tap_.*|.*_start_xmit|bond_.*|vlan_dev_.*)$/, 'driver-tx'],
	// the other end is down, or takes no frame as long (is_skb_forwardable)
	[/^__dev_forward_skb.*$/, 'driver-tx'],
	// an XDP program said drop, on the way of a veth that has NAPI (drivers/net/veth.c, veth_xdp_rcv_skb)
	[/^veth_xdp_.*$/, 'xdp'],
	[/^veth_.*$/, 'ring-veth'],
	[
		/^(skb_queue_purge.*|__skb_queue_purge.*|inet_sock_destruct|sk_stream_kill_queues|packet_release|packet_sock_destruct|udp_destruct.*|udp_destroy.*|netlink_sock_destruct|netlink_release|unix_.*|skb_rbtree_purge|flush_backlog|dev_deactivate.*|qdisc_reset.*)$/,
		'teardown',
	],
	[/^(tcp_.*|__tcp_.*)$/, 'tcp'],
	[/^(arp_process|arp_rcv|ip6_mc_input|br_multicast_.*)$/, 'other-host'],
	[/^(ip_rcv_options.*|skb_copy_and_csum.*)$/, 'malformed'],
];

const unnamed = 'the kernel gives no reason';

/**
 * Explains a drop. A reason that the kernel names and this table does not is placed by its shape, one without a reason by the function that dropped;
 * what neither places is `unknown`, and that counts as loss: it is not known to be harmless.
 */
export function explain(reason: string, symbol: string): Explanation {
	if (Object.hasOwn(rows, reason)) return fromRow(rows[reason]!);
	const named = reason !== '' && reason !== 'NOT_SPECIFIED' && !/^(0x|\d)/.test(reason);
	const shape = named ? shapes.find(([pattern]) => pattern.test(reason)) : undefined;
	if (shape !== undefined) return fromRow([shape[1], shape[2]]);
	const place = functions.find(([pattern]) => pattern.test(symbol))?.[1];
	const where = symbol === '' ? '' : `; it was dropped in ${symbol}`;
	if (place !== undefined) return fromRow([place, `${named ? reason : unnamed}${where}, so probably: ${places[place].meaning}`, firstKnob(place)]);
	return {
		place: 'unknown',
		kind: 'loss',
		meaning: `${named ? `netstress does not know ${reason}` : unnamed}${where}`,
		advice: symbol === '' ? '' : `look at ${symbol} in the kernel's source`,
	};
}

/** Explains a place alone, where nothing more is known. */
export const explainPlace = (place: Place): Explanation => ({place, kind: kindOf(place), meaning: places[place].meaning, advice: firstKnob(place)});

/** What moves a place first. */
function firstKnob(place: Place): string {
	const [knob] = places[place].knobs;
	return knob === undefined ? '' : `${knob.name}: ${knob.command}`;
}

/** Every reason that has a row of its own, for the tests and the documentation. */
export const knownReasons: readonly string[] = Object.keys(rows);
