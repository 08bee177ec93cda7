// Opens whatever a storage address names as a block session. Each protocol's code is loaded only when it is asked for.
import {existsSync} from 'node:fs';
import {usage} from '../base/errors.js';
import type {BlockSession} from './session.js';

export interface OpenOptions {
	/** Requests or frames outstanding at the most, where the protocol has a window; the target's own limit by default. */
	window?: number;
	/** A request unanswered for this long fails with ERR_TIMEOUT, milliseconds. */
	deadlineMs?: number;
}

/** Whether a storage address is a path: it looks like one, or there is a file of that name. */
export const isPathAddress = (address: string): boolean => /^\.{0,2}\//.test(address) || (!/^[a-z]+:/.test(address) && existsSync(address));

/** Opens `aoe:…`, `fcoe:…`, `iscsi://…` or a path (docs/cli.md, storage addresses). ERR_USAGE for anything else. */
export async function openSession(address: string, options: OpenOptions = {}): Promise<BlockSession> {
	if (address.startsWith('aoe:')) return (await import('./aoe/session.js')).openAoe(address, options);
	if (address.startsWith('fcoe:')) return (await import('./fcoe/session.js')).openFcoe(address, options);
	if (address.startsWith('iscsi:')) return (await import('./iscsi/session.js')).openIscsi(address, options);
	if (isPathAddress(address)) return (await import('./file.js')).openFile(address);
	throw usage(`${address} is no storage address; write aoe:IFACE/SHELF.SLOT, fcoe:IFACE[/WWPN]/LUN, iscsi://HOST[:PORT]/IQN/LUN or a path`);
}
