// What a portal has: SendTargets over a discovery session (RFC 7143 4.3, annex C).
import {NetstressError} from '../../base/errors.js';
import {iscsiPort} from '../../wire/iscsi.js';
import {engineOptions, type IscsiOptions, newSessionCounters} from './session.js';
import {connect} from './transport.js';

export interface DiscoveredTarget {
	readonly iqn: string;
	/** `HOST:PORT,GROUP` each; empty means the portal that was asked. */
	readonly portals: readonly string[];
}

/** Lists the targets that a portal tells of. Errors as `openIscsi`. */
export async function discoverIscsi(host: string, port = iscsiPort, options: IscsiOptions = {}): Promise<DiscoveredTarget[]> {
	const transport = await connect({host, port}, engineOptions(undefined, options), newSessionCounters(), options.loginMs ?? 10_000);
	const answer = new Promise<DiscoveredTarget[]>(resolve => {
		transport.engine.sendTargets(pairs => {
			const targets: Array<{iqn: string; portals: string[]}> = [];
			for (const [key, value] of pairs) {
				if (key === 'TargetName') targets.push({iqn: value, portals: []});
				else if (key === 'TargetAddress') targets.at(-1)?.portals.push(value);
			}
			resolve(targets);
		});
	});
	transport.kick();
	const found = await Promise.race([answer, transport.ended]);
	if (!Array.isArray(found)) throw found ?? new NetstressError('ERR_CLOSED', `${host}:${port} ended the discovery session without an answer`);
	await transport.close();
	return found;
}
