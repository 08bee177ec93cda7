// Drivers of virtual links and cards: veth, the loopback, bridges, tun, virtio, VMware, Hyper-V, Xen, Amazon, Google.
import type {DriverRow} from './rule.js';

export const virtualDrivers: readonly DriverRow[] = [
	{
		names: ['veth'],
		files: 'drivers/net/veth.c',
		ethtool: [
			{name: /rx_queue_\d+_drops/, place: 'driver-rx', meaning: 'no memory, or not to be made an XDP frame', alsoIn: ['rtnl:rx_dropped']},
			{name: /rx_queue_\d+_xdp_drops/, place: 'xdp', meaning: 'an XDP program said drop or aborted'},
			{name: /rx_queue_\d+_xdp_tx_errors/, place: 'xdp', meaning: "XDP_TX: the peer's ring had no room", alsoIn: ['rtnl:tx_dropped']},
			{name: /tx_queue_\d+_xdp_xmit_errors/, place: 'ring-veth', meaning: "XDP frames that the peer's ring had no room for", alsoIn: ['rtnl:tx_dropped']},
		],
		rtnl: [
			{
				name: 'tx_dropped',
				place: 'ring-veth',
				meaning: "the peer did not take the frame: its NAPI ring was full, or, without NAPI, the CPU's backlog (counted there too), or it is down",
			},
		],
	},
];
