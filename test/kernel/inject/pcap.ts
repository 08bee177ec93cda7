// Frames into capture files and out of tshark, for the tests of what the injector builds.
import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {encodePcapHeader, encodePcapRecord, type PcapFormat} from '../../../src/wire/pcap.js';
import {concat} from '../../build.js';

const format: PcapFormat = {tick: 1, littleEndian: true, snapLength: 262_144, linkType: 1};
const startNs = 1_767_225_600_000_000_000n;

export const writePcap = (path: string, frames: readonly Uint8Array[]): void =>
	writeFileSync(path, concat(encodePcapHeader(format), ...frames.map((frame, i) => encodePcapRecord(format, frame, startNs + BigInt(i) * 1_000_000n))));

/** Every checksum that Wireshark leaves alone by default. */
const checks = ['ip', 'tcp', 'udp'].flatMap(name => ['-o', `${name}.check_checksum:TRUE`]);

/** What tshark prints. */
export const tshark = (path: string, ...more: string[]): string =>
	execFileSync('tshark', ['-n', '-r', path, ...checks, '-o', 'tcp.desegment_tcp_streams:FALSE', '-o', 'tcp.analyze_sequence_numbers:FALSE', ...more], {
		encoding: 'utf8',
		maxBuffer: 1 << 28,
		stdio: ['ignore', 'pipe', 'ignore'],
	});
