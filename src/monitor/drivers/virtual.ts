// Drivers of virtual links and of cards in virtual machines.
import type {DriverRow} from './rule.js';

const emulatedBuffer = 'no memory, or a frame that could not be used';

export const virtualDrivers: readonly DriverRow[] = [
	{
		names: ['veth'],
		files: 'drivers/net/veth.c',
		ethtool: [
			{name: /rx_queue_\d+_drops/, place: 'driver-rx', meaning: 'no memory, or not to be made an XDP frame', alsoIn: ['rtnl:rx_dropped']},
			{name: /rx_queue_\d+_xdp_drops/, place: 'xdp', meaning: 'an XDP program said drop or aborted'},
			{name: /rx_queue_\d+_xdp_tx_errors/, place: 'xdp', meaning: "XDP_TX: the peer's ring had no room", alsoIn: ['rtnl:tx_dropped']},
			{
				name: /tx_queue_\d+_xdp_xmit_errors/,
				place: 'ring-veth',
				meaning: "redirected frames that the peer's ring had no room for",
				alsoIn: ['rtnl:tx_dropped'],
			},
		],
		rtnl: [
			{
				name: 'tx_dropped',
				place: 'ring-veth',
				meaning: "the peer did not take the frame: its NAPI ring was full, or, without NAPI, the CPU's backlog (counted there too), or it is down",
			},
		],
	},
	{
		names: [
			'loopback',
			'bridge',
			'bonding',
			'bond',
			'team',
			'dummy',
			'ifb',
			'macvlan',
			'macvtap',
			'ipvlan',
			'vlan',
			'802.1Q VLAN Support',
			'vxlan',
			'tun',
			'vrf',
			'ip6tnl',
			'sit',
			'gre',
		],
		files: 'drivers/net/, net/core/dev.c',
	},
	{
		names: ['virtio_net'],
		files: 'drivers/net/virtio_net.c',
		ethtool: [
			// until Linux 6.9 rx_queue_0_drops; then rx0_drops, and rx_drops for all queues
			{name: /rx_queue_(\d+)_drops/, place: 'driver-rx', meaning: `${emulatedBuffer}; XDP's drops too`, alsoIn: ['rtnl:rx_dropped']},
			{name: /rx_queue_(\d+)_xdp_drops/, place: 'xdp', meaning: 'an XDP program said drop', alsoIn: ['ethtool:rx_queue_$1_drops']},
			{name: 'rx_drops', place: 'driver-rx', meaning: `${emulatedBuffer}; XDP's drops too`, alsoIn: ['rtnl:rx_dropped']},
			{name: 'rx_xdp_drops', place: 'xdp', meaning: 'an XDP program said drop', alsoIn: ['ethtool:rx_drops']},
			{name: /rx(\d+)_drops/, place: 'driver-rx', meaning: 'of one queue', alsoIn: ['ethtool:rx_drops']},
			{name: /rx(\d+)_xdp_drops/, place: 'xdp', meaning: 'of one queue', alsoIn: ['ethtool:rx_xdp_drops', 'ethtool:rx$1_drops']},
			{name: /tx_queue_(\d+)_xdp_tx_drops/, place: 'xdp', meaning: 'XDP_TX: the queue had no room'},
			{name: 'tx_xdp_tx_drops', place: 'xdp', meaning: 'XDP_TX: the queue had no room'},
			{name: /tx(\d+)_xdp_tx_drops/, place: 'xdp', meaning: 'of one queue', alsoIn: ['ethtool:tx_xdp_tx_drops']},
		],
		rtnl: [{name: 'tx_errors', place: 'driver-tx', meaning: 'timeouts of a queue, no frames', sign: true}],
	},
	{
		names: ['vmxnet3'],
		files: 'drivers/net/vmxnet3/vmxnet3_ethtool.c',
		ethtool: [
			{name: 'pkts rx OOB', place: 'nic-ring', meaning: 'out of receive buffers; in no standard counter'},
			{name: 'pkts rx err', place: 'nic-error', meaning: 'damaged, said by the host', alsoIn: ['rtnl:rx_errors']},
			{name: 'drv dropped rx total', place: 'driver-rx', meaning: 'dropped by the driver', alsoIn: ['rtnl:rx_dropped']},
			{name: 'fcs', place: 'nic-error', meaning: 'checksum', alsoIn: ['ethtool:drv dropped rx total']},
			{name: 'rx buf alloc fail', place: 'driver-rx', meaning: 'no memory for a receive buffer; the old one is used again, its frame is lost', sign: true},
			{name: 'pkts tx err', place: 'driver-tx', meaning: 'said by the host', alsoIn: ['rtnl:tx_errors']},
			{name: 'pkts tx discard', place: 'driver-tx', meaning: 'discarded by the host'},
			{name: 'drv dropped tx total', place: 'driver-tx', meaning: 'dropped by the driver', alsoIn: ['rtnl:tx_dropped']},
			{name: 'ring full', place: 'driver-tx', meaning: 'transmit ring full; the frame waits', sign: true},
		],
	},
	{
		names: ['ena'],
		files: 'drivers/net/ethernet/amazon/ena/ena_ethtool.c, ena_netdev.c',
		lateSeconds: 1,
		ethtool: [
			{
				name: /(bw_in|bw_out|pps)_allowance_exceeded/,
				place: 'shaped',
				meaning: "queued or dropped, nobody says which: over the instance's allowance",
				sign: true,
			},
			{name: /(conntrack|linklocal)_allowance_exceeded/, place: 'shaped', meaning: "dropped: over the instance's allowance"},
			{name: /queue_\d+_rx_xdp_(drop|aborted)/, place: 'xdp', meaning: 'an XDP program said drop or aborted'},
			{name: /queue_\d+_rx_(page|skb)_alloc_fail/, place: 'driver-rx', meaning: 'no memory for a receive buffer', sign: true},
			{name: /queue_\d+_rx_empty_rx_ring/, place: 'nic-ring', meaning: 'the ring was found empty', sign: true},
			{name: /queue_\d+_tx_queue_stop/, place: 'driver-tx', meaning: 'transmit ring full; frames wait', sign: true},
			{name: /queue_\d+_tx_missed_tx/, place: 'driver-tx', meaning: 'sent, and the card never said so', sign: true},
		],
		rtnl: [{name: 'rx_dropped', place: 'driver-rx', meaning: 'rx_drops, said by the card, and frames that no protocol wanted'}],
	},
	{
		names: ['gve'],
		files: 'drivers/net/ethernet/google/gve/gve_ethtool.c',
		ethtool: [
			{name: 'rx_dropped', place: 'driver-rx', meaning: 'dropped by the driver'},
			{name: /rx_(skb_alloc_fail|buf_alloc_fail|desc_err_dropped_pkt)/, place: 'driver-rx', meaning: 'part of rx_dropped', alsoIn: ['ethtool:rx_dropped']},
			{name: /rx_dropped_pkt\[\d+\]/, place: 'driver-rx', meaning: 'of one queue', alsoIn: ['ethtool:rx_dropped']},
			{name: /rx_queue_drop_cnt\[\d+\]/, place: 'nic-ring', meaning: 'dropped by the host, of one queue'},
			{name: /rx_no_buffers_posted\[\d+\]/, place: 'nic-ring', meaning: 'no buffer was posted, of one queue'},
			{name: /rx_drops_packet_over_mru\[\d+\]/, place: 'nic-error', meaning: 'longer than the buffers'},
			{name: /rx_drops_invalid_checksum\[\d+\]/, place: 'nic-error', meaning: 'checksum'},
			{name: 'tx_dropped', place: 'driver-tx', meaning: 'dropped by the driver'},
			{name: /tx_stop\[\d+\]/, place: 'driver-tx', meaning: 'transmit ring full; frames wait', sign: true},
		],
	},
	{
		names: ['hv_netvsc'],
		files: 'drivers/net/hyperv/netvsc_drv.c, netvsc.c',
		ethtool: [
			{name: 'tx_no_memory', place: 'driver-tx', meaning: 'no memory', alsoIn: ['rtnl:tx_dropped']},
			{name: 'tx_too_big', place: 'driver-tx', meaning: 'too many pieces', alsoIn: ['rtnl:tx_dropped']},
			{name: 'tx_no_space', place: 'driver-tx', meaning: 'ring to the host full', alsoIn: ['rtnl:tx_dropped']},
			{name: 'vf_tx_dropped', place: 'driver-tx', meaning: 'by the virtual function', alsoIn: ['rtnl:tx_dropped']},
			{name: 'rx_no_memory', place: 'driver-rx', meaning: 'no memory'},
			{name: 'rx_comp_busy', place: 'driver-rx', meaning: 'completions waited for room', sign: true},
			{name: /tx_(busy|send_full)|stop_queue/, place: 'driver-tx', meaning: 'the ring was full; frames wait', sign: true},
		],
	},
	{names: ['vif', 'xen_netfront'], files: 'drivers/net/xen-netfront.c'},
];
