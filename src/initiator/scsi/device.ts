// A logical unit as a block device: unit attentions taken, identity and size read, then reads and writes split to what the target takes.
import {NetstressError, usage} from '../../base/errors.js';
import {blockLimits, capacity10, capacity16, modeHead6} from '../../wire/scsi-data.js';
import type {BlockRequest, SessionCounters} from '../session.js';
import * as cdb from './cdb.js';
import type {ScsiTransport} from './command.js';
import {Runner} from './runner.js';

export interface DeviceOptions {
	/** For messages. */
	readonly address: string;
	/** A command without status for this long fails with ERR_TIMEOUT, milliseconds. Default 30000. */
	readonly deadlineMs?: number;
	/** Longest command, bytes; the target's own limit counts too. Default 1 MiB. */
	readonly maxTransfer?: number;
}

/** What INQUIRY tells, for people. */
export type DeviceFacts = Readonly<Record<string, string>>;

export interface ScsiDevice {
	readonly blockSize: number;
	/** Bytes. */
	readonly size: number;
	readonly readOnly: boolean;
	/** Longest command, bytes. */
	readonly maxTransfer: number;
	readonly identity: DeviceFacts;
	submit(request: BlockRequest): void;
	/** Takes no more requests; false when that was so already. */
	shut(): boolean;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const text = (bytes: Uint8Array) =>
	Array.from(bytes, code => (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : ' '))
		.join('')
		.trim();

/** Brings a logical unit up. ERR_IO (no such LUN, the target refuses), ERR_TIMEOUT, ERR_PROTOCOL, ERR_CLOSED. */
export async function openDevice(transport: ScsiTransport, lun: bigint, counters: SessionCounters, options: DeviceOptions): Promise<ScsiDevice> {
	const {address} = options;
	const runner = new Runner(transport, lun, counters, options.deadlineMs ?? 30_000);
	const ask = (what: string, command: Uint8Array, length: number): Promise<Uint8Array> =>
		new Promise((resolve, reject) => {
			const dataIn = new Uint8Array(length);
			runner.start(
				command,
				length > 0 ? dataIn : undefined,
				undefined,
				() => `${what} of ${address}`,
				(error, received) => (error ? reject(error) : resolve(dataIn.subarray(0, received))),
			);
		});
	const optional = async (what: string, command: Uint8Array, length: number) => {
		const before = counters.errors;
		try {
			return await ask(what, command, length);
		} catch (error) {
			if (!(error instanceof NetstressError) || error.code !== 'ERR_IO') throw error;
			counters.errors = before;
			return new Uint8Array(0);
		}
	};

	const inquiry = await ask('INQUIRY', cdb.inquiryCdb(undefined, INQUIRY_LENGTH), INQUIRY_LENGTH);
	await ask('TEST UNIT READY', cdb.testUnitReadyCdb(), 0);
	const serial = await optional('INQUIRY page 80', cdb.inquiryCdb(0x80, 64), 64);
	const {size, blockSize} = await capacity(address, ask, optional);
	runner.blockSize = blockSize;
	const limits = await optional('INQUIRY page B0', cdb.inquiryCdb(0xb0, 64), 64);
	const limit = limits.length >= 12 && limits[1] === 0xb0 ? blockLimits.fields['bl.mtl'].read(viewOf(limits), 0) * blockSize : 0;
	const mode = await optional('MODE SENSE (6)', cdb.modeSense6Cdb(255), 255);
	const readOnly = mode.length >= 4 && (modeHead6.fields['cdb.mode.device_specific_parameter'].read(viewOf(mode), 0) & 0x80) !== 0;
	const wanted = Math.max(blockSize, options.maxTransfer ?? 0x10_0000);
	const most = Math.min(wanted, limit > 0 ? limit : wanted, 0xffff * blockSize);
	const maxTransfer = most - (most % blockSize);
	let open = true;

	return {
		blockSize,
		size,
		readOnly,
		maxTransfer,
		identity: {
			vendor: text(inquiry.subarray(8, 16)),
			product: text(inquiry.subarray(16, 32)),
			revision: text(inquiry.subarray(32, 36)),
			...(serial.length > 4 && serial[1] === 0x80 ? {serial: text(serial.subarray(4, 4 + serial[3]!))} : {}),
		},
		submit(request: BlockRequest) {
			if (!open) throw new NetstressError('ERR_CLOSED', `${address} has been closed`);
			submit(runner, address, blockSize, maxTransfer, request);
		},
		shut() {
			const was = open;
			open = false;
			return was;
		},
	};
}

/** Standard INQUIRY data up to the revision (SPC-4 6.6.2). */
const INQUIRY_LENGTH = 36;

type Ask = (what: string, command: Uint8Array, length: number) => Promise<Uint8Array>;

async function capacity(address: string, ask: Ask, optional: Ask): Promise<{size: number; blockSize: number}> {
	const long = await optional('READ CAPACITY (16)', cdb.readCapacity16Cdb(capacity16.length), capacity16.length);
	let last: number;
	let blockSize: number;
	if (long.length >= 12) {
		last = Number(capacity16.fields.lba64_add.read(viewOf(long), 0));
		blockSize = capacity16.fields.blocksize.read(viewOf(long), 0);
	} else {
		const short = capacity10.decode(viewOf(await ask('READ CAPACITY (10)', cdb.readCapacity10Cdb(), capacity10.length)));
		last = short.returned_lba;
		blockSize = short.blocksize;
	}
	if (blockSize < 512 || blockSize > 0x1_0000 || blockSize % 512 !== 0) {
		throw new NetstressError('ERR_PROTOCOL', `${address} has blocks of ${blockSize} bytes`, {blockSize});
	}
	return {size: (last + 1) * blockSize, blockSize};
}

/** Starts a request, as so many commands as the longest transfer makes of it. */
function submit(runner: Runner, address: string, blockSize: number, maxTransfer: number, request: BlockRequest): void {
	const {op, position, bytes} = request;
	if (op === 'flush') {
		runner.start(
			cdb.synchronizeCdb(),
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
			cdb.transferCdb(write, start / blockSize, part.length / blockSize),
			write ? undefined : part,
			write ? part : undefined,
			() => `${op} of ${part.length} bytes at ${start} of ${address}`,
			(error, received) => {
				failure ??= error ?? (write || received === part.length ? undefined : short(address, received, part.length));
				if (--parts === 0) request.done(failure);
			},
		);
	}
}

const short = (address: string, received: number, wanted: number) =>
	new NetstressError('ERR_IO', `${address} sent ${received} of ${wanted} bytes with status GOOD`, {received, wanted});
