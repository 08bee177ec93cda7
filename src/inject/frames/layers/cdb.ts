// A SCSI command descriptor block inside an iSCSI or FCP command (SPC-4 4.2, SBC-3 5).
import type {Value} from '../../../wire/field.js';
import * as scsi from '../../../wire/scsi.js';
import {scsiOpcode, serviceAction} from '../../../wire/scsi-names.js';
import type {Kind, Values} from '../kind.js';
import type {Layer} from '../layer.js';

const {read10, read6, read12, read16, write6, write10, write12, write16, inquiry, testUnitReady, requestSense, modeSense6, modeSense10} = scsi;
const {readCapacity10, readCapacity16, reportLuns, synchronizeCache10, synchronizeCache16, verify10, verify12, verify16, startStopUnit} = scsi;
const {modeSelect6, modeSelect10, preventAllow, writeVerify10, writeVerify12, writeVerify16, reportSupportedOpcodes} = scsi;
const commands = {
	testUnitReady,
	read6,
	read10,
	read12,
	read16,
	write6,
	write10,
	write12,
	write16,
	inquiry,
	requestSense,
	modeSense6,
	modeSense10,
	modeSelect6,
	modeSelect10,
	readCapacity10,
	readCapacity16,
	reportLuns,
	synchronizeCache10,
	synchronizeCache16,
	verify10,
	verify12,
	verify16,
	writeVerify10,
	writeVerify12,
	writeVerify16,
	startStopUnit,
	preventAllow,
	reportSupportedOpcodes,
} as const;
const operations: Readonly<Record<string, number>> = {
	...scsiOpcode,
	readCapacity16: scsiOpcode.serviceActionIn16,
	reportSupportedOpcodes: scsiOpcode.maintenanceIn,
};

const snake = (name: string) => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
const operationOf = (word: string): number => Object.entries(operations).find(([name]) => snake(name) === (word || 'test_unit_ready'))?.[1] ?? 0;
/** Reads and writes move one block unless said otherwise; lists and pages ask for what most initiators ask for. */
const blocksByDefault = (layer: Layer): number =>
	/^(read|write|verify|write_verify)\d+$/.test(layer.word)
		? 1
		: /^(inquiry|mode_sense|request_sense|report)/.test(layer.word)
			? 252
			: /^read_capacity16/.test(layer.word)
				? 32
				: 0;

export const cdbKind: Kind = {
	name: 'cdb',
	about: 'the SCSI command in an iSCSI or FCP command: cdb(read10,lba=0,count=8)',
	table: {word: 'command', tables: commands},
	shorts: {
		lba: ['rdwr10.lba', 'rdwr6.lba', '_lba', 'verify.lba', 'verify.lba64', 'wrverify.lba', 'wrverify.lba64'],
		count: ['rdwr10.xferlen', 'rdwr12.xferlen', 'rdwr6.xferlen', 'verify.vlen', 'verify.vlen32', 'wrverify.xferlen', 'wrverify.xferlen32'],
		length: ['.scsi.cdb.alloclen', '.scsi.cdb.alloclen16', '.scsi.cdb.alloclen32', 'alloclen32', '.scsi.cdb.paramlen', '.scsi.cdb.paramlen16'],
		page: ['.scsi.inquiry.evpd.pagecode', '.scsi.mode.sbc.pagecode'],
		evpd: ['_evpd'],
	},
	over: ['iscsi', 'fcp'],
	inside: '_cdb',
	defaults(layer): Values {
		const operation = operationOf(layer.word);
		const key = Object.keys(layer.header.fields).find(name => /(xferlen|vlen|alloclen)\d*$/.test(name));
		const values: Record<string, Value> = {opcode: operation};
		if (key !== undefined) values[key] = blocksByDefault(layer);
		if (layer.word === 'read_capacity16') values.sa = serviceAction.readCapacity16;
		if (layer.word === 'report_supported_opcodes') values['.scsi.mpi.service_action'] = serviceAction.reportSupportedOpcodes;
		return values;
	},
	carries: true,
};

const block = 512;

/** Direction and bytes of what the command moves, for the layer that carries it; undefined for one that moves nothing. */
export function transferOf(layer: Layer | undefined): {readonly writes: boolean; readonly bytes: number} | undefined {
	if (layer?.kind !== cdbKind) return undefined;
	const key = Object.keys(layer.header.fields).find(name => /(xferlen|alloclen)\d*$/.test(name));
	if (key === undefined) return undefined;
	const units = layer.number(key, blocksByDefault(layer));
	return {writes: /^write/.test(layer.word), bytes: key.includes('alloclen') ? units : units * block};
}
