// Just enough of the headers to know what a frame carries: tags, then IPv4 (RFC 791) or IPv6 without extension headers (RFC 8200).
// The wire tables read the fields of a header that is known to be there; this finds whether it is, without a value per frame.

export const IPPROTO_ICMP = 1;
export const IPPROTO_UDP = 17;
export const IPPROTO_ICMPV6 = 58;

export interface IpPayload {
	protocol: number;
	/** Where the payload of the IP packet begins, in the view. */
	at: number;
	/** Where the packet says that it ends, in the view. */
	end: number;
}

const ETHERNET = 14;
const ipPayload: IpPayload = {protocol: 0, at: 0, end: 0};
/** Customer, service and old service tags (IEEE 802.1Q clause 9; 0x9100 by habit). */
const isTag = (type: number) => type === 0x8100 || type === 0x88a8 || type === 0x9100;

/** Where the tags of the frame at `at` end, in the view; the two bytes before it are the EtherType. The frame has 14 bytes at least. */
export function behindTags(view: DataView, at: number, end: number): number {
	let payload = at + ETHERNET;
	while (payload + 4 <= end && isTag(view.getUint16(payload - 2))) payload += 4;
	return payload;
}

/** The IP payload of a frame, or undefined when there is none. One object for all calls. Never throws. */
export function headersOf(view: DataView, at: number, end: number): IpPayload | undefined {
	if (end - at < ETHERNET) return undefined;
	const ip = behindTags(view, at, end);
	const type = view.getUint16(ip - 2);
	if (type === 0x0800 && ip + 20 <= end) {
		ipPayload.protocol = view.getUint8(ip + 9);
		ipPayload.at = ip + (view.getUint8(ip) & 15) * 4;
		ipPayload.end = ip + view.getUint16(ip + 2);
		return ipPayload.at < ip + 20 || ipPayload.at > end ? undefined : ipPayload;
	}
	if (type !== 0x86dd || ip + 40 > end) return undefined;
	ipPayload.protocol = view.getUint8(ip + 6);
	ipPayload.at = ip + 40;
	ipPayload.end = ip + 40 + view.getUint16(ip + 4);
	return ipPayload;
}
