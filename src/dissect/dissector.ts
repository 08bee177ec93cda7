// From captured frames to trees. One Dissector reads one capture in order: it remembers what later frames refer to (first time, TCP streams,
// AoE tags, FC exchanges), and forgets the oldest when there is too much of it.
import '../wire/stack.js';
import {aoeDissector} from './layers/aoe.js';
import {dissectArp} from './layers/arp.js';
import {fcDissector} from './layers/fc.js';
import {fcoeDissector} from './layers/fcoe.js';
import {fipDissector} from './layers/fip.js';
import {dissectIcmp, dissectIcmpv6} from './layers/icmp.js';
import {dissectIpv4, dissectIpv6} from './layers/ip.js';
import {iscsiProtocol} from './layers/iscsi.js';
import {dissectEthernet, dissectServiceTag, dissectVlan} from './layers/link.js';
import {dissectMacControl} from './layers/mac-control.js';
import {dissectMpls} from './layers/mpls.js';
import {dissectStamp} from './layers/stamp.js';
import {tcpDissector} from './layers/tcp.js';
import {dissectUdp} from './layers/udp.js';
import {follow} from './next.js';
import {type Frame, generated, type LayerDissector, sourceOf, type Tree, Walk} from './tree.js';

/** LINKTYPE values that begin with an IP header (pcap-linktype(7)). */
const rawLinks: ReadonlySet<number> = new Set([101, 228, 229]);

export class Dissector {
	#first: bigint | undefined;
	#previous = 0n;
	readonly #fc = fcDissector();
	/** Who dissects what, by the protocol's name; the ones with a memory belong to this capture. */
	readonly #layers: ReadonlyMap<string, LayerDissector> = new Map<string, LayerDissector>([
		['vlan', dissectVlan],
		['ieee8021ad', dissectServiceTag],
		['mpls', dissectMpls],
		['macc', dissectMacControl],
		['arp', dissectArp],
		['ip', dissectIpv4],
		['ipv6', dissectIpv6],
		['icmp', dissectIcmp],
		['icmpv6', dissectIcmpv6],
		['udp', dissectUdp],
		['tcp', tcpDissector([iscsiProtocol()])],
		['aoe', aoeDissector()],
		['fcoe', fcoeDissector(this.#fc)],
		['fip', fipDissector(this.#fc)],
		['netstress', dissectStamp],
	]);

	/** The tree of the next frame. Never throws: bytes that make no sense end in a `_ws.malformed` node. */
	dissect(frame: Frame): Tree {
		this.#first ??= frame.time;
		if (frame.number === 1) this.#previous = frame.time;
		const walk = new Walk(frame, this.#layers);
		const source = sourceOf(frame.bytes);
		const children = [
			generated('frame.time_epoch', frame.time, 0),
			generated('frame.time_delta', frame.time - this.#previous, 0),
			generated('frame.time_relative', frame.time - this.#first, 0),
			generated('frame.number', frame.number, 0),
			generated('frame.len', frame.length, 0),
			generated('frame.cap_len', frame.bytes.length, 0),
		];
		if (frame.interfaceName !== undefined) children.unshift(generated('frame.interface_name', frame.interfaceName, 0));
		for (const comment of frame.comments ?? []) children.push(generated('frame.comment', comment, 0));
		this.#previous = frame.time;
		const label = `Frame ${frame.number}: ${frame.length} bytes on wire, ${frame.bytes.length} bytes captured`;
		walk.layer('frame', label, source, 0, frame.bytes.length, children, null);
		const end = frame.bytes.length;
		if (frame.linkType === 1) {
			if (end > 0) dissectEthernet(walk, source, 0, end);
		} else if (rawLinks.has(frame.linkType) && end > 0) {
			walk.protocols.push('raw');
			follow(walk, 'ip.version', (frame.bytes[0] as number) >>> 4, source, 0, end);
		} else walk.data(source, 0, end);
		const protocols = walk.protocols.join(':');
		children.push(generated('frame.protocols', protocols, 0));
		return {frame, layers: walk.layers, protocols, malformed: walk.malformed};
	}
}
