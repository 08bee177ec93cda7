// Who is there, and what is it: discovery and identification, whatever the protocol.
import {realClock} from '../base/clock.js';
import {usage} from '../base/errors.js';
import {parseAoeAddress, parseFcoeAddress} from './address.js';
import {isPathAddress, openSession} from './open.js';

/** One target that answered. `address` opens it. */
export interface Discovered {
	readonly address: string;
	/** What the target says of itself, by name. */
	readonly facts: Readonly<Record<string, string | number>>;
}

type Facts = Readonly<Record<string, string | number | boolean>>;

const colons = (mac: Uint8Array) => Array.from(mac, byte => byte.toString(16).padStart(2, '0')).join(':');

export interface Discovery {
	readonly targets: readonly Discovered[];
	/** VLANs on which FCoE ports are, as those say who heard the question (FIP VLAN discovery, FC-BB-6 7.9.6); no target of theirs is among `targets`. */
	readonly vlans: readonly number[];
}

async function discoverAoeTargets(address: string): Promise<Discovered[]> {
	const {iface, shelf, slot} = parseAoeAddress(address, false);
	const [{discoverAoe}, {openRingPort}] = await Promise.all([import('./aoe/discover.js'), import('../port/ring.js')]);
	const port = openRingPort(iface);
	try {
		return discoverAoe(port, realClock, 500, shelf, slot).map(({mac, shelf, slot, bufferCount, firmware, sectors, config}) => ({
			address: `aoe:${iface}/${shelf}.${slot}`,
			facts: {mac: colons(mac), bufferCount, firmware, sectors, config: Buffer.from(config).toString('latin1')},
		}));
	} finally {
		port.close();
	}
}

async function discoverFcoeTargets(address: string): Promise<Discovery> {
	const {iface} = parseFcoeAddress(address, false);
	const {discoverFcoe} = await import('./fcoe/discover.js');
	const {targets, vlans} = await discoverFcoe(iface);
	return {
		targets: targets.flatMap(({wwpn, luns, ...facts}) =>
			(luns.length === 0 ? [0] : luns).map(lun => ({address: `fcoe:${iface}/${wwpn}/${lun}`, facts: {...facts, luns: luns.length}})),
		),
		vlans,
	};
}

async function discoverIscsiTargets(address: string): Promise<Discovered[]> {
	const [{parseIscsiAddress}, {discoverIscsi}] = await Promise.all([import('./iscsi/address.js'), import('./iscsi/discover.js')]);
	const {host, port} = parseIscsiAddress(address, false);
	const authority = address.slice('iscsi://'.length).split('/')[0];
	return (await discoverIscsi(host, port)).map(({iqn, portals}) => ({address: `iscsi://${authority}/${iqn}/0`, facts: {portals: portals.join(' ')}}));
}

/** The targets behind `aoe:IFACE`, `fcoe:IFACE` or `iscsi://HOST[:PORT]`. An empty list is an answer. ERR_USAGE for a path. */
export async function discover(address: string): Promise<Discovery> {
	if (address.startsWith('aoe:')) return {targets: await discoverAoeTargets(address), vlans: []};
	if (address.startsWith('fcoe:')) return discoverFcoeTargets(address);
	if (address.startsWith('iscsi:')) return {targets: await discoverIscsiTargets(address), vlans: []};
	if (isPathAddress(address)) throw usage(`${address} is a path: there is nothing to discover`);
	throw usage(`${address} is nothing to discover targets at; write aoe:IFACE, fcoe:IFACE or iscsi://HOST[:PORT]`);
}

/** What a device says of itself: size, block size and whatever its protocol tells. Errors as `openSession`. */
export async function identify(address: string): Promise<Facts> {
	const session = await openSession(address);
	try {
		const {protocol, size, blockSize, readOnly} = session;
		// a session carries what it has learnt as `identity` and what was negotiated as `agreed`, plain values by name
		const {identity, agreed} = session as {identity?: Facts; agreed?: Facts};
		return {protocol, ...identity, ...agreed, size, blockSize, readOnly};
	} finally {
		await session.close();
	}
}
