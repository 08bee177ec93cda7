// Drops as the kernel's own drop monitor tells them (net-dm.ts): one message for each, so that under a flood many find the queue full; the kernel counts those. There is
// one switch for the whole machine: where another program has it on, we listen and leave it as it is.
import {NetstressError} from '../../base/errors.js';
import {genericHeader, Netlink, netlinkFamily} from '../../sys/netlink.js';
import {NetlinkListener} from '../../sys/netlink-listen.js';
import {messages} from '../../sys/netlink-message.js';
import {type Drop, type DropSource, mergeDrops, type Sample} from './drop.js';
import {command, configuration, dropMonitor, isPacketMode, type PacketAlert, packetAlert, queueDrops, softwareOnly} from './net-dm.js';
import {protocolName} from './protocols.js';
import {explain} from './reasons.js';
import {sampleBytes} from './sample-program.js';

const bufferBytes = 16 << 20;
/** Packets that wait for each CPU inside the kernel; its own default is 1000. */
const queueLength = 8192;
const pollMs = 10;
/** Bytes of a packet that are asked for when nobody wants them; 0 would be all. */
const fewBytes = 1;

/** A packet alert as a drop. */
function dropOf({symbol: full, reason: given, protocol, ifindex, hardware}: PacketAlert): Drop {
	const symbol = full.replace(/(\.(constprop|isra|part|cold)\S*?)?\+0x.*$/, '');
	const reason = hardware ? `HARDWARE_${symbol.toUpperCase()}` : (given ?? 'NOT_SPECIFIED').replace(/^SKB_DROP_REASON_/, '');
	const {place, kind} = hardware ? ({place: 'nic-error', kind: 'loss'} as const) : explain(reason, symbol);
	return {reason, symbol, protocol, protocolName: protocolName(protocol), iface: '', ifindex, netns: 0, namespace: '', place, kind, count: 1};
}

/** Opens the source. ERR_UNSUPPORTED without the family (CONFIG_NET_DROP_MONITOR) or where another program uses it otherwise; ERR_PERMISSION without CAP_NET_ADMIN. */
export function openNetlinkSource({samplesPerKind = 0}: {samplesPerKind?: number | undefined} = {}): DropSource {
	const netlink = new Netlink(netlinkFamily.generic);
	let listener: NetlinkListener | undefined;
	let started = false;
	let timer: NodeJS.Timeout | undefined;
	let closed = false;
	const close = () => {
		if (closed) return;
		closed = true;
		clearInterval(timer);
		try {
			if (started) ask(command.stop, 'stop the drop monitor', softwareOnly);
		} finally {
			listener?.close();
			netlink.close();
		}
	};
	let family = 0;
	const ask = (number: number, what: string, parts: readonly Uint8Array[] = []) =>
		netlink.order(family, what, genericHeader(number, dropMonitor.version), ...parts);
	const get = (number: number, what: string) => netlink.get(family, what, genericHeader(number, dropMonitor.version));
	try {
		const found = netlink.familyWithGroup(dropMonitor.family, dropMonitor.group);
		if (found === undefined)
			throw new NetstressError('ERR_UNSUPPORTED', 'this kernel has no drop monitor (CONFIG_NET_DROP_MONITOR; modprobe drop_monitor)', {feature: 'NET_DM'});
		family = found.family;
		try {
			ask(command.config, 'set up the drop monitor', configuration(samplesPerKind > 0 ? sampleBytes : fewBytes, queueLength));
			ask(command.start, 'start the drop monitor', softwareOnly);
			started = true;
		} catch (error) {
			const {details} = error as NetstressError;
			const busy = details.errno === 'EBUSY' || details.errno === 'EAGAIN';
			const config = busy ? get(command.configGet, 'ask how the drop monitor is set up') : undefined;
			if (!busy) throw error;
			if (config === undefined || !isPacketMode(config))
				throw new NetstressError(
					'ERR_UNSUPPORTED',
					'another program uses the drop monitor, in summary mode; end it (dropwatch), or use another --source',
					{feature: 'NET_DM'},
					error,
				);
		}
		listener = new NetlinkListener(netlinkFamily.generic, found.group, bufferBytes);
		const counts = new Map<string, Drop>();
		const kept: Sample[] = [];
		const take = (alert: PacketAlert) => {
			const drop = dropOf(alert);
			const key = `${drop.reason}/${drop.symbol}/${drop.protocol}/${drop.ifindex}`;
			const count = (counts.get(key)?.count ?? 0) + 1;
			counts.set(key, {...drop, count});
			if (count <= samplesPerKind)
				kept.push({drop, location: alert.symbol.replace(/\/0x[0-9a-f]+$/, ''), time: alert.time, length: alert.length, bytes: alert.payload, link: 'ethernet'});
		};
		const drain = () => {
			for (let datagram = listener?.next(); datagram !== undefined; datagram = listener?.next())
				for (const {type, payload} of messages(datagram)) {
					const alert = type === family ? packetAlert(payload) : undefined;
					if (alert !== undefined) take(alert);
				}
		};
		const stats = () => {
			const answer = closed ? undefined : get(command.statsGet, "ask for the drop monitor's own losses");
			return answer === undefined ? 0 : queueDrops(answer);
		};
		const before = stats();
		timer = setInterval(drain, pollMs);
		timer.unref();
		return {
			name: 'netlink',
			cannotSee: [
				'the namespace of a drop: the number of the interface alone may be of any',
				'frames that had no link header yet: those dropped on their way out, above the interface',
				'what comes faster than it can be read; that is counted as lost events',
				'frames that a card or its driver lost before the kernel had them: netstress monitor',
			],
			read() {
				if (!closed) drain();
				return mergeDrops(counts.values());
			},
			lostEvents: () => stats() - before + (listener?.overflows ?? 0),
			samples: () => kept.splice(0),
			lostSamples: () => 0,
			close,
		};
	} catch (error) {
		close();
		throw error;
	}
}
