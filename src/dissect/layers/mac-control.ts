// MAC control frames: PAUSE and priority-based flow control by their tables, others by their opcode.
import {macControl, macControlOpcode, pause, pfc} from '../../wire/mac-control.js';
import type {Source, Walk} from '../tree.js';

export function dissectMacControl(walk: Walk, source: Source, at: number, end: number): number {
	const opcode = end - at >= macControl.length ? macControl.fields.opcode.read(source.view, at) : 0;
	const table = opcode === macControlOpcode.pause ? pause : opcode === macControlOpcode.pfc ? pfc : macControl;
	const layer = walk.header(table, 'MAC Control', source, at, end);
	// what is behind it is padding, and as in Wireshark a part of it
	if (layer !== undefined) layer.size = end - at;
	return end;
}
