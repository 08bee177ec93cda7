// Reads what `tshark -T pdml` prints, as a flat list a packet: name, position, size and shown value of every node.

export interface PdmlNode {
	readonly name: string;
	readonly pos: number;
	readonly size: number;
	/** The `show` attribute; undefined for a protocol. */
	readonly show: string | undefined;
}

const entities: Readonly<Record<string, string>> = {'&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'"};
const plain = (text: string) =>
	text.replace(/&#x([0-9a-fA-F]+);|&[a-z]+;/g, (entity, code) =>
		code === undefined ? (entities[entity] ?? entity) : String.fromCodePoint(Number.parseInt(code, 16)),
	);

/** The nodes of each packet; tshark's own bookkeeping (geninfo, wrappers, nameless groups) is left out. */
export function readPdml(text: string): PdmlNode[][] {
	const packets: PdmlNode[][] = [];
	let skipping = false;
	for (const [, tag, attributes = ''] of text.matchAll(/<(packet|proto|field|\/proto)\b([^>]*)>/g)) {
		if (tag === 'packet') packets.push([]);
		if (tag === '/proto') skipping = false;
		if (tag !== 'proto' && tag !== 'field') continue;
		const attribute = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1];
		const name = attribute('name') ?? '';
		if (name === 'geninfo') skipping = true;
		if (skipping || name === '' || name === 'fake-field-wrapper') continue;
		const show = attribute('show');
		packets.at(-1)?.push({
			name,
			pos: Number(attribute('pos') ?? 0),
			size: Number(attribute('size') ?? 0),
			show: tag === 'proto' || show === undefined ? undefined : plain(show),
		});
	}
	return packets;
}
