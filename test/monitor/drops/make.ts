// A drop with usual values, for tests that care about few of them.
import type {Drop} from '../../../src/monitor/drops/drop.js';

export const drop = (fields: Partial<Drop> = {}): Drop => ({
	reason: 'SOCKET_RCVBUFF',
	symbol: 'udp_queue_rcv_one_skb',
	protocol: 0x800,
	protocolName: 'IPv4',
	iface: 'eth0',
	ifindex: 2,
	netns: 100,
	namespace: 'self',
	place: 'socket',
	kind: 'loss',
	count: 1,
	...fields,
});
