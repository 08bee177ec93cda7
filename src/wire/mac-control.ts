// MAC control frames: PAUSE (IEEE 802.3 annex 31B) and priority-based flow control (IEEE 802.1Qbb, 802.3 annex 31D). They go to one
// group address that no bridge forwards, and are padded with zeros to the least frame.
import {u16} from './field.js';
import {header} from './header.js';

export const MAC_CONTROL_ETHERTYPE = 0x8808;
/** Every MAC control frame is sent there (IEEE 802.3 31A). */
export const macControlGroup: Uint8Array = Uint8Array.of(0x01, 0x80, 0xc2, 0x00, 0x00, 0x01);

export const macControlOpcode = {pause: 0x0001, pfc: 0x0101} as const;
const opcode = u16(0, 'Opcode', {
	show: 'hex',
	names: {1: 'Pause', 2: 'Gate', 3: 'Report', 4: 'Register Req', 5: 'Register', 6: 'Register Ack', 257: 'Class Based Flow Control [CBFC] Pause'},
});

/** What every MAC control frame begins with (IEEE 802.3 31.4). */
export const macControl = header('macc', 2, {opcode});

/** `pause_time` counts in units of 512 bit times (IEEE 802.3 31B.2). */
export const pause = header('macc', 4, {opcode, pause_time: u16(2, 'pause_time')});

const enabled = (priority: number) => u16(2, `C${priority}`, {mask: 1 << priority, names: {0: 'False', 1: 'True'}});
const time = (priority: number) => u16(4 + 2 * priority, `C${priority}`);
/** A vector of the priorities that pause, and a time for each. */
export const pfc = header('macc', 20, {
	opcode,
	'cbfc.enbv': u16(2, 'CBFC Class Enable Vector', {show: 'hex'}),
	'cbfc.enbv.c0': enabled(0),
	'cbfc.enbv.c1': enabled(1),
	'cbfc.enbv.c2': enabled(2),
	'cbfc.enbv.c3': enabled(3),
	'cbfc.enbv.c4': enabled(4),
	'cbfc.enbv.c5': enabled(5),
	'cbfc.enbv.c6': enabled(6),
	'cbfc.enbv.c7': enabled(7),
	'cbfc.pause_time.c0': time(0),
	'cbfc.pause_time.c1': time(1),
	'cbfc.pause_time.c2': time(2),
	'cbfc.pause_time.c3': time(3),
	'cbfc.pause_time.c4': time(4),
	'cbfc.pause_time.c5': time(5),
	'cbfc.pause_time.c6': time(6),
	'cbfc.pause_time.c7': time(7),
});
