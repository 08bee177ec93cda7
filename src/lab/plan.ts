// A lab on paper: which hosts, which links, which names, addresses and MACs. Pure, so that the same plan can be built, shown and torn down.
import {usage} from '../base/errors.js';

export type LossEngine = 'netem' | 'tcx' | 'xdp';

export interface LinkSpec {
	readonly between: readonly [string, string];
	/** Bytes of payload behind the Ethernet header; 1500 when not given. */
	readonly mtu?: number | undefined;
	/** Share of frames lost in each direction, 0 to 1. */
	readonly loss?: number | undefined;
	/** How frames are lost; the best that this kernel has when not given. */
	readonly lossEngine?: LossEngine | undefined;
	/** Seed of the losses; each end derives its own from it. */
	readonly seed?: number | undefined;
}

export interface LabSpec {
	readonly hosts: readonly string[];
	readonly links: readonly LinkSpec[];
	/** GSO, TSO and GRO stay on when true; off by default, so that one frame counted is one frame on the wire. */
	readonly offloads?: boolean | undefined;
	/** Neighbour entries are made in advance, so that neither ARP nor its loss disturbs a measurement. */
	readonly staticNeighbours?: boolean | undefined;
}

export interface PlannedInterface {
	readonly host: string;
	readonly name: string;
	readonly mac: string;
	readonly address: string;
	readonly address6: string;
	readonly peer: {readonly host: string; readonly mac: string; readonly address: string; readonly address6: string};
	readonly mtu: number;
	readonly loss: number;
	readonly lossEngine: LossEngine | undefined;
	readonly seed: number;
}

export interface PlannedHost {
	readonly name: string;
	/** The namespace's name for `ip netns`. */
	readonly namespace: string;
	readonly interfaces: readonly PlannedInterface[];
}

export interface Plan {
	readonly prefix: string;
	readonly hosts: readonly PlannedHost[];
	/** Both ends of each link, in the order of the specification. */
	readonly links: readonly (readonly [PlannedInterface, PlannedInterface])[];
	readonly offloads: boolean;
	readonly staticNeighbours: boolean;
}

/** veth takes from 68 (IPv4's minimum, RFC 791) to 65535. */
const mtuRange = [68, 65_535] as const;

function checkSpec({hosts, links}: LabSpec): void {
	if (hosts.length === 0) throw usage('a lab needs at least one host');
	for (const [i, name] of hosts.entries()) {
		if (!/^[a-z0-9][a-z0-9-]{0,30}$/i.test(name)) throw usage(`"${name}" is no host name: letters, digits and dashes, 31 at most`);
		if (hosts.indexOf(name) !== i) throw usage(`host "${name}" is named twice`);
	}
	for (const {between, mtu = 1500, loss = 0} of links) {
		for (const end of between) if (!hosts.includes(end)) throw usage(`a link ends at "${end}", which is no host of this lab (${hosts.join(', ')})`);
		if (between[0] === between[1]) throw usage(`a link from "${between[0]}" to itself`);
		if (!Number.isInteger(mtu) || mtu < mtuRange[0] || mtu > mtuRange[1]) throw usage(`MTU ${mtu} is outside ${mtuRange[0]} to ${mtuRange[1]}`);
		if (!(loss >= 0 && loss <= 1)) throw usage(`a loss of ${loss} is outside 0 to 1`);
	}
	if (links.length > 250) throw usage(`${links.length} links: 250 at most`);
}

/**
 * Lays a lab out: link number L carries 10.77.L.0/24 and fd77:0:0:L::/64, its first end is .1, the second .2; MACs are locally
 * administered and the same in every run, so that captures of two runs can be compared. ERR_USAGE.
 */
export function planLab(spec: LabSpec, prefix: string): Plan {
	checkSpec(spec);
	const count = new Map<string, number>();
	const interfaces: PlannedInterface[] = [];
	const links = spec.links.map(({between, mtu = 1500, loss = 0, lossEngine, seed = 1}, number) => {
		const ends = between.map((host, side) => ({
			host,
			mac: `02:6e:73:${number.toString(16).padStart(2, '0')}:00:0${side + 1}`,
			address: `10.77.${number}.${side + 1}`,
			address6: number === 0 ? `fd77::${side + 1}` : `fd77:0:0:${number.toString(16)}::${side + 1}`,
		}));
		const pair = ends.map((end, side) => {
			const index = count.get(end.host) ?? 0;
			count.set(end.host, index + 1);
			// the other odd multiple keeps both directions' losses apart
			return {...end, name: `eth${index}`, peer: ends[1 - side] as (typeof ends)[0], mtu, loss, lossEngine, seed: (seed * 2 + side + number * 1000) | 0};
		});
		interfaces.push(...pair);
		return pair as [PlannedInterface, PlannedInterface];
	});
	const hosts = spec.hosts.map(name => ({name, namespace: `${prefix}-${name}`, interfaces: interfaces.filter(({host}) => host === name)}));
	return {prefix, hosts, links, offloads: spec.offloads ?? false, staticNeighbours: spec.staticNeighbours ?? false};
}

/** The `ip` commands that build a plan, in order: one array of arguments each. */
export function buildCommands(plan: Plan, ipv6: boolean): string[][] {
	const commands: string[][] = [];
	const namespaceOf = (host: string) => plan.hosts.find(({name}) => name === host)?.namespace as string;
	for (const {namespace} of plan.hosts) {
		commands.push(['netns', 'add', namespace]);
		commands.push(['-n', namespace, 'link', 'set', 'lo', 'up']);
	}
	for (const [a, b] of plan.links) {
		const end = ({name, mac, mtu, host}: PlannedInterface) => ['name', name, 'mtu', String(mtu), 'address', mac, 'netns', namespaceOf(host)];
		commands.push(['link', 'add', ...end(a), 'type', 'veth', 'peer', ...end(b)]);
	}
	for (const end of plan.links.flat()) {
		const at = (...words: string[]) => commands.push(['-n', namespaceOf(end.host), ...words]);
		// no link-local address: it would bring router solicitations and duplicate address detection into every count of frames
		if (ipv6) at('link', 'set', end.name, 'addrgenmode', 'none');
		at('link', 'set', end.name, 'up');
		at('addr', 'add', `${end.address}/24`, 'dev', end.name);
		if (ipv6 && end.mtu >= 1280) at('-6', 'addr', 'add', `${end.address6}/64`, 'dev', end.name, 'nodad');
		if (!plan.staticNeighbours) continue;
		at('neigh', 'replace', end.peer.address, 'lladdr', end.peer.mac, 'dev', end.name, 'nud', 'permanent');
		if (ipv6 && end.mtu >= 1280) at('-6', 'neigh', 'replace', end.peer.address6, 'lladdr', end.peer.mac, 'dev', end.name, 'nud', 'permanent');
	}
	return commands;
}
