// MODE SENSE (6) and (10) (SPC-4 6.13, 6.14; SBC-3 6.4): caching, control and informational exceptions pages, none of them changeable.
import {modeSense6, modeSense10} from '../../wire/scsi.js';
import {blockDescriptor, cachingPage, controlPage, exceptionsPage, modeHead6, modeHead10} from '../../wire/scsi-data.js';
import {additionalSense, senseKey} from '../../wire/scsi-names.js';
import {check, invalidField, type Outcome} from './outcome.js';
import type {LogicalUnit} from './unit.js';

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer);
/** Page control (SPC-4 table 147). */
const changeable = 1;
const saved = 3;

function page(code: number, control: number, unit: LogicalUnit): Uint8Array {
	const zero = control === changeable;
	if (code === 0x08) {
		const bytes = new Uint8Array(20);
		// WCE: the volume has a cache until flush is called, and says so
		cachingPage.encode({'mode.sbc.pagecode': 0x08, 'spc.modepage.plen': 18, 'sbc.modepage.wce': zero ? 0 : 1}, viewOf(bytes));
		return bytes;
	}
	const bytes = new Uint8Array(12);
	if (code === 0x0a) {
		// SWP: software write protect mirrors the unit, because MODE SELECT cannot lift it
		const protectedBySoftware = !zero && unit.readOnly && !unit.volume.readOnly ? 1 : 0;
		controlPage.encode({'mode.spc.pagecode': 0x0a, 'spc.modepage.plen': 10, 'mode.qmod': zero ? 0 : 1, 'spc.modepage.swp': protectedBySoftware}, viewOf(bytes));
	} else exceptionsPage.encode({'mode.spc.pagecode': 0x1c, 'spc.modepage.plen': 10, 'spc.modepage.dexcpt': zero ? 0 : 1}, viewOf(bytes));
	return bytes;
}

const pageCodes = [0x08, 0x0a, 0x1c];

/** Serves both forms; `long` is MODE SENSE (10). */
export function serveModeSense(unit: LogicalUnit, view: DataView, at: number, long: boolean): Outcome {
	const {fields} = long ? modeSense10 : modeSense6;
	const control = fields['.scsi.mode.pc'].read(view, at);
	const code = fields['.scsi.mode.sbc.pagecode'].read(view, at);
	const subpage = fields._subpage.read(view, at);
	const withDescriptor = fields._dbd.read(view, at) === 0;
	const allocation = long ? modeSense10.fields['.scsi.cdb.alloclen16'].read(view, at) : modeSense6.fields['.scsi.cdb.alloclen'].read(view, at);
	if (control === saved) return check(senseKey.illegalRequest, additionalSense.savingNotSupported);
	if (subpage !== 0 && !(code === 0x3f && subpage === 0xff)) return invalidField(3);
	if (code !== 0x3f && !pageCodes.includes(code)) return invalidField(2, 5);
	const list = (code === 0x3f ? pageCodes : [code]).map(each => page(each, control, unit));
	const headLength = long ? modeHead10.length : modeHead6.length;
	const descriptorLength = withDescriptor ? blockDescriptor.length : 0;
	const data = new Uint8Array(headLength + descriptorLength + list.reduce((sum, each) => sum + each.length, 0));
	const out = viewOf(data);
	const head = {
		'cdb.mode.mode_data_length': data.length - (long ? 2 : 1),
		// WP, and DPOFUA: both bits are honoured (SBC-3 6.4.1)
		'cdb.mode.device_specific_parameter': (unit.readOnly ? 0x80 : 0) | 0x10,
		'cdb.mode.block_descriptor_length': descriptorLength,
	};
	if (long) modeHead10.encode(head, out);
	else modeHead6.encode(head, out);
	if (withDescriptor) {
		const blocks = Math.min(unit.blocks, 0xffff_ffff);
		blockDescriptor.encode({'blockdescs.no_of_blocks': blocks, 'blockdescs.block_length': unit.blockSize}, out, headLength);
	}
	let position = headLength + descriptorLength;
	for (const each of list) {
		data.set(each, position);
		position += each.length;
	}
	return {kind: 'reply', data: data.subarray(0, allocation)};
}
