// A name for an initiator port on this host: 20:00 and the MAC address as Linux has it, unless another netstress on this interface uses that already.
// Two processes on one interface cannot hear each other's probes, so names, and the addresses made of them, are kept apart by a socket in the abstract
// namespace, which belongs to the network namespace and goes with the process (unix(7)).
import {createServer, type Server} from 'node:net';
import {NetstressError} from '../../base/errors.js';
import {showWwn, wwnFromMac} from '../../fcoe/wwn.js';

export interface ClaimedName {
	readonly wwpn: bigint;
	release(): void;
}

/** Names that an interface has for initiators at once. */
const most = 4096;

const bind = (name: string): Promise<Server | undefined> =>
	new Promise(resolve => {
		const server = createServer();
		server.once('error', () => resolve(undefined));
		server.listen(`\0netstress/fcoe/${name}`, () => {
			server.unref();
			resolve(server);
		});
	});

/** The first name of `mac` on `iface` that is free. ERR_IO when 4096 are in use. */
export async function claimName(iface: string, mac: Uint8Array): Promise<ClaimedName> {
	if (process.platform !== 'linux') return {wwpn: wwnFromMac(mac, 2, process.pid % most), release() {}};
	for (let vendor = 0; vendor < most; vendor++) {
		const wwpn = wwnFromMac(mac, 2, vendor);
		const server = await bind(`${iface}/${showWwn(wwpn)}`);
		if (server !== undefined) return {wwpn, release: () => server.close()};
	}
	throw new NetstressError('ERR_IO', `${iface}: ${most} FCoE initiators are open on this interface`);
}
