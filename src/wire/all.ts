// Every header table there is, for what must know them all: the display filter, the field list of the docs, the codec tests.
import * as aoe from './aoe.js';
import * as arp from './arp.js';
import * as ata from './ata.js';
import * as ethernet from './ethernet.js';
import * as fc from './fc.js';
import * as fcBls from './fc-bls.js';
import * as fcEls from './fc-els.js';
import * as fcOptional from './fc-optional.js';
import * as fcoe from './fcoe.js';
import * as fcp from './fcp.js';
import * as fip from './fip.js';
import type {Header} from './header.js';
import * as icmp from './icmp.js';
import * as ipv4 from './ipv4.js';
import * as ipv6 from './ipv6.js';
import * as iscsi from './iscsi.js';
import * as macControl from './mac-control.js';
import * as mpls from './mpls.js';
import * as scsi from './scsi.js';
import * as scsiData from './scsi-data.js';
import * as scsiReservation from './scsi-reservation.js';
import * as stamp from './stamp.js';
import * as tcp from './tcp.js';
import * as udp from './udp.js';
import * as vlan from './vlan.js';

/** A table and where it is declared: `file.name`, for messages of tests. */
export interface DeclaredHeader {
	readonly place: string;
	readonly header: Header;
}

const modules: Readonly<Record<string, object>> = {
	ethernet,
	vlan,
	mpls,
	macControl,
	arp,
	ipv4,
	ipv6,
	icmp,
	udp,
	tcp,
	aoe,
	ata,
	fip,
	fcoe,
	fc,
	fcOptional,
	fcBls,
	fcEls,
	fcp,
	iscsi,
	scsi,
	scsiData,
	scsiReservation,
	stamp,
};

const isHeader = (value: object): value is Header => 'proto' in value && 'dissect' in value;

function collect(place: string, value: unknown, found: DeclaredHeader[]): void {
	if (typeof value !== 'object' || value === null) return;
	if (isHeader(value)) {
		if (!found.some(known => known.header === value)) found.push({place, header: value});
		return;
	}
	for (const [key, inner] of Object.entries(value)) collect(`${place}.${key}`, inner, found);
}

/** All tables, in the order of the stack. */
export function allHeaders(): readonly DeclaredHeader[] {
	const found: DeclaredHeader[] = [];
	for (const [name, module] of Object.entries(modules)) collect(name, module, found);
	return found;
}
