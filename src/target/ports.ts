// The statistics of a running target as it tells them to who asks (docs/target.md, "Asking it"): one row for each port or portal, the same for all protocols.
import type {TargetStats} from './serve.js';

/** Since the start. */
export interface PortStatistics {
	/** `aoe:eth0`, `fcoe:eth0`, `iscsi:0.0.0.0:3260`. */
	readonly port: string;
	/** Sessions that are logged in; null for AoE, which has none. */
	readonly initiators: number | null;
	readonly commands: number;
	readonly readBytes: number;
	readonly writtenBytes: number;
	/** Commands that ended otherwise than well: ATA errors, CHECK CONDITION. One for each new session is usual (UNIT ATTENTION, SAM-5 5.14). */
	readonly failed: number;
	/** Frames or PDUs that broke the protocol. */
	readonly errors: number;
	/** Frames that our receive ring lost or the kernel refused to send. */
	readonly lost: number;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** A row for each port. */
export function portsOf({aoe, fcoe, iscsi}: TargetStats): PortStatistics[] {
	const lostAt = ({receiveDropped, transmitFailed}: {receiveDropped: number; transmitFailed: number}) => receiveDropped + transmitFailed;
	const aoePorts = (aoe?.ports ?? []).map((port): PortStatistics => {
		const mine = aoe!.exports.filter(({address}) => address.startsWith(`aoe:${port.iface}/`));
		const of = (count: (each: (typeof mine)[number]) => number) => sum(mine.map(count));
		return {
			port: `aoe:${port.iface}`,
			initiators: null,
			commands: of(({reads, writes, flushes}) => reads + writes + flushes),
			readBytes: of(({readBytes}) => readBytes),
			writtenBytes: of(({writtenBytes}) => writtenBytes),
			failed: of(({ataErrors}) => ataErrors),
			errors: of(({protocolErrors}) => protocolErrors),
			lost: lostAt(port),
		};
	});
	const fcoePorts = (fcoe?.ports ?? []).map(
		(port): PortStatistics => ({
			port: `fcoe:${port.iface}`,
			initiators: port.initiators.length,
			commands: port.fcp.commands,
			readBytes: port.fcp.readBytes,
			writtenBytes: port.fcp.writtenBytes,
			failed: port.fcp.checkConditions,
			errors: port.fcp.malformed,
			lost: lostAt(port),
		}),
	);
	const portals = (iscsi ?? []).map(
		({host, port, counters}): PortStatistics => ({
			port: `iscsi:${host.includes(':') ? `[${host}]` : host}:${port}`,
			initiators: counters.sessions ?? 0,
			commands: counters.commands ?? 0,
			readBytes: counters.readBytes ?? 0,
			writtenBytes: counters.writtenBytes ?? 0,
			failed: counters.checkConditions ?? 0,
			errors: (counters.protocolErrors ?? 0) + (counters.digestErrors ?? 0),
			lost: 0,
		}),
	);
	return [...aoePorts, ...fcoePorts, ...portals];
}
