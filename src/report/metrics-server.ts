// An HTTP server with one page of metrics, as Prometheus scrapes it, and one that says so to people.
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {NetstressError, usage} from '../base/errors.js';
import {contentType, type Exposition, expositionFor} from './prometheus.js';

export interface ListenAddress {
	readonly host: string;
	readonly port: number;
}

/** `9464`, `:9464`, `0.0.0.0:9464`, `[::1]:9464`; without a host 127.0.0.1, which nobody else reaches. Port 0: any that is free. ERR_USAGE. */
export function listenAddress(text: string, what = '--listen'): ListenAddress {
	const match = /^(?:(\[[^\]]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(text);
	const port = Number(match?.[2]);
	if (match === null || port > 65_535)
		throw usage(`${what} "${text}" is no address to listen on; write for instance 127.0.0.1:9464, [::1]:9464 or 9464`, {value: text});
	const host = match[1]?.replace(/^\[|\]$/g, '');
	return {host: host === undefined || host === '' ? '127.0.0.1' : host, port};
}

const page = (title: string) =>
	`<!doctype html>\n<html lang="en">\n<title>${title}</title>\n<h1>${title}</h1>\n<p>Metrics for Prometheus: <a href="/metrics">/metrics</a></p>\n</html>\n`;

function answer(request: IncomingMessage, response: ServerResponse, title: string, render: (format: Exposition) => string): void {
	const say = (status: number, type: string, body: string, more: Record<string, string> = {}) => {
		response.writeHead(status, {'content-type': type, 'content-length': Buffer.byteLength(body), ...more});
		response.end(request.method === 'HEAD' ? undefined : body);
	};
	const path = (request.url ?? '/').split('?')[0];
	if (request.method !== 'GET' && request.method !== 'HEAD') say(405, 'text/plain', 'only GET and HEAD\n', {allow: 'GET, HEAD'});
	else if (path === '/') say(200, 'text/html; charset=utf-8', page(title));
	else if (path !== '/metrics') say(404, 'text/plain', 'there is /metrics\n');
	else {
		const format = expositionFor(request.headers.accept);
		try {
			say(200, contentType[format], render(format));
		} catch (error) {
			say(500, 'text/plain', `${error instanceof Error ? error.message : String(error)}\n`);
		}
	}
}

export interface MetricsServer {
	/** Where it listens, as a URL without a path. */
	readonly url: string;
	close(): Promise<void>;
}

/** Starts to listen. `render` is called for each scrape. ERR_IO when the address is taken or not ours. */
export async function serveMetrics({host, port}: ListenAddress, title: string, render: (format: Exposition) => string): Promise<MetricsServer> {
	const server: Server = createServer((request, response) => answer(request, response, title, render));
	await new Promise<void>((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => {
			const hint =
				error.code === 'EADDRINUSE'
					? 'another program listens there; choose another port'
					: error.code === 'EACCES'
						? 'ports below 1024 need root'
						: 'choose an address of this host';
			reject(new NetstressError('ERR_IO', `cannot listen on ${host}:${port}: ${error.code}; ${hint}`, {host, port}, error));
		});
		server.listen(port, host, () => resolve());
	});
	const address = server.address() as AddressInfo;
	const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
	return {
		url: `http://${shown}:${address.port}`,
		close: () =>
			new Promise(resolve => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}
