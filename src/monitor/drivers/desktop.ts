// Cards of desktops, old and emulated ones, and switches: Realtek, Atheros, Aquantia (Marvell), AMD, Microsemi.
import type {DriverRow} from './rule.js';

export const desktopDrivers: readonly DriverRow[] = [
	{
		names: ['r8169', 'rtase'],
		files: 'drivers/net/ethernet/realtek/r8169_main.c; rtase/rtase_main.c',
		ethtool: [
			// the tally counter has 16 bits
			{name: 'rx_missed', place: 'nic-ring', meaning: 'no receive descriptor, or the FIFO was full', bits: 16, alsoIn: ['rtnl:rx_missed_errors']},
			{name: 'align_errors', place: 'nic-error', meaning: 'alignment', bits: 16, alsoIn: ['ethtool:rx_errors']},
			{name: 'rx_errors', place: 'nic-error', meaning: 'checksum, length and others; in no standard counter', bits: 32},
			{name: 'tx_errors', place: 'driver-tx', meaning: 'not sent', alsoIn: ['rtnl:tx_errors']},
			{name: 'tx_aborted', place: 'driver-tx', meaning: 'excessive collisions', bits: 16, alsoIn: ['ethtool:tx_errors', 'rtnl:tx_aborted_errors']},
			{name: 'tx_underrun', place: 'driver-tx', meaning: 'the card ran out of data', bits: 16, alsoIn: ['ethtool:tx_errors']},
		],
		rtnl: [
			{name: 'rx_missed_errors', place: 'nic-ring', meaning: 'no receive descriptor, or the FIFO was full', bits: 16},
			{name: 'tx_aborted_errors', place: 'driver-tx', meaning: 'excessive collisions', bits: 16, alsoIn: ['rtnl:tx_errors']},
		],
	},
	{
		names: ['8139cp'],
		files: 'drivers/net/ethernet/realtek/8139cp.c',
		ethtool: [
			{
				name: 'rx_fifo',
				place: 'nic-ring',
				meaning: 'the same as rx_missed_errors, in 16 bits',
				bits: 16,
				alsoIn: ['rtnl:rx_missed_errors', 'rtnl:rx_fifo_errors'],
			},
			{name: 'frame_align', place: 'nic-error', meaning: 'alignment', bits: 16, alsoIn: ['rtnl:rx_frame_errors']},
			{name: 'rx_frags', place: 'driver-rx', meaning: 'longer than a buffer', alsoIn: ['rtnl:rx_dropped']},
			{name: 'tx_abort', place: 'driver-tx', meaning: 'excessive collisions', bits: 16, alsoIn: ['rtnl:tx_aborted_errors']},
			{name: 'tx_underrun', place: 'driver-tx', meaning: 'the card ran out of data', bits: 16, alsoIn: ['rtnl:tx_fifo_errors']},
		],
	},
	{
		names: ['8139too'],
		files: 'drivers/net/ethernet/realtek/8139too.c',
		ethtool: [{name: 'rx_lost_in_ring', place: 'nic-ring', meaning: 'the ring was full', alsoIn: ['rtnl:rx_fifo_errors']}],
	},
	{
		names: ['alx'],
		files: 'drivers/net/ethernet/atheros/alx/main.c, ethtool.c',
		ethtool: [
			{name: 'rx_rxf_ov_drop_packets', place: 'nic-fifo', meaning: 'the FIFO was full', alsoIn: ['rtnl:rx_fifo_errors', 'rtnl:rx_errors']},
			{name: 'rx_rrd_ov_drop_packets', place: 'nic-ring', meaning: 'no receive descriptor', alsoIn: ['rtnl:rx_dropped', 'rtnl:rx_errors']},
			{name: 'rx_fcs_errors', place: 'nic-error', meaning: 'checksum', alsoIn: ['rtnl:rx_crc_errors', 'rtnl:rx_errors']},
			{name: 'rx_length_errors', place: 'nic-error', meaning: 'length', alsoIn: ['rtnl:rx_length_errors', 'rtnl:rx_errors']},
			{name: 'rx_align_errors', place: 'nic-error', meaning: 'alignment', alsoIn: ['rtnl:rx_frame_errors', 'rtnl:rx_errors']},
			{name: /rx_(oversize_packets|fragments)/, place: 'nic-error', meaning: 'length', alsoIn: ['rtnl:rx_errors']},
			{name: 'rx_pause_packets', place: 'wire', meaning: 'pause frames that told us to stop', sign: true},
			{name: 'tx_pause_packets', place: 'nic-fifo', meaning: 'pause frames that we sent', sign: true},
		],
		rtnl: [{name: 'rx_fifo_errors', place: 'nic-fifo', meaning: 'the FIFO was full', alsoIn: ['rtnl:rx_errors']}],
	},
	{
		names: ['atlantic'],
		files: 'drivers/net/ethernet/aquantia/atlantic/aq_nic.c, aq_ethtool.c',
		lateSeconds: 1,
		ethtool: [
			{name: 'InDroppedDma', place: 'nic-ring', meaning: 'no receive descriptor', alsoIn: ['rtnl:rx_dropped']},
			{name: 'InErrors', place: 'nic-error', meaning: 'damaged', alsoIn: ['rtnl:rx_errors']},
			{name: /(TC\d+ )?Queue\[\d+\] (Skb)?AllocFails/, place: 'driver-rx', meaning: 'no memory', sign: true},
			{name: /(TC\d+ )?Queue\[\d+\] Xdp(Drop|Abort)/, place: 'xdp', meaning: 'an XDP program said drop or aborted'},
		],
	},
	{
		names: ['amd8111e'],
		files: 'drivers/net/ethernet/amd/amd8111e.c',
		// rcv_miss_pkts stands in five of them
		rtnl: [
			{
				name: 'rx_missed_errors',
				place: 'nic-ring',
				meaning: 'rcv_miss_pkts',
				alsoIn: ['rtnl:rx_fifo_errors', 'rtnl:rx_over_errors', 'rtnl:rx_dropped', 'rtnl:rx_errors'],
			},
			{name: 'tx_fifo_errors', place: 'driver-tx', meaning: 'xmt_underrun_pkts', alsoIn: ['rtnl:tx_dropped', 'rtnl:tx_errors']},
		],
	},
	{
		names: ['ocelot-switch'],
		files: 'drivers/net/ethernet/mscc/ocelot_stats.c',
		lateSeconds: 2,
		rtnl: [
			{name: 'rx_missed_errors', place: 'nic-ring', meaning: 'tail drop: no room in the switch'},
			{name: 'rx_dropped', place: 'driver-rx', meaning: "dropped early or by the switch's own rules, and frames that no protocol wanted"},
		],
	},
];
