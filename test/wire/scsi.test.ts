import test from 'ava';
import {cdbHeaders, cdbLength} from '../../src/wire/scsi.js';
import * as data from '../../src/wire/scsi-data.js';
import {scsiOpcode} from '../../src/wire/scsi-names.js';
import {tableTests} from './tables.js';

const done = new Set<unknown>();
for (const [code, table] of Object.entries(cdbHeaders)) {
	if (done.has(table)) continue;
	done.add(table);
	tableTests(`CDB 0x${Number(code).toString(16)}`, table);
}
for (const [name, table] of Object.entries(data)) tableTests(`SCSI ${name}`, table);

test('every command this project knows has a table of the length that its group has', t => {
	for (const code of Object.values(scsiOpcode)) t.is(cdbHeaders[code]?.length, cdbLength(code), `0x${code.toString(16)}`);
});

test('sense data that Linux was sent reads as tshark reads it', t => {
	const bytes = Uint8Array.from(Buffer.from('70000600000000 0a 00000000 2900 00 000000'.replaceAll(' ', ''), 'hex'));
	const repr = data.sense.decode(new DataView(bytes.buffer));
	t.is(repr['sns.errtype'], 0x70);
	t.is(repr['sns.key'], 6);
	t.is(repr['sns.ascascq'], 0x2900);
	t.is(repr['sns.addlen'], 10);
});
