// The places where a frame can vanish, in the order of its way from the sender's program to the receiver's, and what moves each of them. Counters (drivers, softnet,
// sockets), the kernel's drop reasons and the ledger's rows all name one of these: that is what makes one driver's `rx_no_dma_resources` and another's `pkts rx OOB`
// the same thing. Where each is counted: docs/counters.md.

/** A setting that moves a place, with the command that shows or changes it; IFACE stands for the interface. */
export interface Knob {
	readonly name: string;
	readonly command: string;
}

export interface PlaceFacts {
	/** A few words for a table. */
	readonly title: string;
	/** One sentence: what happened to the frame. */
	readonly meaning: string;
	/**
	 * `loss`: somebody wanted the frame and did not get it. `harmless`: nobody here wanted it. `policy`: a rule said so. `sign`: no frame is lost, but it is
	 * what is seen before frames are.
	 */
	readonly kind: 'loss' | 'harmless' | 'policy' | 'sign';
	readonly knobs: readonly Knob[];
}

const knob = (name: string, command: string): Knob => ({name, command});
const backlog = knob('netdev_max_backlog', 'sysctl -w net.core.netdev_max_backlog=N');
const budget = knob('netdev_budget', 'sysctl -w net.core.netdev_budget=N net.core.netdev_budget_usecs=N');
const ring = knob('rx ring', 'ethtool -G IFACE rx N');
const coalescing = knob('interrupt coalescing', 'ethtool -C IFACE rx-usecs N');
const steering = knob('receive packet steering', 'echo MASK > /sys/class/net/IFACE/queues/rx-0/rps_cpus');
const affinity = knob('interrupt affinity', 'echo CPUS > /proc/irq/N/smp_affinity_list');
const pause = knob('pause frames', 'ethtool -A IFACE rx on tx on');
const mtu = knob('MTU', 'ip link set IFACE mtu N');
const offload = knob('segment offloads', 'ethtool -K IFACE gro off lro off');
const receiveBuffer = knob('receive buffer', 'sysctl -w net.core.rmem_max=N net.core.rmem_default=N');
const tcpBuffer = knob('receive buffer of TCP', 'sysctl -w net.ipv4.tcp_rmem="MIN DEFAULT MAX"');

/** Every place, in the order of a frame's way. */
export const places = {
	refused: {
		title: 'refused to the sender',
		meaning: 'the kernel told the sender no: ENOBUFS, EMSGSIZE, ENETDOWN',
		kind: 'loss',
		knobs: [mtu, knob('send buffer', 'sysctl -w net.core.wmem_max=N'), knob('link', 'ip link set IFACE up')],
	},
	'tx-ring': {
		title: "left in the sender's ring",
		meaning: 'the program wrote the frame into its transmit ring and it was never sent',
		kind: 'loss',
		knobs: [knob('ring size', '-S SIZE')],
	},
	qdisc: {
		title: 'transmit queue full',
		meaning: "the interface's queueing discipline had no room or shaped the frame away",
		kind: 'loss',
		knobs: [knob('txqueuelen', 'ip link set IFACE txqueuelen N'), knob('qdisc', 'tc qdisc show dev IFACE')],
	},
	'driver-tx': {
		title: 'dropped by the sending driver',
		meaning: 'the driver took the frame and did not send it',
		kind: 'loss',
		knobs: [knob('tx ring', 'ethtool -G IFACE tx N'), knob('link', 'ip link show IFACE')],
	},
	wire: {title: 'lost between the two', meaning: 'it left the one interface and never came to the other: cable, switch, pause', kind: 'loss', knobs: [pause]},
	'nic-ring': {
		title: "NIC's receive ring full",
		meaning: 'the NIC had no free receive descriptor: the CPU did not empty the ring in time',
		kind: 'loss',
		knobs: [ring, coalescing, affinity, pause],
	},
	'nic-fifo': {
		title: "NIC's FIFO full",
		meaning: 'the NIC could not move the frame to memory in time: bus, IOMMU or its own buffer',
		kind: 'loss',
		knobs: [pause, knob('bus', 'lspci -vv'), coalescing],
	},
	'nic-error': {title: 'damaged frame', meaning: 'checksum, length or alignment were wrong: look at cable, optics and MTU', kind: 'loss', knobs: [mtu]},
	shaped: {title: 'shaped by the provider', meaning: 'the virtual card was over its allowance', kind: 'loss', knobs: []},
	'driver-rx': {
		title: 'dropped by the receiving driver',
		meaning: 'no memory for the frame, or the driver gave it up',
		kind: 'loss',
		knobs: [knob('free memory', 'sysctl -w vm.min_free_kbytes=N'), ring],
	},
	xdp: {
		title: 'dropped by XDP',
		meaning: 'an XDP program said drop, or its queue was full',
		kind: 'policy',
		knobs: [knob('program', 'ip link show dev IFACE')],
	},
	backlog: {
		title: "CPU's backlog full",
		meaning: 'the queue between the interface and the CPU that handles its frames had no room',
		kind: 'loss',
		knobs: [backlog, steering, budget],
	},
	'ring-veth': {
		title: "virtual link's ring full",
		meaning: "a veth peer's NAPI ring had no room",
		kind: 'loss',
		knobs: [knob('NAPI on the peer', 'ethtool -K IFACE gro on'), budget, affinity],
	},
	tc: {
		title: 'dropped by traffic control',
		meaning: 'a filter on the way in or out said drop',
		kind: 'policy',
		knobs: [knob('filters', 'tc filter show dev IFACE ingress')],
	},
	unhandled: {
		title: 'nobody listens',
		meaning: 'no program and no protocol of this host takes this EtherType',
		kind: 'harmless',
		knobs: [knob('listener', 'ss -0')],
	},
	'other-host': {title: 'for another host', meaning: "the frame's address is somebody else's", kind: 'harmless', knobs: []},
	malformed: {title: 'malformed packet', meaning: 'a header or checksum was wrong', kind: 'loss', knobs: [offload]},
	filter: {
		title: 'dropped by a rule',
		meaning: 'netfilter, reverse path check or a socket filter said no',
		kind: 'policy',
		knobs: [knob('rules', 'nft list ruleset')],
	},
	'no-socket': {title: 'closed port', meaning: 'no socket is bound to this address and port', kind: 'harmless', knobs: [knob('listener', 'ss -lun')]},
	neighbour: {
		title: 'neighbour unknown',
		meaning: 'no hardware address for the next hop, and its short queue was full',
		kind: 'loss',
		knobs: [knob('neighbours', 'ip neigh show dev IFACE')],
	},
	route: {title: 'no route', meaning: 'routing had no way for the packet', kind: 'policy', knobs: [knob('routes', 'ip route get ADDRESS')]},
	tcp: {title: "TCP's own", meaning: 'old, doubled or unwanted segments: TCP repairs what matters', kind: 'harmless', knobs: []},
	memory: {
		title: 'no memory',
		meaning: "the protocol's or the kernel's memory limit was reached",
		kind: 'loss',
		knobs: [knob('udp_mem, tcp_mem', 'sysctl net.ipv4.udp_mem net.ipv4.tcp_mem')],
	},
	socket: {title: 'receive buffer full', meaning: 'the program did not read its socket in time', kind: 'loss', knobs: [receiveBuffer, tcpBuffer]},
	'packet-ring': {
		title: 'packet ring full',
		meaning: 'the program did not empty its packet ring in time',
		kind: 'loss',
		knobs: [knob('ring size', '-S SIZE'), knob('a CPU of its own', 'taskset -c CPU PROGRAM')],
	},
	application: {title: 'lost in the program', meaning: 'delivered to the program, which did not use it', kind: 'loss', knobs: []},
	teardown: {title: 'closed in between', meaning: 'a socket or interface went away with frames in it', kind: 'harmless', knobs: []},
	squeezed: {title: 'budget used up', meaning: 'a receive round ended with work left; the work went on in the next round', kind: 'sign', knobs: [budget]},
	unknown: {title: 'reason not known', meaning: 'the kernel names no reason, or one that netstress does not know', kind: 'loss', knobs: []},
} as const satisfies Record<string, PlaceFacts>;

export type Place = keyof typeof places;
/** In the order of a frame's way. */
export const placeOrder = Object.keys(places) as Place[];
