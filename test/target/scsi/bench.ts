// A device server over memory, and CDBs in hexadecimal.
import type {ExecutionContext} from 'ava';
import {memoryVolume} from '../../../src/disk/memory.js';
import type {Nexus} from '../../../src/target/scsi/nexus.js';
import type {Outcome} from '../../../src/target/scsi/outcome.js';
import {DeviceServer} from '../../../src/target/scsi/server.js';
import {logicalUnit, type UnitOptions} from '../../../src/target/scsi/unit.js';

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
export const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

export interface Bench {
	readonly server: DeviceServer;
	readonly nexus: Nexus;
	readonly volume: ReturnType<typeof memoryVolume>;
	/** Runs a CDB given in hexadecimal, padded with zeros. */
	run(cdb: string, lun?: bigint, nexus?: Nexus): Outcome;
}

export function bench(options: UnitOptions & {size?: number; quiet?: boolean; units?: number} = {}): Bench {
	const {size = 2 ** 20, quiet = true, units = 1, ...unit} = options;
	const volume = memoryVolume(size);
	for (let i = 0; i < size; i++) volume.bytes[i] = (i * 13 + (i >> 9)) & 0xff;
	const server = new DeviceServer(
		Array.from({length: units}, (_, lun) => logicalUnit(lun, volume, unit)),
		{deviceName: 'iqn.2026-01.x:y', portName: 'iqn.2026-01.x:y,t,0x0001'},
	);
	const nexus = server.attach();
	if (quiet) nexus.clearAttentions(0);
	return {server, nexus, volume, run: (cdb, lun = 0n, by = nexus) => server.execute(by, lun, viewOf(hex(cdb.replaceAll(' ', '').padEnd(32, '0'))), 0)};
}

/** Status, sense key and additional sense code of an outcome that is over. */
export const told = (outcome: Outcome) =>
	outcome.kind === 'done'
		? [outcome.status, outcome.sense ? outcome.sense[2]! & 0x0f : 0, outcome.sense ? outcome.sense[12]! * 256 + outcome.sense[13]! : 0]
		: [outcome.kind];

export const data = (t: ExecutionContext, outcome: Outcome): Uint8Array => {
	t.is(outcome.kind, 'reply');
	return outcome.kind === 'reply' ? outcome.data : new Uint8Array(0);
};
