// REPORT SUPPORTED OPERATION CODES (SPC-4 6.35): which commands there are, and which bits of their CDBs count.
import {reportSupportedOpcodes} from '../../wire/scsi.js';
import {invalidField, type Outcome} from './outcome.js';

/** CDB usage data: the operation code, then a 1 for every bit that is looked at. */
const usage: ReadonlyArray<readonly [action: number | undefined, cdb: string]> = [
	[undefined, '000000000004'],
	[undefined, '03010000ff04'],
	[undefined, '081fffffff04'],
	[undefined, '0a1fffffff04'],
	[undefined, '1201ffffff04'],
	[undefined, '161100000004'],
	[undefined, '171100000004'],
	[undefined, '1a08ffffff04'],
	[undefined, '1b010000f304'],
	[undefined, '1e0000000304'],
	[undefined, '2500ffffffff00000104'],
	[undefined, '28faffffffff1fffff04'],
	[undefined, '2afaffffffff1fffff04'],
	[undefined, '2ef6ffffffff1fffff04'],
	[undefined, '2ff6ffffffff1fffff04'],
	[undefined, '3506ffffffff1fffff04'],
	[undefined, '56130000000000000004'],
	[undefined, '57130000000000000004'],
	[undefined, '5a18ffff000000ffff04'],
	[0x00, '5e000000000000ffff04'],
	[0x01, '5e010000000000ffff04'],
	[0x02, '5e020000000000ffff04'],
	[0x03, '5e030000000000ffff04'],
	[0x00, '5f00000000ffffffff04'],
	[0x01, '5f01ff0000ffffffff04'],
	[0x02, '5f02ff0000ffffffff04'],
	[0x03, '5f03000000ffffffff04'],
	[0x04, '5f04ff0000ffffffff04'],
	[0x05, '5f05ff0000ffffffff04'],
	[0x06, '5f06000000ffffffff04'],
	[undefined, '88faffffffffffffffffffffffff1f04'],
	[undefined, '8afaffffffffffffffffffffffff1f04'],
	[undefined, '8ef6ffffffffffffffffffffffff1f04'],
	[undefined, '8ff6ffffffffffffffffffffffff1f04'],
	[undefined, '9106ffffffffffffffffffffffff1f04'],
	[0x10, '9e100000000000000000ffffffff0004'],
	[undefined, 'a000ff000000ffffffff0004'],
	[0x0c, 'a30c87ffffffffffffff0004'],
	[undefined, 'a8faffffffffffffffff1f04'],
	[undefined, 'aafaffffffffffffffff1f04'],
	[undefined, 'aef6ffffffffffffffff1f04'],
	[undefined, 'aff6ffffffffffffffff1f04'],
];

const supported = usage.map(([action, cdb]) => ({action, cdb: Uint8Array.from(Buffer.from(cdb, 'hex'))}));

/** Bytes of a command timeouts descriptor (SPC-4 6.35.4); its times are 0, "not indicated". */
const timeoutsLength = 12;

function timeouts(into: Uint8Array, at: number): void {
	into[at + 1] = timeoutsLength - 2;
}

/** All commands, eight bytes each (SPC-4 6.35.2). */
function all(withTimeouts: boolean): Uint8Array {
	const each = 8 + (withTimeouts ? timeoutsLength : 0);
	const data = new Uint8Array(4 + supported.length * each);
	const view = new DataView(data.buffer);
	view.setUint32(0, data.length - 4);
	for (const [i, {action, cdb}] of supported.entries()) {
		const at = 4 + i * each;
		data[at] = cdb[0]!;
		view.setUint16(at + 2, action ?? 0);
		data[at + 5] = (withTimeouts ? 2 : 0) | (action === undefined ? 0 : 1);
		view.setUint16(at + 6, cdb.length);
		if (withTimeouts) timeouts(data, at + 8);
	}
	return data;
}

/** One command: support 1 "not supported", 3 "as the standard says" (SPC-4 6.35.3). */
function one(cdb: Uint8Array | undefined, withTimeouts: boolean): Uint8Array {
	const length = cdb?.length ?? 0;
	const data = new Uint8Array(4 + length + (withTimeouts && cdb ? timeoutsLength : 0));
	data[1] = (withTimeouts && cdb ? 0x80 : 0) | (cdb ? 3 : 1);
	new DataView(data.buffer).setUint16(2, length);
	if (cdb) data.set(cdb, 4);
	if (withTimeouts && cdb) timeouts(data, 4 + length);
	return data;
}

export function serveSupportedOpcodes(view: DataView, at: number): Outcome {
	const {fields} = reportSupportedOpcodes;
	const options = fields['.scsi.report_opcodes.options'].read(view, at);
	const code = fields['.scsi.report_opcodes.requested_operation_code'].read(view, at);
	const action = fields['.scsi.report_opcodes.requested_service_action'].read(view, at);
	const withTimeouts = fields['.scsi.report_opcodes.rctd'].read(view, at) === 1;
	const allocation = fields['.scsi.cdb.alloclen32'].read(view, at);
	if (options > 3) return invalidField(2, 2);
	if (options === 0) return {kind: 'reply', data: all(withTimeouts).subarray(0, allocation)};
	const ofCode = supported.filter(each => each.cdb[0] === code);
	const hasActions = ofCode.some(each => each.action !== undefined);
	// 1 is for commands without service actions, 2 for those with (SPC-4 table 211); 3 takes both
	if (options === 1 && hasActions) return invalidField(2, 2);
	if (options === 2 && ofCode.length > 0 && !hasActions) return invalidField(2, 2);
	const found = hasActions ? ofCode.find(each => each.action === action) : ofCode[0];
	return {kind: 'reply', data: one(found?.cdb, withTimeouts).subarray(0, allocation)};
}
