// What a wrapper does not change it passes on. A wrapper sees each outgoing frame in its slot, so `gather` (data that is not in the slot) ends here.
import type {FramePort} from './port.js';

/** A port that does what `port` does, except for the methods given. */
export function forward<T extends Partial<FramePort>>(port: FramePort, changed: T): FramePort & T {
	const passed: FramePort = {
		name: port.name,
		mac: port.mac,
		mtu: port.mtu,
		receiveSlots: port.receiveSlots,
		descriptor: port.descriptor,
		get counters() {
			return port.counters;
		},
		transmitView: port.transmitView,
		transmitBytes: port.transmitBytes,
		receive: (visit, limit) => port.receive(visit, limit),
		reserve: () => port.reserve(),
		commit: length => port.commit(length),
		flush: () => port.flush(),
		wait: timeoutMs => port.wait(timeoutMs),
		close: () => port.close(),
	};
	return Object.assign(passed, changed);
}
