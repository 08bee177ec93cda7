// Intel's drivers. Two things to know: RNBC (rx_no_buffer_count) says that a ring was empty while the FIFO may still have held the frame, so that it is no loss;
// and what ethtool shows under a standard counter's name is the standard counter.
import type {DriverRow, DriverRule} from './rule.js';

const noBuffer: DriverRule = {
	name: 'rx_no_buffer_count',
	place: 'nic-ring',
	meaning: 'RNBC: the ring was empty; the FIFO may still hold the frame',
	sign: true,
};
const missedInFifo: DriverRule = {name: 'rx_missed_errors', place: 'nic-fifo', meaning: 'MPC: the FIFO was full', alsoIn: ['rtnl:rx_fifo_errors']};
/** RQDPC, 82575 and later. */
const queueDrops: DriverRule = {
	name: /rx_queue_(\d+)_drops/,
	place: 'nic-ring',
	meaning: 'RQDPC: no descriptor in this queue',
	alsoIn: ['rtnl:rx_fifo_errors'],
};
const pauses: readonly DriverRule[] = [
	{name: /rx_flow_control_xoff|port\.link_xoff_rx|link_xoff_rx\.nic/, place: 'wire', meaning: 'pause frames that told us to stop', sign: true},
	{
		name: /tx_flow_control_xoff|port\.link_xoff_tx|link_xoff_tx\.nic/,
		place: 'nic-fifo',
		meaning: 'pause frames that we sent: our FIFO was filling',
		sign: true,
	},
];
const bufferFailures: DriverRule = {
	name: /alloc_rx_(buff|page)_failed|rx_queue_\d+_alloc_failed|rx_(pg_)?alloc_fail/,
	place: 'driver-rx',
	meaning: 'no memory for a receive buffer; tried again',
	sign: true,
};

export const intelDrivers: readonly DriverRow[] = [
	{
		names: ['e1000'],
		files: 'drivers/net/ethernet/intel/e1000/e1000_main.c, e1000_ethtool.c',
		lateSeconds: 2,
		ethtool: [noBuffer, bufferFailures, ...pauses],
		rtnl: [{name: 'rx_missed_errors', place: 'nic-fifo', meaning: 'MPC: the FIFO was full'}],
	},
	{
		names: ['e1000e'],
		files: 'drivers/net/ethernet/intel/e1000e/netdev.c, ethtool.c',
		ethtool: [noBuffer, bufferFailures, ...pauses],
		rtnl: [{name: 'rx_missed_errors', place: 'nic-fifo', meaning: 'MPC: the FIFO was full'}],
	},
	{
		names: ['igb', 'igc'],
		files: 'drivers/net/ethernet/intel/igb/igb_main.c, igb_ethtool.c; igc/igc_main.c, igc_ethtool.c',
		ethtool: [noBuffer, queueDrops, bufferFailures, ...pauses],
		rtnl: [missedInFifo, {name: 'rx_fifo_errors', place: 'nic-fifo', meaning: 'MPC and RQDPC together'}],
	},
	{
		names: ['ixgbe'],
		files: 'drivers/net/ethernet/intel/ixgbe/ixgbe_main.c, ixgbe_ethtool.c',
		lateSeconds: 2,
		ethtool: [
			{name: 'rx_no_dma_resources', place: 'nic-ring', meaning: 'QPRDC: no descriptor, all queues; in no standard counter'},
			noBuffer,
			{name: 'rx_fcoe_dropped', place: 'nic-ring', meaning: 'FCoE frames without a descriptor'},
			{name: 'fcoe_bad_fccrc', place: 'nic-error', meaning: 'FC frames with a wrong CRC'},
			bufferFailures,
			{name: 'tx_busy', place: 'driver-tx', meaning: 'transmit ring full; the frame waits', sign: true},
			...pauses,
		],
		rtnl: [{name: 'rx_missed_errors', place: 'nic-fifo', meaning: 'MPC: the FIFO was full'}],
	},
	{
		names: ['i40e'],
		files: 'drivers/net/ethernet/intel/i40e/i40e_main.c, i40e_ethtool.c',
		lateSeconds: 2,
		ethtool: [
			{name: 'port.rx_discards', place: 'nic-fifo', meaning: "the port's buffer was full"},
			{name: 'port.tx_dropped_link_down', place: 'driver-tx', meaning: 'sent while the link was down'},
			{name: 'port.rx_crc_errors', place: 'nic-error', meaning: 'checksum', alsoIn: ['rtnl:rx_crc_errors', 'rtnl:rx_errors']},
			{name: 'port.rx_length_errors', place: 'nic-error', meaning: 'length', alsoIn: ['rtnl:rx_length_errors']},
			{name: /port\.rx_(undersize|fragments|oversize|jabber)/, place: 'nic-error', meaning: 'length'},
			bufferFailures,
			{name: /tx_(busy|stopped)/, place: 'driver-tx', meaning: 'transmit ring full; the frame waits', sign: true},
			...pauses,
		],
		rtnl: [
			{name: 'rx_missed_errors', place: 'nic-ring', meaning: 'RDPC of this function: no descriptor (older kernels count it in rx_dropped)'},
			{name: 'rx_dropped', place: 'driver-rx', meaning: 'discarded by the card for other reasons, and frames that no protocol wanted'},
		],
	},
	{
		names: ['ice'],
		files: 'drivers/net/ethernet/intel/ice/ice_main.c, ice_ethtool.c',
		lateSeconds: 2,
		ethtool: [
			{name: 'rx_dropped', place: 'nic-ring', meaning: 'this function: no descriptor', alsoIn: ['rtnl:rx_dropped']},
			{name: 'rx_dropped.nic', place: 'nic-fifo', meaning: "the port's buffer was full", alsoIn: ['rtnl:rx_missed_errors']},
			{name: 'tx_dropped_link_down.nic', place: 'driver-tx', meaning: 'sent while the link was down'},
			{name: 'rx_crc_errors.nic', place: 'nic-error', meaning: 'checksum', alsoIn: ['rtnl:rx_crc_errors', 'rtnl:rx_errors']},
			{name: 'rx_length_errors.nic', place: 'nic-error', meaning: 'length', alsoIn: ['rtnl:rx_length_errors', 'rtnl:rx_errors']},
			{name: /rx_(undersize|fragments|oversize|jabber)\.nic/, place: 'nic-error', meaning: 'length', alsoIn: ['rtnl:rx_errors']},
			bufferFailures,
			{name: 'tx_busy', place: 'driver-tx', meaning: 'transmit ring full; the frame waits', sign: true},
			...pauses,
		],
		rtnl: [{name: 'rx_missed_errors', place: 'nic-fifo', meaning: "the port's buffer was full"}],
	},
	{
		names: ['iavf'],
		files: 'drivers/net/ethernet/intel/iavf/iavf_ethtool.c, iavf_virtchnl.c',
		lateSeconds: 2,
		ethtool: [
			{name: 'rx_discards', place: 'nic-ring', meaning: 'no descriptor', alsoIn: ['rtnl:rx_dropped']},
			{name: 'tx_discards', place: 'driver-tx', meaning: 'discarded by the card', alsoIn: ['rtnl:tx_dropped']},
		],
	},
];
