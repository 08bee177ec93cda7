// A tgtd of our own (Debian's tgt): its control socket and port are private to the test, and it runs in the foreground.
import {type ChildProcess, spawn} from 'node:child_process';
import {rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {run} from './support.js';

export interface Tgtd {
	readonly portal: string;
	readonly port: number;
	readonly iqn: string;
	/** LUN 1: tgtd keeps LUN 0 for its controller. */
	readonly url: string;
	admin(...args: string[]): Promise<string>;
	stop(): Promise<void>;
}

/** A port that was free a moment ago. */
export const freePort = (): Promise<number> =>
	new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
		});
	});

/** Serves `file` as LUN 1 on a free loopback port. Needs root. */
export async function startTgtd(file: string, iqn = 'iqn.2026-01.tgt:test'): Promise<Tgtd> {
	const port = await freePort();
	// the control number names the socket /var/run/tgtd/socket.N, below 32768
	const control = String(1 + (port % 32_000));
	const child: ChildProcess = spawn('tgtd', ['-f', '-C', control, '--iscsi', `portal=127.0.0.1:${port}`], {stdio: ['ignore', 'ignore', 'pipe']});
	let log = '';
	child.stderr?.on('data', chunk => (log += chunk));
	const gone = new Promise<void>(resolve => child.once('close', () => resolve()));
	const stop = async () => {
		// tgtd ignores SIGTERM while targets exist
		child.kill('SIGKILL');
		await gone;
		// killed, it leaves its control socket behind
		for (const name of [`socket.${control}`, `socket.${control}.lock`]) rmSync(`/var/run/tgtd/${name}`, {force: true});
	};
	const admin = async (...args: string[]) => {
		const {status, output} = await run('tgtadm', ['-C', control, '--lld', 'iscsi', ...args], 10);
		if (status !== 0) throw new Error(`tgtadm ${args.join(' ')}: ${output} ${log}`);
		return output;
	};
	for (let tries = 0; ; tries++) {
		try {
			await admin('--op', 'new', '--mode', 'target', '--tid', '1', '-T', iqn);
			break;
		} catch (error) {
			if (tries === 50 || child.exitCode !== null) {
				await stop();
				throw error;
			}
			await new Promise(resolve => setTimeout(resolve, 50));
		}
	}
	try {
		await admin('--op', 'new', '--mode', 'logicalunit', '--tid', '1', '--lun', '1', '-b', file);
		await admin('--op', 'bind', '--mode', 'target', '--tid', '1', '-I', 'ALL');
	} catch (error) {
		await stop();
		throw error;
	}
	const portal = `127.0.0.1:${port}`;
	return {portal, port, iqn, url: `iscsi://${portal}/${iqn}/1`, admin, stop};
}
