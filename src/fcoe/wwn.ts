// World wide names: eight bytes, written as Linux writes them (fc_host's port_name, 16 digits) or with colons between the bytes.
import {usage} from '../base/errors.js';

/** The name authority and vendor field in front of a MAC address (FC-FS-3 14.3; Linux fcoe_wwn_from_mac: NAA 2 for ports, NAA 1 for nodes). */
export function wwnFromMac(mac: Uint8Array, naa: 1 | 2, vendor = 0): bigint {
	let name = (BigInt(naa) << 60n) | (BigInt(vendor & 0xfff) << 48n);
	for (let i = 0; i < 6; i++) name |= BigInt(mac[i]!) << BigInt(40 - 8 * i);
	return name;
}

/** `10:00:02:6e:73:00:00:01` */
export const showWwn = (wwn: bigint): string =>
	wwn
		.toString(16)
		.padStart(16, '0')
		.replace(/..(?!$)/g, '$&:');

/** Reads a name in any usual writing: colons, dashes, `0x`, `naa.`. ERR_USAGE names what is wrong. */
export function parseWwn(text: string, what = 'WWPN'): bigint {
	const digits = text.replace(/^(0x|naa\.)/i, '').replace(/[:-]/g, '');
	if (!/^[0-9a-f]{16}$/i.test(digits) || /^0{16}$/.test(digits)) {
		throw usage(`${what} "${text}" is no world wide name; write eight bytes, for instance 20:00:02:00:00:00:00:01`, {wwn: text});
	}
	return BigInt(`0x${digits}`);
}

/** `00.1f.0a`, as Fibre Channel writes addresses. */
export const showPortId = (portId: number): string =>
	portId
		.toString(16)
		.padStart(6, '0')
		.replace(/..(?!$)/g, '$&.');
