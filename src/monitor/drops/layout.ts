// Where this kernel keeps what the drop monitor needs, from its BTF: the arguments of the tracepoint `kfree_skb`, which changed with 5.17 (reason) and 6.11
// (rx_sk), members of sk_buff, net_device, net and sock, and the names of the reasons, whose values change with every release.
import {readdirSync, readFileSync} from 'node:fs';
import {NetstressError} from '../../base/errors.js';
import {Btf, type Member} from '../../sys/btf.js';

export interface Layout {
	/** The tracepoint's id in BTF: a program with typed arguments is loaded for it. */
	readonly typeId: number;
	/** Which argument of the raw tracepoint is what, from 0; undefined where this kernel does not hand it over. */
	readonly position: {readonly skb: number; readonly location: number; readonly reason: number | undefined; readonly socket: number | undefined};
	/** Members of struct sk_buff. */
	readonly skb: Readonly<Record<'dev' | 'skbIif' | 'protocol' | 'sk' | 'head' | 'data' | 'len' | 'dataLength' | 'macHeader' | 'networkHeader', Member>>;
	/** Members of struct net_device. */
	readonly device: Readonly<Record<'ifindex' | 'net', Member>>;
	/** `inum` in struct net. */
	readonly inode: Member;
	/** Where struct sock points to its struct net. */
	readonly socket: {readonly net: Member};
}

const unsupported = (what: string) =>
	new NetstressError('ERR_UNSUPPORTED', `this kernel's BTF has no ${what}; use --source tracefs`, {feature: what, minimumKernel: '5.10'});

/** The type that describes the tracepoint's arguments. */
const tracepointType = 'btf_trace_kfree_skb';

/** Reads the layout. ERR_UNSUPPORTED names what is not there. */
export function readLayout(btf: Btf): Layout {
	const members = <K extends string>(struct: string, paths: Readonly<Record<K, string>>): Record<K, Member> =>
		Object.fromEntries(
			(Object.entries(paths) as [K, string][]).map(([key, path]) => {
				const found = btf.member(struct, path);
				if (found === undefined) throw unsupported(`${struct}.${path}`);
				return [key, found];
			}),
		) as Record<K, Member>;
	// the first parameter is the tracepoint's own, which a program does not get
	const parameters = btf.parameters(tracepointType)?.slice(1);
	const typeId = btf.idOf(tracepointType);
	if (parameters === undefined || typeId === undefined) throw unsupported(tracepointType);
	const at = (kind: 'pointer' | 'enum', type: string) => {
		const index = parameters.findIndex(parameter => parameter.kind === kind && parameter.type === type);
		return index < 0 ? undefined : index;
	};
	const skb = at('pointer', 'sk_buff');
	const location = at('pointer', '');
	if (skb === undefined || location === undefined) throw unsupported('tracepoint kfree_skb with a buffer and a location');
	return {
		typeId,
		position: {skb, location, reason: at('enum', 'skb_drop_reason'), socket: at('pointer', 'sock')},
		skb: members('sk_buff', {
			dev: 'dev',
			skbIif: 'skb_iif',
			protocol: 'protocol',
			sk: 'sk',
			head: 'head',
			data: 'data',
			len: 'len',
			dataLength: 'data_len',
			macHeader: 'mac_header',
			networkHeader: 'network_header',
		}),
		device: members('net_device', {ifindex: 'ifindex', net: 'nd_net.net'}),
		...members('net', {inode: 'ns.inum'}),
		socket: members('sock', {net: '__sk_common.skc_net.net'}),
	};
}

const folder = '/sys/kernel/btf';

/** This kernel's BTF. ERR_UNSUPPORTED (exit status 4) where it was built without; ERR_PERMISSION where it may not be read. */
export function kernelBtf(): Btf {
	const path = `${folder}/vmlinux`;
	try {
		return new Btf(readFileSync(path), path);
	} catch (error) {
		if (error instanceof NetstressError) throw error;
		const {code = 'unknown'} = error as NodeJS.ErrnoException;
		const kind = code === 'EACCES' || code === 'EPERM' ? 'ERR_PERMISSION' : 'ERR_UNSUPPORTED';
		throw new NetstressError(kind, `cannot read ${path}: ${code}; the kernel must be built with CONFIG_DEBUG_INFO_BTF`, {feature: 'BTF'}, error);
	}
}

/** The BTF of a module that is loaded; undefined where there is none or it cannot be read. */
function moduleBtf(name: string, base: Btf): Btf | undefined {
	try {
		return new Btf(readFileSync(`${folder}/${name}`), name, base);
	} catch {
		return undefined;
	}
}

/**
 * Enums of reasons outside the core: a value's upper 16 bits are its subsystem (include/net/dropreason.h). mac80211 and openvswitch are mostly modules with
 * BTF of their own.
 */
const otherEnums = [
	{name: 'mac80211_drop_reason', module: 'mac80211'},
	{name: 'ovs_drop_reason', module: 'openvswitch'},
	{name: 'qdisc_drop_reason', module: undefined},
] as const;

const marks = /^(SKB_DROP_REASON_|SKB_)/;
/** Ends of the enums, and what is in them for arithmetic's sake. */
const notReasons = /(_MAX|_LAST|_MASK|__.*)$/;

/** Reason values with their names, without `SKB_DROP_REASON_`. Empty before 5.17. */
export function reasonNames(btf: Btf): Map<number, string> {
	const names = new Map<number, string>();
	const add = (values: ReadonlyMap<number, string> | undefined) => {
		for (const [value, name] of values ?? []) {
			const short = name.replace(marks, '');
			// the core's come first: other enums give its 0 and 1 names of their own (mac80211's RX_CONTINUE is SKB_CONSUMED)
			if (!notReasons.test(short) && !names.has(value >>> 0)) names.set(value >>> 0, short);
		}
	};
	add(btf.enumValues('skb_drop_reason'));
	let loaded: string[] = [];
	try {
		loaded = readdirSync(folder);
	} catch {
		// vmlinux was read some other way: the core's names are all there are
	}
	for (const {name, module} of otherEnums)
		add(btf.enumValues(name) ?? (module !== undefined && loaded.includes(module) ? moduleBtf(module, btf)?.enumValues(name) : undefined));
	return names;
}

/** Reasons that are no drops, by value: a consumed frame was used. */
export const notDrops = (names: ReadonlyMap<number, string>): number[] =>
	[...names].flatMap(([value, name]) => (name === 'NOT_DROPPED_YET' || name === 'CONSUMED' ? [value] : []));
