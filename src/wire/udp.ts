// UDP (RFC 768).
import {u16} from './field.js';
import {header} from './header.js';

export const udp = header('udp', 8, {
	srcport: u16(0, 'Source Port'),
	dstport: u16(2, 'Destination Port'),
	length: u16(4, 'Length'),
	checksum: u16(6, 'Checksum', {show: 'hex'}),
});
