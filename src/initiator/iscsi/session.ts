// An iSCSI LUN as a block device: login, unit attentions, size, then reads and writes split to what the target takes.
import {hostname} from 'node:os';
import {NetstressError} from '../../base/errors.js';
import type {ScsiCommand} from '../scsi/command.js';
import {type DeviceFacts, openDevice} from '../scsi/device.js';
import type {BlockSession, SessionCounters} from '../session.js';
import {parseIscsiAddress, parsePortal} from './address.js';
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
	readonly identity: DeviceFacts;
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
	const carrier = {
		name: 'iSCSI',
		submit: (command: ScsiCommand) => transport.engine.submit(command),
		kick: () => transport.kick(),
	};
	const device = await openDevice(carrier, lun, counters, {
		address,
		...(options.deadlineMs === undefined ? {} : {deadlineMs: options.deadlineMs}),
		...(options.maxTransfer === undefined ? {} : {maxTransfer: options.maxTransfer}),
	});
	return {
		...device,
		protocol: 'iscsi',
		address,
		counters,
		agreed: transport.engine.login.agreed,
		async close() {
			if (!device.shut()) return;
			await transport.close();
		},
	};
}
