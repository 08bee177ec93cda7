// INQUIRY (SPC-4 6.6) and its vital product data pages (7.8, SBC-3 6.5).
import {inquiry} from '../../wire/scsi.js';
import {blockCharacteristics, blockLimits, blockProvisioning, designator, extendedInquiry, inquiryData, vpdHead} from '../../wire/scsi-data.js';
import {invalidField, type Outcome} from './outcome.js';
import type {LogicalUnit} from './unit.js';

/** What a device server says of itself besides its units. */
export interface DeviceIdentity {
	/** Eight characters, T10 vendor identification. */
	vendor: string;
	/** Sixteen characters. */
	product: string;
	/** Four characters. */
	revision: string;
	/** The port's SCSI name (for iSCSI `iqn…,t,0x0001`), for page 83. */
	portName: string;
	/** The device's SCSI name (for iSCSI the iqn). */
	deviceName: string;
	/** T10 protocol identifier: 0 Fibre Channel, 5 iSCSI (SPC-4 7.6.1). */
	protocol: number;
	/** Standards claimed, SPC-4 6.6.2 version descriptors; eight at most. */
	standards: readonly number[];
	/** Longest READ or WRITE, blocks. */
	maxTransferBlocks: number;
}

const pages = [0x00, 0x80, 0x83, 0x86, 0xb0, 0xb1, 0xb2];
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

/** Serves INQUIRY. `unit` is undefined for a LUN that does not exist: then the qualifier says so (SPC-4 6.6.2). */
export function serveInquiry(identity: DeviceIdentity, unit: LogicalUnit | undefined, view: DataView, at: number): Outcome {
	const {fields} = inquiry;
	const flags = fields['.scsi.inquiry.flags'].read(view, at);
	const code = fields['.scsi.inquiry.evpd.pagecode'].read(view, at);
	const allocation = fields['.scsi.cdb.alloclen16'].read(view, at);
	if ((flags & 0xfe) !== 0) return invalidField(1);
	let data: Uint8Array | undefined;
	if ((flags & 1) === 0) {
		if (code !== 0) return invalidField(2);
		data = standard(identity, unit);
	} else {
		data = vitalPage(identity, unit, code);
		if (data === undefined) return invalidField(2);
	}
	return {kind: 'reply', data: data.subarray(0, allocation)};
}

function standard(identity: DeviceIdentity, unit: LogicalUnit | undefined): Uint8Array {
	const data = new Uint8Array(96);
	const view = viewOf(data);
	inquiryData.encode(
		{
			'inquiry.qualifier': unit ? 0 : 3,
			'inquiry.devtype': unit ? 0 : 0x1f,
			'inquiry.version': 6,
			'inquiry.hisup': 1,
			'inquiry.rdf': 2,
			'inquiry.add_len': data.length - 5,
			'inquiry.cmdque': 1,
			'inquiry.vendor_id': identity.vendor,
			'inquiry.product_id': identity.product,
			'inquiry.product_rev': identity.revision,
		},
		view,
	);
	for (const [i, standard] of identity.standards.slice(0, 8).entries()) view.setUint16(58 + 2 * i, standard);
	return data;
}

function vitalPage(identity: DeviceIdentity, unit: LogicalUnit | undefined, code: number): Uint8Array | undefined {
	const head = {'inquiry.qualifier': unit ? 0 : 3, 'inquiry.devtype': unit ? 0 : 0x1f, 'inquiry.evpd.pagecode': code};
	const whole = (body: Uint8Array) => {
		const data = new Uint8Array(4 + body.length);
		vpdHead.encode({...head, 'inquiry.evpd.pagelength': body.length}, viewOf(data));
		data.set(body, 4);
		return data;
	};
	const fixed = {...head, 'inquiry.evpd.pagelength': 60};
	// the block tables belong to scsi_sbc, so the page head stands there under its whole name
	const blockHead = (length: number) => ({
		'.scsi.inquiry.qualifier': head['inquiry.qualifier'],
		'.scsi.inquiry.devtype': head['inquiry.devtype'],
		'.scsi.inquiry.evpd.pagecode': code,
		'.scsi.inquiry.evpd.pagelength': length,
	});
	if (code === 0x00) return whole(Uint8Array.from(unit ? pages : [0x00]));
	if (unit === undefined) return undefined;
	switch (code) {
		case 0x80:
			return whole(ascii(unit.serial));
		case 0x83:
			return whole(identifiers(identity, unit));
		case 0x86: {
			const data = new Uint8Array(64);
			extendedInquiry.encode({...fixed, _simpsup: 1, _ordsup: 1, _headsup: 1, _v_sup: 1}, viewOf(data));
			return data;
		}
		case 0xb0: {
			const data = new Uint8Array(64);
			const optimal = Math.min(identity.maxTransferBlocks, 0x10_0000 / unit.blockSize);
			blockLimits.encode({...blockHead(60), 'bl.mtl': identity.maxTransferBlocks, 'bl.otl': optimal}, viewOf(data));
			return data;
		}
		case 0xb1: {
			const data = new Uint8Array(64);
			// rotation rate 1: a medium that does not rotate (SBC-3 6.5.2)
			blockCharacteristics.encode({...fixed, 'inquiry.bdc.mrr': 1}, viewOf(data));
			return data;
		}
		case 0xb2: {
			const data = new Uint8Array(8);
			blockProvisioning.encode(blockHead(4), viewOf(data));
			return data;
		}
		default:
			return undefined;
	}
}

/** Page 83: NAA and T10 vendor identifiers of the unit, then relative port, port name and device name (SPC-4 7.8.6). */
function identifiers(identity: DeviceIdentity, unit: LogicalUnit): Uint8Array {
	// SCSI name strings end with NUL and are padded to four bytes (SPC-4 7.8.6.11)
	const name = (text: string) => {
		const bytes = ascii(text);
		const padded = new Uint8Array((bytes.length + 4) & ~3);
		padded.set(bytes);
		return padded;
	};
	const list: Array<{codeSet: number; association: number; type: number; id: Uint8Array}> = [
		{codeSet: 1, association: 0, type: 3, id: unit.naa},
		{codeSet: 2, association: 0, type: 1, id: ascii(identity.vendor.padEnd(8).slice(0, 8) + unit.serial)},
		{codeSet: 1, association: 1, type: 4, id: Uint8Array.of(0, 0, 0, 1)},
	];
	if (identity.portName !== '') list.push({codeSet: 3, association: 1, type: 8, id: name(identity.portName)});
	if (identity.deviceName !== '') list.push({codeSet: 3, association: 2, type: 8, id: name(identity.deviceName)});
	const data = new Uint8Array(list.reduce((sum, {id}) => sum + designator.length + id.length, 0));
	const view = viewOf(data);
	let at = 0;
	for (const {codeSet, association, type, id} of list) {
		designator.encode(
			{
				'inquiry.evpd.devid.code_set': codeSet,
				_protocol: association === 0 ? 0 : identity.protocol,
				_piv: association === 0 ? 0 : 1,
				'inquiry.evpd.devid.association': association,
				'inquiry.evpd.devid.identifier_type': type,
				'inquiry.evpd.devid.identifier_length': id.length,
			},
			view,
			at,
		);
		data.set(id, at + designator.length);
		at += designator.length + id.length;
	}
	return data;
}
