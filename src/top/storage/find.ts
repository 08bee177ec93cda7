// Where storage is spoken on this host, without listening to the wire: packet sockets of AoE and FCoE, and TCP connections from or to iSCSI's port (proc_net(5)).
import {networkInterfaces} from 'node:os';
import {AOE_ETHERTYPE} from '../../wire/aoe.js';
import {FCOE_ETHERTYPE} from '../../wire/fcoe.js';
import {iscsiPort} from '../../wire/iscsi.js';

/** Interfaces' numbers out of /proc/net/packet: sockets of AoE's and FCoE's EtherTypes that are bound to one. */
export const packetIndexes = (text: string): number[] =>
	text.split('\n').flatMap(line => {
		const [, , , protocol = '', index = ''] = line.trim().split(/\s+/);
		const type = /^[0-9a-f]{4}$/.test(protocol) ? Number.parseInt(protocol, 16) : 0;
		return (type === AOE_ETHERTYPE || type === FCOE_ETHERTYPE) && Number(index) > 0 ? [Number(index)] : [];
	});

/** An address of /proc/net/tcp and tcp6, 32-bit words in the byte order of the processor, as `networkInterfaces` writes it where it can be compared: bytes. */
const bytesOf = (hex: string): string =>
	(hex.match(/.{8}/g) ?? [])
		.map(word => (word.match(/../g) ?? []).reverse().join(''))
		.join('')
		.replace(/^0{20}ffff(?=.{8}$)/i, '');

/** Local addresses, as hexadecimal bytes, of connections that stand and have iSCSI's port at one end. */
export const iscsiAddresses = (text: string): string[] =>
	text.split('\n').flatMap(line => {
		const match = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) (?:[0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) 01 /.exec(line);
		if (match === null) return [];
		const [, local = '', from = '', to = ''] = match;
		return [from, to].some(port => Number.parseInt(port, 16) === iscsiPort) ? [bytesOf(local).toLowerCase()] : [];
	});

/** An address as hexadecimal bytes. */
export function addressBytes(address: string): string {
	if (!address.includes(':'))
		return address
			.split('.')
			.map(part => Number(part).toString(16).padStart(2, '0'))
			.join('');
	const [front = '', back] = address.replace(/%.*$/, '').split('::');
	const words = (part: string) => part.split(':').filter(word => word !== '');
	const [head, tail] = [words(front), words(back ?? '')];
	const zeros = back === undefined ? [] : new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
	return [...head, ...zeros, ...tail].map(word => word.padStart(4, '0')).join('');
}

/** The interfaces on which this thread's namespace speaks storage. `nameOf`: an interface by its number. */
export function storageInterfaces(read: (name: string) => string, nameOf: (index: number) => string | undefined): string[] {
	const found = new Set(packetIndexes(read('packet')).flatMap(index => nameOf(index) ?? []));
	const local = new Set([...iscsiAddresses(read('tcp')), ...iscsiAddresses(read('tcp6'))]);
	if (local.size > 0)
		for (const [name, addresses] of Object.entries(networkInterfaces())) if (addresses?.some(({address}) => local.has(addressBytes(address)))) found.add(name);
	return [...found];
}
