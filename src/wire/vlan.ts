// IEEE 802.1Q tag (clause 9.6): the four bytes behind a type of 0x8100 or 0x88a8, counted here from behind that type.
import {etherTypes} from './ethernet.js';
import {u16} from './field.js';
import {header} from './header.js';

export const vlan = header('vlan', 4, {
	priority: u16(0, 'Priority', {mask: 0xe000, names: {0: 'Best Effort (default)', 1: 'Background', 3: 'Critical Applications', 7: 'Network Control'}}),
	dei: u16(0, 'DEI', {mask: 0x1000, names: {0: 'Ineligible', 1: 'Eligible'}}),
	id: u16(0, 'ID', {mask: 0x0fff}),
	etype: u16(2, 'Type', {show: 'hex', names: etherTypes}),
});
