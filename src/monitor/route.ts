// Which interfaces carry a default route: those are the ones that people are reached by (RFC 6815: tests stay off production networks).
import {readFileSync} from 'node:fs';

const read = (path: string) => {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
};

/** From the text of /proc/net/route: interface, destination, gateway, flags, …, mask; numbers in hexadecimal. */
export const defaultRoutes4 = (text: string): string[] =>
	text
		.split('\n')
		.slice(1)
		.map(line => line.trim().split(/\s+/))
		.filter(fields => fields[1] === '00000000' && fields[7] === '00000000')
		.map(fields => fields[0] as string);

/** From the text of /proc/net/ipv6_route: destination, prefix length, …, flags, interface. RTF_REJECT (0x200) marks the unreachable one of lo. */
export const defaultRoutes6 = (text: string): string[] =>
	text
		.split('\n')
		.map(line => line.trim().split(/\s+/))
		.filter(
			fields => fields.length >= 10 && /^0{32}$/.test(fields[0] as string) && fields[1] === '00' && (Number.parseInt(fields[8] as string, 16) & 0x200) === 0,
		)
		.map(fields => fields[9] as string);

/** The interfaces of this namespace with a default route, IPv4 or IPv6. */
export const defaultRouteInterfaces = (): string[] => [
	...new Set([...defaultRoutes4(read('/proc/thread-self/net/route')), ...defaultRoutes6(read('/proc/thread-self/net/ipv6_route'))]),
];

/** Bits a second that the link is up with; undefined where the driver does not say (sysfs: -1, or an error while down). */
export function linkSpeed(iface: string): number | undefined {
	const megabits = Number(read(`/sys/class/net/${iface}/speed`));
	return megabits > 0 ? megabits * 1e6 : undefined;
}
