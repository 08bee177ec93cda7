// TransportIDs: how SCSI names an initiator port whatever carries it (SPC-4 7.6.4). Two ports are the same when these bytes are.

/** iSCSI initiator port (SPC-4 7.6.4.6, format 01b): name, `,i,0x` and the ISID's twelve hexadecimal digits, ended by NUL and padded to four bytes. */
export function iscsiTransportId(name: string, isid: string): Uint8Array {
	const text = Buffer.from(`${name},i,0x${isid.toLowerCase()}`, 'utf8');
	// at least 20 bytes behind the head, the NUL among them
	const id = new Uint8Array(4 + Math.max(20, (text.length + 4) & ~3));
	id[0] = 0x45;
	new DataView(id.buffer).setUint16(2, id.length - 4);
	id.set(text, 4);
	return id;
}

/** Fibre Channel initiator port (SPC-4 7.6.4.2): its N_Port_Name (WWPN) in 24 bytes. */
export function fcTransportId(portName: bigint): Uint8Array {
	const id = new Uint8Array(24);
	new DataView(id.buffer).setBigUint64(8, portName);
	return id;
}

/** A TransportID as people write it: `iqn…,i,0x…`, `50:00:…`, or its bytes. Any bytes give text. */
export function transportIdText(id: Uint8Array): string {
	const protocol = (id[0] ?? 0xff) & 0x0f;
	if (protocol === 5 && id.length > 4) {
		const nul = id.indexOf(0, 4);
		return Buffer.from(id.subarray(4, nul < 0 ? id.length : nul))
			.toString('latin1')
			.replaceAll(/[^ -~]/g, '.');
	}
	const hex = (bytes: Uint8Array, between: string) => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(between);
	return protocol === 0 && id.length === 24 ? hex(id.subarray(8, 16), ':') : hex(id, '');
}

/** Bytes of the TransportID at `at`, by its own account; undefined when fewer lie before `end`. */
export function transportIdLength(view: DataView, at: number, end: number): number | undefined {
	if (end - at < 24) return undefined;
	const iscsi = (view.getUint8(at) & 0x0f) === 5;
	const length = iscsi ? 4 + view.getUint16(at + 2) : 24;
	return at + length <= end ? length : undefined;
}
