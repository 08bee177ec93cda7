// What this kernel and this user allow. A probe tries the thing itself and says present, absent or failed: "failed" means that the question could
// not be answered, and must not be read as "absent".
import {existsSync, readFileSync} from 'node:fs';
import {release} from 'node:os';
import type {NetstressError} from '../base/errors.js';
import {libc, syscallError} from './libc.js';

export type ProbeState = 'present' | 'absent' | 'failed';

export interface Probe {
	readonly name: string;
	readonly state: ProbeState;
	readonly detail: string;
	/** The first Linux version that has it. */
	readonly minimumKernel?: string | undefined;
}

/** Compares `uname -r` with a version such as `5.10`. */
export function kernelAtLeast(version: string, running = release()): boolean {
	const numbers = (text: string) => text.split(/[.-]/).slice(0, 2).map(Number) as [number, number];
	const [major, minor] = numbers(running);
	const [wantedMajor, wantedMinor] = numbers(version);
	return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** Capabilities that matter here, with their bit in CapEff (linux/capability.h). */
export const capabilities = {CAP_NET_ADMIN: 12, CAP_NET_RAW: 13, CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39} as const;

/** Which of them this process has in its own user namespace. */
export function effectiveCapabilities(): Set<keyof typeof capabilities> {
	const text = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
	const bits = BigInt(`0x${text}`);
	return new Set((Object.keys(capabilities) as (keyof typeof capabilities)[]).filter(name => (bits >> BigInt(capabilities[name])) & 1n));
}

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOL_PACKET = 263;
const option = {rxRing: 5, version: 10, txRing: 13} as const;
const packetVersion = {V2: 1, V3: 2} as const;
const blockSize = 65_536;
const frameSize = 2048;

const words = (...values: number[]) => {
	const bytes = new Uint8Array(values.length * 4);
	values.forEach((value, i) => {
		new DataView(bytes.buffer).setUint32(i * 4, value, true);
	});
	return bytes;
};

/** struct tpacket_req, and behind it what struct tpacket_req3 adds (linux/if_packet.h): a 10 ms block timer. */
const ringRequest = (version: keyof typeof packetVersion) => {
	const request = [blockSize, 2, frameSize, (2 * blockSize) / frameSize];
	return version === 'V2' ? words(...request) : words(...request, 10, 0, 0);
};

/** Tries one kind of ring on a packet socket of its own, which sees no frames (protocol 0). */
function tryRing(name: string, version: keyof typeof packetVersion, ring: number, minimumKernel: string): Probe {
	const fd = libc.socket(AF_PACKET, SOCK_RAW, 0);
	try {
		if (fd < 0) throw syscallError('open a packet socket', 'socket');
		const set = (what: string, number: number, value: Uint8Array) => {
			if (libc.setsockopt(fd, SOL_PACKET, number, value, value.length) < 0) throw syscallError(what, 'setsockopt');
		};
		set(`choose TPACKET_${version}`, option.version, words(packetVersion[version]));
		set(`set up a ${name}`, ring, ringRequest(version));
		return {name, state: 'present', detail: `TPACKET_${version}`, minimumKernel};
	} catch (error) {
		const {message, details} = error as NetstressError;
		const absent = ['EPERM', 'EACCES', 'EAFNOSUPPORT', 'ENOPROTOOPT', 'EINVAL'].includes(String(details.errno));
		return {name, state: absent ? 'absent' : 'failed', detail: message, minimumKernel};
	} finally {
		if (fd >= 0) libc.close(fd);
	}
}

/** Packet rings in the network namespace of this process. */
export const probeRings = (): Probe[] => [
	tryRing('packet receive ring V2', 'V2', option.rxRing, '2.6.27'),
	tryRing('packet transmit ring V2', 'V2', option.txRing, '2.6.31'),
	tryRing('packet receive ring V3', 'V3', option.rxRing, '3.2'),
];

/** Things that are there when a path is. */
export const probePath = (name: string, path: string, minimumKernel?: string): Probe => ({
	name,
	state: existsSync(path) ? 'present' : 'absent',
	detail: existsSync(path) ? path : `${path} does not exist`,
	minimumKernel,
});
