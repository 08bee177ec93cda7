// Storage addresses as the command line writes them (docs/cli.md): which protocol, and the rest in that protocol's terms.
import {usage} from '../base/errors.js';
import {parseWwn} from '../fcoe/wwn.js';

export interface AoeAddress {
	protocol: 'aoe';
	iface: string;
	/** Undefined: every target on the interface (discovery only). */
	shelf: number | undefined;
	slot: number | undefined;
}

/** `aoe:IFACE/SHELF.SLOT`, or `aoe:IFACE` where `whole` is not asked for. ERR_USAGE names what is wrong. */
export function parseAoeAddress(text: string, whole = true): AoeAddress {
	const match = /^aoe:([^/\s]+)(?:\/(\d{1,5})\.(\d{1,3}))?$/.exec(text);
	if (!match || (whole && match[2] === undefined)) throw usage(`${text} is no AoE address; write aoe:IFACE/SHELF.SLOT, for instance aoe:eth0/1.1`);
	const [, iface = '', shelf, slot] = match;
	if (shelf === undefined || slot === undefined) return {protocol: 'aoe', iface, shelf: undefined, slot: undefined};
	if (Number(shelf) > 65_534 || Number(slot) > 254) throw usage(`${text}: the shelf is 0 to 65534, the slot 0 to 254`);
	return {protocol: 'aoe', iface, shelf: Number(shelf), slot: Number(slot)};
}

export interface FcoeAddress {
	protocol: 'fcoe';
	iface: string;
	/** Undefined: the first target that logs in. */
	wwpn: bigint | undefined;
	/** Undefined: discovery only. */
	lun: number | undefined;
}

/** `fcoe:IFACE[/WWPN]/LUN`, or `fcoe:IFACE` where `whole` is not asked for. ERR_USAGE names what is wrong. */
export function parseFcoeAddress(text: string, whole = true): FcoeAddress {
	const [iface = '', ...rest] = text.slice('fcoe:'.length).split('/');
	const lunText = rest.at(-1);
	const bad = iface === '' || /\s/.test(iface) || rest.length > 2 || (whole && rest.length === 0) || (lunText !== undefined && !/^\d{1,5}$/.test(lunText));
	if (!text.startsWith('fcoe:') || bad) {
		throw usage(`${text} is no FCoE address; write fcoe:IFACE/LUN or fcoe:IFACE/WWPN/LUN, for instance fcoe:eth0/10:00:02:00:00:00:00:01/0`);
	}
	if (lunText === undefined) return {protocol: 'fcoe', iface, wwpn: undefined, lun: undefined};
	const lun = Number(lunText);
	if (lun > 0x3fff) throw usage(`${text}: LUNs are 0 to 16383`);
	return {protocol: 'fcoe', iface, wwpn: rest.length === 2 ? parseWwn(rest[0]!, 'WWPN') : undefined, lun};
}
