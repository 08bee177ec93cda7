// What the tests of the iSCSI engine share: a target in memory, requests written from the wire tables, replies cut into PDUs.
import {memoryVolume} from '../../../src/disk/memory.js';
import {Connection} from '../../../src/target/iscsi/connection.js';
import {Target, type TargetOptions} from '../../../src/target/iscsi/target.js';
import {DeviceServer} from '../../../src/target/scsi/server.js';
import {logicalUnit, type UnitOptions} from '../../../src/target/scsi/unit.js';
import * as iscsi from '../../../src/wire/iscsi.js';
import {type FramingRules, PduFramer} from '../../../src/wire/iscsi-frame.js';
import {opcode} from '../../../src/wire/iscsi-names.js';
import {decodeText, encodeText, type TextPair} from '../../../src/wire/iscsi-text.js';

export const iqn = 'iqn.2026-01.netstress:unit';
export const initiator = 'iqn.2026-01.netstress:me';

export interface Reply {
	readonly opcode: number;
	/** The basic header. */
	readonly view: DataView;
	readonly data: Uint8Array;
}

/** One initiator's end of a connection. */
export class Client {
	readonly connection: Connection;
	readonly rules: FramingRules = {maxData: 0xff_ffff, maxAhs: 1024, headerDigest: false, dataDigest: false};
	nowMs = 0;
	cmdSn = 1;
	expStatSn = 0;
	tag = 0;
	readonly #framer = new PduFramer(this.rules);

	constructor(connection: Connection) {
		this.connection = connection;
	}

	/** Gives the target bytes and takes everything it has to say. */
	send(...parts: readonly Uint8Array[]): Reply[] {
		for (const part of parts) this.connection.receive(Uint8Array.from(part), this.nowMs);
		return this.take();
	}

	take(bufferBytes = 0x1_0000): Reply[] {
		const replies: Reply[] = [];
		const buffer = new Uint8Array(bufferBytes);
		for (;;) {
			const length = this.connection.pull(buffer.fill(0xa5), new DataView(buffer.buffer));
			if (length === 0) return replies;
			const fault = this.#framer.push(buffer.slice(0, length), pdu => {
				if (!pdu.dataIntact) throw new Error('data digest');
				const head = pdu.bytes.slice(pdu.at, pdu.at + 48);
				replies.push({opcode: head[0]! & 0x3f, view: new DataView(head.buffer), data: pdu.bytes.slice(pdu.dataAt, pdu.dataAt + pdu.dataLength)});
			});
			if (fault) throw new Error(`the target's stream cannot be cut: ${fault.kind}`);
		}
	}

	/** Logs in as an ordinary session; the keys are added to the operational stage. */
	login(keys: readonly TextPair[] = [], names: Partial<Record<'InitiatorName' | 'TargetName' | 'SessionType', string>> = {}, isid = 1): Reply[] {
		const pairs: TextPair[] = Object.entries({InitiatorName: initiator, TargetName: iqn, SessionType: 'Normal', ...names});
		const replies = this.send(loginPdu([...pairs, ...keys], {isid: Uint8Array.of(0x80, 0, 0, 0, 0, isid), expstatsn: this.expStatSn}));
		for (const [key, value] of replies.flatMap(reply => pairsOf(reply))) {
			if (key === 'HeaderDigest') this.rules.headerDigest = value === 'CRC32C';
			if (key === 'DataDigest') this.rules.dataDigest = value === 'CRC32C';
		}
		return replies;
	}

	/** A SCSI command with its data; `more` overrides header fields. */
	command(cdb: string, more: {data?: Uint8Array; [field: string]: number | bigint | Uint8Array | undefined} = {}): Uint8Array {
		const {data, ...fields} = more;
		const immediate = fields.I === 1;
		const bytes = pduOf(
			view =>
				iscsi.scsiCommand.encode(
					{
						opcode: opcode.scsiCommand,
						'scsicommand.F': 1,
						'scsicommand.attr': 1,
						datasegmentlength: data?.length ?? 0,
						initiatortasktag: ++this.tag,
						cmdsn: immediate ? this.cmdSn : this.cmdSn++,
						_cdb: Uint8Array.from(Buffer.from(cdb.replaceAll(' ', ''), 'hex')),
						...fields,
					},
					view,
				),
			data,
		);
		return bytes;
	}

	read(cdb: string, length: number, more = {}): Uint8Array {
		return this.command(cdb, {'scsicommand.R': 1, 'scsicommand.expecteddatatransferlength': length, ...more});
	}

	write(cdb: string, length: number, data?: Uint8Array, more = {}): Uint8Array {
		return this.command(cdb, {'scsicommand.W': 1, 'scsicommand.expecteddatatransferlength': length, ...(data ? {data} : {}), ...more});
	}
}

export function pduOf(encode: (view: DataView) => void, data?: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(48 + (((data?.length ?? 0) + 3) & ~3));
	encode(new DataView(bytes.buffer));
	if (data) bytes.set(data, 48);
	return bytes;
}

/** A Login Request that goes straight to full feature phase; `more` overrides header fields. */
export function loginPdu(pairs: readonly TextPair[], more: Record<string, unknown> = {}): Uint8Array {
	const data = encodeText(pairs);
	return pduOf(
		view =>
			iscsi.login.encode(
				{
					opcode: opcode.login,
					_I: 1,
					'login.T': 1,
					'login.csg': 1,
					'login.nsg': 3,
					datasegmentlength: data.length,
					isid: Uint8Array.of(0x80, 0, 0, 0, 0, 1),
					cmdsn: 1,
					...more,
				},
				view,
			),
		data,
	);
}

export const pairsOf = (reply: Reply): readonly TextPair[] =>
	reply.opcode === opcode.loginResponse || reply.opcode === opcode.textResponse ? decodeText(reply.data).pairs : [];

export const loginStatusOf = (reply: Reply | undefined): number => reply?.view.getUint16(36) ?? -1;

export interface Bench {
	readonly target: Target;
	readonly volume: ReturnType<typeof memoryVolume>;
	connect(): Client;
}

export function bench(options: {size?: number; target?: TargetOptions; unit?: UnitOptions; readOnly?: boolean} = {}): Bench {
	const {size = 2 ** 20} = options;
	const volume = memoryVolume(size, {readOnly: options.readOnly ?? false});
	for (let i = 0; i < size; i++) volume.bytes[i] = (i * 7 + (i >> 9)) & 0xff;
	const target = new Target(iqn, new DeviceServer([logicalUnit(0, volume, options.unit)]), options.target);
	return {target, volume, connect: () => new Client(new Connection(target, '192.0.2.1:3260', 0))};
}

/** A client that has logged in and heard of the power-on. */
export function loggedIn(from: Bench, keys: readonly TextPair[] = []): Client {
	const client = from.connect();
	client.login(keys);
	client.send(client.command('000000000000'));
	return client;
}
