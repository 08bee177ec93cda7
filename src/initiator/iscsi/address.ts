// iSCSI storage addresses, in libiscsi's form: iscsi://[USER%SECRET@]HOST[:PORT]/IQN/LUN (docs/cli.md, storage addresses).
import {NetstressError, usage} from '../../base/errors.js';
import {iscsiPort} from '../../wire/iscsi.js';

export interface IscsiPortal {
	/** Without brackets. */
	readonly host: string;
	readonly port: number;
}

export interface IscsiAddress extends IscsiPortal {
	readonly protocol: 'iscsi';
	readonly iqn: string;
	readonly lun: number;
}

const portalPattern = /^(\[[^\]\s]+\]|[^:/\s[\]]+)(?::(\d{1,5}))?$/;

/** `HOST[:PORT]`, IPv6 in brackets. ERR_USAGE. */
export function parsePortal(text: string): IscsiPortal {
	const match = portalPattern.exec(text);
	const port = Number(match?.[2] ?? iscsiPort);
	if (!match || port === 0 || port > 65_535) throw usage(`${text} is no iSCSI portal; write HOST or HOST:PORT, for instance 10.0.0.1:3260 or [::1]:3260`);
	return {host: match[1]!.replace(/^\[|\]$/g, ''), port};
}

/**
 * Takes a storage address apart. `whole` false also takes `iscsi://HOST[:PORT]`, for discovery; then the name is empty.
 * ERR_USAGE names what is wrong; ERR_UNSUPPORTED for credentials, because CHAP is not here yet.
 */
export function parseIscsiAddress(text: string, whole = true): IscsiAddress {
	const example = 'write iscsi://HOST[:PORT]/IQN/LUN, for instance iscsi://10.0.0.1/iqn.2026-01.example:disk/0';
	if (!text.startsWith('iscsi://')) throw usage(`${text} is no iSCSI address; ${example}`);
	const rest = text.slice('iscsi://'.length);
	const slash = rest.indexOf('/');
	const authority = slash < 0 ? rest : rest.slice(0, slash);
	if (authority.includes('@')) {
		throw new NetstressError('ERR_UNSUPPORTED', `${text.replace(/\/\/.*@/, '//…@')}: CHAP is not supported; use a target that takes AuthMethod=None`, {
			feature: 'CHAP',
		});
	}
	const portal = parsePortal(authority);
	const path = slash < 0 ? '' : rest.slice(slash + 1).replace(/\/$/, '');
	if (path === '' && !whole) return {protocol: 'iscsi', ...portal, iqn: '', lun: 0};
	const match = /^([^/\s]+)\/(\d{1,5})$/.exec(path);
	if (!match || Number(match[2]) > 0x3fff) throw usage(`${text} is no iSCSI address; ${example}; the LUN is 0 to 16383`);
	return {protocol: 'iscsi', ...portal, iqn: match[1]!, lun: Number(match[2])};
}
