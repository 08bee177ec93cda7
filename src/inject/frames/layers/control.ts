// MPLS labels, MAC control frames (PAUSE, priority-based flow control), and 802.3 frames with a length and LLC.
import {llc} from '../../../wire/ethernet.js';
import {MAC_CONTROL_ETHERTYPE, macControlGroup, macControlOpcode, pause, pfc} from '../../../wire/mac-control.js';
import {mpls} from '../../../wire/mpls.js';
import type {Kind} from '../kind.js';
import type {Layer} from '../layer.js';

const mplsKind: Kind = {
	name: 'mpls',
	about: 'an MPLS label; the bottom bit is set in the last one',
	table: mpls,
	short: {lbl: 'label', tc: 'exp', s: 'bottom', last: 'bottom'},
	over: ['eth', 'vlan', 'qinq', 'mpls'],
	defaults: layer => ({label: 16, ttl: 64, bottom: layer.above?.header === mpls ? 0 : 1}),
	// nothing in a label says what follows: the packet's own version does
	next: {key: undefined, binding: 'ip.version'},
	carries: true,
};

const control = {dst: macControlGroup, type: MAC_CONTROL_ETHERTYPE};

const pauseKind: Kind = {
	name: 'pause',
	about: 'a PAUSE frame (IEEE 802.3 31B): pause(time=0xffff), in units of 512 bit times; time=0 ends it',
	table: pause,
	short: {time: 'pause_time', code: 'opcode'},
	bare: 'pause_time',
	over: ['eth'],
	below: {eth: control},
	defaults: () => ({opcode: macControlOpcode.pause, pause_time: 0xffff}),
	carries: false,
};

const priorities = [0, 1, 2, 3, 4, 5, 6, 7];
/** The priorities that the template gives a time. */
const vector = (layer: Layer) => priorities.filter(n => layer.given.has(`cbfc.pause_time.c${n}`)).reduce((sum, n) => sum + (1 << n), 0);

const pfcKind: Kind = {
	name: 'pfc',
	about: 'priority-based flow control (IEEE 802.1Qbb): pfc(c3=0xffff) pauses priority 3',
	table: pfc,
	short: {...Object.fromEntries(priorities.map(n => [`c${n}`, `cbfc.pause_time.c${n}`])), classes: 'cbfc.enbv', code: 'opcode'},
	over: ['eth'],
	below: {eth: control},
	defaults: layer => ({opcode: macControlOpcode.pfc, 'cbfc.enbv': vector(layer)}),
	carries: false,
};

const llcKind: Kind = {
	name: 'llc',
	about: 'IEEE 802.2 LLC: the field behind the Ethernet addresses is then a length, which is filled in',
	table: llc,
	short: {dst: 'dsap', src: 'ssap', ctrl: 'control'},
	over: ['eth', 'vlan', 'qinq'],
	// a TEST command to nobody (IEEE 802.2 5.4.1.2)
	defaults: () => ({control: 0xf3}),
	carries: true,
	finish(layer, build) {
		const {below} = layer;
		if (below !== undefined) build.fill(below, below.kind.next?.key ?? '', length => build.end(layer, length) - layer.at);
	},
};

export const controlKinds: readonly Kind[] = [mplsKind, pauseKind, pfcKind, llcKind];
