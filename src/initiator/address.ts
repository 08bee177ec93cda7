// Storage addresses as the command line writes them (docs/cli.md): which protocol, and the rest in that protocol's terms.
import {usage} from '../base/errors.js';

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
