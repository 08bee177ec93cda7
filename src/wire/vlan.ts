// IEEE 802.1Q tags (clause 9.6): the four bytes behind a type of 0x8100 (customer) or 0x88a8 (service), counted here from behind that type.
import {etherTypes} from './ethernet.js';
import {u8, u16} from './field.js';
import {header} from './header.js';

export const vlan = header('vlan', 4, {
	priority: u16(0, 'Priority', {mask: 0xe000, names: {0: 'Best Effort (default)', 1: 'Background', 3: 'Critical Applications', 7: 'Network Control'}}),
	dei: u16(0, 'DEI', {mask: 0x1000, names: {0: 'Ineligible', 1: 'Eligible'}}),
	id: u16(0, 'ID', {mask: 0x0fff}),
	etype: u16(2, 'Type', {show: 'hex', names: etherTypes}),
});

/** EtherTypes in front of a tag (802.1Q table 9-1). */
export const VLAN_ETHERTYPE = 0x8100;
export const SERVICE_ETHERTYPE = 0x88a8;

/** The service tag of a provider's bridge (802.1ad): the same bits under other names. */
export const serviceTag = header('ieee8021ad', 4, {
	priority: u8(0, 'Priority', {mask: 0xe0}),
	dei: u8(0, 'DEI', {mask: 0x10, show: 'dec'}),
	id: u16(0, 'ID', {mask: 0x0fff}),
	'.ieee8021ah.etype': u16(2, 'Type', {show: 'hex', names: etherTypes}),
});
