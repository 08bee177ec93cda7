// An iSCSI LUN as a block device: login, unit attentions, size, then reads and writes split to what the target takes.
import {hostname} from 'node:os';
import {NetstressError, usage} from '../../base/errors.js';
import {blockLimits, capacity10, capacity16, modeHead6} from '../../wire/scsi-data.js';
import type {BlockRequest, BlockSession, SessionCounters} from '../session.js';
import {parseIscsiAddress, parsePortal} from './address.js';
import {Runner} from './runner.js';
import * as scsi from './scsi.js';
import {connect, type Transport} from './transport.js';

export interface IscsiOptions {
	/** Commands outstanding at the most; the target's command window bounds it further. Default 128. */
	window?: number;
	/** A command without status for this long fails with ERR_TIMEOUT, milliseconds. Default 30000. */
	deadlineMs?: number;
	/** Time for connecting and logging in, milliseconds. Default 10000. */
	loginMs?: number;
	initiatorName?: string;
	headerDigest?: boolean;
	dataDigest?: boolean;
	/** Longest command, bytes; the target's own limit counts too. Default 1 MiB. */
	maxTransfer?: number;
	/** Seconds of silence before a NOP-Out; 0 = never. Default 5. */
	pingSeconds?: number;
	/** Seconds to wait for its answer. Default 5. */
	pingTimeoutSeconds?: number;
}

/** What the target was found to be and what was agreed on, for people. */
export interface IscsiSession extends BlockSession {
	readonly protocol: 'iscsi';
	readonly agreed: Readonly<Transport['engine']['login']['agreed']>;
	/** Longest command, bytes. */
	readonly maxTransfer: number;
}

const maxRedirects = 3;
let sessions = Math.floor(Math.random() * 0x1_0000);

export const newSessionCounters = (): SessionCounters => ({commands: 0, retransmits: 0, late: 0, duplicates: 0, errors: 0, unexpected: 0});

/** A random identifier (RFC 7143 11.12.5, type 10b), another for each session of a process. */
export function freshIsid(): Uint8Array {
	sessions = (sessions + 1) & 0xffff;
	return Uint8Array.of(0x80, process.pid >>> 16, (process.pid >>> 8) & 0xff, process.pid & 0xff, sessions >>> 8, sessions & 0xff);
}

export const defaultInitiatorName = (): string =>
	`iqn.2026-01.netstress:${
		hostname()
			.toLowerCase()
			.replace(/[^a-z0-9.-]/g, '-') || 'initiator'
	}`;

/** Options of an engine out of those of a session. */
export const engineOptions = (target: string | undefined, options: IscsiOptions) => ({
	initiator: options.initiatorName ?? defaultInitiatorName(),
	target,
	isid: freshIsid(),
	headerDigest: options.headerDigest ?? false,
	dataDigest: options.dataDigest ?? false,
	window: options.window ?? 128,
	pingSeconds: options.pingSeconds ?? 5,
	pingTimeoutSeconds: options.pingTimeoutSeconds ?? 5,
});

/** Opens `iscsi://HOST[:PORT]/IQN/LUN`. ERR_USAGE, ERR_UNSUPPORTED (CHAP), ERR_IO, ERR_TIMEOUT, ERR_PERMISSION, ERR_PROTOCOL. */
export async function openIscsi(address: string, options: IscsiOptions = {}): Promise<IscsiSession> {
	const {iqn, lun, host, port} = parseIscsiAddress(address);
	const counters = newSessionCounters();
	let portal = {host, port};
	for (let hop = 0; ; hop++) {
		try {
			const transport = await connect(portal, engineOptions(iqn, options), counters, options.loginMs ?? 10_000);
			try {
				return await prepare(address, transport, BigInt(lun <= 0xff ? lun : 0x4000 | lun) << 48n, counters, options);
			} catch (error) {
				await transport.close();
				throw error;
			}
		} catch (error) {
			// status class 1: the target is elsewhere (RFC 7143 11.13.5)
			const redirect = error instanceof NetstressError ? error.details.redirect : undefined;
			if (typeof redirect !== 'string' || hop >= maxRedirects) throw error;
			portal = parsePortal(redirect);
		}
	}
}

async function prepare(address: string, transport: Transport, lun: bigint, counters: SessionCounters, options: IscsiOptions): Promise<IscsiSession> {
	const runner = new Runner(transport, lun, counters, options.deadlineMs ?? 30_000);
	const ask = (what: string, cdb: Uint8Array, length: number): Promise<Uint8Array> =>
		new Promise((resolve, reject) => {
			const dataIn = new Uint8Array(length);
			runner.start(
				cdb,
				length > 0 ? dataIn : undefined,
				undefined,
				() => `${what} of ${address}`,
				(error, received) => (error ? reject(error) : resolve(dataIn.subarray(0, received))),
			);
		});
	const optional = async (what: string, cdb: Uint8Array, length: number) => {
		const before = counters.errors;
		try {
			return await ask(what, cdb, length);
		} catch (error) {
			if (!(error instanceof NetstressError) || error.code !== 'ERR_IO') throw error;
			counters.errors = before;
			return new Uint8Array(0);
		}
	};
	const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

	await ask('TEST UNIT READY', scsi.testUnitReadyCdb(), 0);
	const long = await optional('READ CAPACITY (16)', scsi.readCapacity16Cdb(capacity16.length), capacity16.length);
	let last: number;
	let blockSize: number;
	if (long.length >= 12) {
		last = Number(capacity16.fields.lba64_add.read(viewOf(long), 0));
		blockSize = capacity16.fields.blocksize.read(viewOf(long), 0);
	} else {
		const short = capacity10.decode(viewOf(await ask('READ CAPACITY (10)', scsi.readCapacity10Cdb(), capacity10.length)));
		last = short.returned_lba;
		blockSize = short.blocksize;
	}
	if (blockSize < 512 || blockSize > 0x1_0000 || blockSize % 512 !== 0)
		throw new NetstressError('ERR_PROTOCOL', `${address} has blocks of ${blockSize} bytes`, {blockSize});
	const limits = await optional('INQUIRY page B0', scsi.inquiryCdb(0xb0, 64), 64);
	const limit = limits.length >= 12 && limits[1] === 0xb0 ? blockLimits.fields['bl.mtl'].read(viewOf(limits), 0) * blockSize : 0;
	const mode = await optional('MODE SENSE (6)', scsi.modeSense6Cdb(255), 255);
	const readOnly = mode.length >= 4 && (modeHead6.fields['cdb.mode.device_specific_parameter'].read(viewOf(mode), 0) & 0x80) !== 0;
	const wanted = Math.max(blockSize, options.maxTransfer ?? 0x10_0000);
	const most = Math.min(wanted, limit > 0 ? limit : wanted, 0xffff * blockSize);
	const maxTransfer = most - (most % blockSize);
	const size = (last + 1) * blockSize;
	let closed = false;

	return {
		protocol: 'iscsi',
		address,
		blockSize,
		size,
		readOnly,
		counters,
		agreed: transport.engine.login.agreed,
		maxTransfer,
		submit(request: BlockRequest) {
			const {op, position, bytes} = request;
			if (closed) throw new NetstressError('ERR_CLOSED', `${address} has been closed`);
			if (op === 'flush') {
				runner.start(
					scsi.synchronizeCdb(),
					undefined,
					undefined,
					() => `flush of ${address}`,
					error => request.done(error),
				);
				return;
			}
			if (position % blockSize !== 0 || bytes.length % blockSize !== 0 || bytes.length === 0 || position < 0) {
				throw usage(`${op} of ${bytes.length} bytes at ${position}: position and length are multiples of ${blockSize}, the length not 0`);
			}
			let parts = Math.ceil(bytes.length / maxTransfer);
			let failure: NetstressError | undefined;
			for (let at = 0; at < bytes.length; at += maxTransfer) {
				const part = bytes.length <= maxTransfer ? bytes : bytes.subarray(at, at + maxTransfer);
				const start = position + at;
				const write = op === 'write';
				runner.start(
					scsi.transferCdb(write, start / blockSize, part.length / blockSize),
					write ? undefined : part,
					write ? part : undefined,
					() => `${op} of ${part.length} bytes at ${start} of ${address}`,
					(error, received) => {
						failure ??= error ?? (write || received === part.length ? undefined : short(address, received, part.length));
						if (--parts === 0) request.done(failure);
					},
				);
			}
		},
		async close() {
			if (closed) return;
			closed = true;
			await transport.close();
		},
	};
}

const short = (address: string, received: number, wanted: number) =>
	new NetstressError('ERR_IO', `${address} sent ${received} of ${wanted} bytes with status GOOD`, {received, wanted});
