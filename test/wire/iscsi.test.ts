import test from 'ava';
import * as iscsi from '../../src/wire/iscsi.js';
import {opcodeNames} from '../../src/wire/iscsi-names.js';
import {tableTests} from './tables.js';

for (const [code, table] of Object.entries(iscsi.pduHeaders)) tableTests(`iSCSI PDU 0x${Number(code).toString(16)}`, table);
tableTests('iSCSI basic header', iscsi.bhs);
tableTests('iSCSI additional header', iscsi.ahs);
tableTests('iSCSI bidirectional additional header', iscsi.ahsBidirectional);

test('there is a table for every opcode that has a name', t => {
	t.deepEqual(Object.keys(iscsi.pduHeaders), Object.keys(opcodeNames));
});

const view = (hex: string) => {
	const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
	return new DataView(bytes.buffer);
};

test('a Login Request of open-iscsi reads as tshark reads it', t => {
	const repr = iscsi.login.decode(view(`43870000 000000e6 00023d00 00000000 00000000 00000000 00000001 00000000 ${'00'.repeat(16)}`));
	t.is(repr['login.T'], 1);
	t.is(repr['login.csg'], 1);
	t.is(repr['login.nsg'], 3);
	t.is(repr.datasegmentlength, 230);
	t.is(Buffer.from(repr.isid).toString('hex'), '00023d000000');
	t.is(repr['isid.b'], 0x023d);
	t.is(repr.cmdsn, 1);
});

test('a WRITE (10) of open-iscsi with 8192 bytes of immediate data reads as tshark reads it', t => {
	const repr = iscsi.scsiCommand.decode(view('01a10000 00002000 00010000 00000000 41000000 00010000 00000040 00000041 2a000000 00000000 80000000 00000000'));
	t.is(repr['scsicommand.F'], 1);
	t.is(repr['scsicommand.W'], 1);
	t.is(repr['scsicommand.R'], 0);
	t.is(repr['scsicommand.attr'], 1);
	t.is(repr.datasegmentlength, 8192);
	t.is(repr._lun, 0x0001_0000_0000_0000n);
	t.is(repr['.scsi.lun'], 1);
	t.is(repr['scsicommand.expecteddatatransferlength'], 65_536);
	t.is(repr._cdb[0], 0x2a);
});

test('a Ready To Transfer of tgt reads as tshark reads it', t => {
	const repr = iscsi.r2t.decode(view('31800000 00000000 00010000 00000000 41000000 e0a98956 00000041 00000041 000000c1 00000000 00002000 0000e000'));
	t.is(repr.targettransfertag, 0xe0a98956);
	t.is(repr.bufferOffset, 8192);
	t.is(repr.desireddatalength, 57_344);
	t.is(repr.maxcmdsn, 0xc1);
});
