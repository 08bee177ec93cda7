// TCP (RFC 9293 3.1; accurate ECN bit RFC 7560) and its options (RFC 9293 3.2, window scale and timestamps RFC 7323, SACK RFC 2018).
// `tcp.seq` and `tcp.ack` are relative to the stream's first number and belong to the dissector; the numbers on the wire are `*_raw`.
import {bytes, scaled, u8, u16, u32} from './field.js';
import {type Header, header} from './header.js';

const set = {0: 'Not set', 1: 'Set'};
export const tcp = header('tcp', 20, {
	srcport: u16(0, 'Source Port'),
	dstport: u16(2, 'Destination Port'),
	seq_raw: u32(4, 'Sequence Number (raw)'),
	ack_raw: u32(8, 'Acknowledgment number (raw)'),
	hdr_len: scaled(u8(12, 'Header Length', {mask: 0xf0}), 4),
	flags: u16(12, 'Flags', {mask: 0x0fff, show: 'hex'}),
	'flags.res': u8(12, 'Reserved', {mask: 0x0e, show: 'bool', names: set}),
	'flags.ae': u8(12, 'Accurate ECN', {mask: 0x01, names: set}),
	'flags.cwr': u8(13, 'Congestion Window Reduced', {mask: 0x80, names: set}),
	'flags.ece': u8(13, 'ECN-Echo', {mask: 0x40, names: set}),
	'flags.urg': u8(13, 'Urgent', {mask: 0x20, names: set}),
	'flags.ack': u8(13, 'Acknowledgment', {mask: 0x10, names: set}),
	'flags.push': u8(13, 'Push', {mask: 0x08, names: set}),
	'flags.reset': u8(13, 'Reset', {mask: 0x04, names: set}),
	'flags.syn': u8(13, 'Syn', {mask: 0x02, names: set}),
	'flags.fin': u8(13, 'Fin', {mask: 0x01, names: set}),
	window_size_value: u16(14, 'Window'),
	checksum: u16(16, 'Checksum', {show: 'hex'}),
	urgent_pointer: u16(18, 'Urgent Pointer'),
});

/** One TCP option: its node's name, the length that its length byte must have, and the table of what it holds. */
export interface TcpOption {
	readonly key: string;
	readonly label: string;
	/** Bytes with kind and length; undefined = any. */
	readonly length: number | undefined;
	readonly header: Header;
}

const kinds: Readonly<Record<number, string>> = {
	0: 'End of Option List',
	1: 'No-Operation',
	2: 'Maximum Segment Size',
	3: 'Window Scale',
	4: 'SACK Permitted',
	5: 'SACK',
	8: 'Time Stamp Option',
};
const kind = u8(0, 'Kind', {names: kinds});
const length = u8(1, 'Length');
const single = header('tcp', 1, {option_kind: kind});
const pair = header('tcp', 2, {option_kind: kind, option_len: length});

export const tcpOptions: Readonly<Record<number, TcpOption>> = {
	0: {key: 'tcp.options.eol', label: 'End of Option List (EOL)', length: 1, header: single},
	1: {key: 'tcp.options.nop', label: 'No-Operation (NOP)', length: 1, header: single},
	2: {
		key: 'tcp.options.mss',
		label: 'Maximum segment size',
		length: 4,
		header: header('tcp', 4, {option_kind: kind, option_len: length, 'options.mss_val': u16(2, 'MSS Value')}),
	},
	3: {
		key: 'tcp.options.wscale',
		label: 'Window scale',
		length: 3,
		header: header('tcp', 3, {option_kind: kind, option_len: length, 'options.wscale.shift': u8(2, 'Shift count')}),
	},
	4: {key: 'tcp.options.sack_perm', label: 'SACK permitted', length: 2, header: pair},
	5: {key: 'tcp.options.sack', label: 'SACK', length: undefined, header: pair},
	8: {
		key: 'tcp.options.timestamp',
		label: 'Timestamps',
		length: 10,
		header: header('tcp', 10, {
			option_kind: kind,
			option_len: length,
			'options.timestamp.tsval': u32(2, 'Timestamp value'),
			'options.timestamp.tsecr': u32(6, 'Timestamp echo reply'),
		}),
	},
};

/** An option without an entry above. */
export const unknownTcpOption: TcpOption = {key: 'tcp.options.unknown', label: 'Unknown', length: undefined, header: pair};

/** One block of a SACK option (RFC 2018 3). */
export const sackBlock = header('tcp', 8, {'options.sack_le': u32(0, 'TCP SACK Left Edge'), 'options.sack_re': u32(4, 'TCP SACK Right Edge')});

/** The whole option field behind the fixed header, as bytes. */
export const optionBytes = (size: number) => bytes(20, size, 'TCP Options');
