// One entry of an MPLS label stack (RFC 3032 2.1). The last one has the bottom bit; what follows says by its first four bits what it is.
import {u32} from './field.js';
import {header} from './header.js';

/** EtherTypes of unicast and multicast (RFC 5332). */
export const MPLS_ETHERTYPE = 0x8847;
export const MPLS_MULTICAST_ETHERTYPE = 0x8848;

/** Reserved labels (RFC 3032 2.1, IANA "Special-Purpose MPLS Label Values"), by Wireshark's names. */
const labels: Readonly<Record<number, string>> = {
	0: 'IPv4 Explicit-Null',
	1: 'Router Alert',
	2: 'IPv6 Explicit-Null',
	3: 'Implicit-Null',
	7: 'Entropy Label Indicator (ELI)',
	13: 'Generic Associated Channel Label (GAL)',
	14: 'OAM Alert',
};

export const mpls = header('mpls', 4, {
	label: u32(0, 'MPLS Label', {mask: 0xffff_f000, names: labels}),
	exp: u32(0, 'MPLS Experimental Bits', {mask: 0x0e00}),
	bottom: u32(0, 'MPLS Bottom Of Label Stack', {mask: 0x0100, show: 'dec'}),
	ttl: u32(0, 'MPLS TTL', {mask: 0xff}),
});
