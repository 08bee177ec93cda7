// The address that stamped frames go to.
import {macBytes} from '../base/address.js';
import {usage} from '../base/errors.js';

const GROUP_BIT = 1;

/** A MAC address as people write it. ERR_USAGE; group addresses too: flooding every station of a network is not what an injector is for. */
export function parseUnicast(text: string, what: string): Uint8Array {
	const bytes = text.includes('-') ? undefined : macBytes(text);
	if (bytes === undefined) throw usage(`${what} "${text}" is no MAC address; write for instance 02:00:00:00:00:01`);
	if ((bytes[0] as number) & GROUP_BIT) throw usage(`${what} ${text} is a group address: stamped frames go to one station only`);
	return bytes;
}
