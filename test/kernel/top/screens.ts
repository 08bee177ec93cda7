// Makes docs/screens: the dashboard at three sizes while frames die and storage is read. `node dist/test/kernel/top/screens.js`, as root; look at what it made.
import {once} from 'node:events';
import {mkdirSync, readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {root} from '../program.js';
import {topBed} from './bed.js';
import {terminal} from './terminal.js';

const program = join(root, 'dist/tools/netstress.js');
const undo: (() => unknown)[] = [];
const t = {teardown: (work: () => unknown) => void undo.unshift(work)};

async function take(width: number, height: number): Promise<string> {
	const {at, client, server, folder, lossy, flood} = await topBed(t);
	await lossy();
	const disk = join(folder, 'disk.img');
	writeFileSync(disk, '');
	truncateSync(disk, 64 << 20);
	const words = ['target', 'disk.img', '--aoe', `${server.iface}:1.1`, '--iscsi', `${server.address}:3260`, '--json'];
	const target = server.spawn(process.execPath, [program, ...words], {cwd: folder, stdio: ['ignore', 'pipe', 'inherit']});
	t.teardown(async () => {
		target.kill('SIGTERM');
		await once(target, 'exit');
	});
	const [ready] = (await once(target.stdout!, 'data')) as [Buffer];
	const {exports} = JSON.parse(String(ready).split('\n')[0] as string) as {exports: {address: string}[]};
	const screen = await terminal(t, ['top', '-i', at], {width, height});
	await screen.shows(/no loss since the start/);
	const io = exports.map(({address}) =>
		client.run(process.execPath, [program, 'io', address.replace(`:${server.iface}/`, `:${client.iface}/`), 'bench', '--workload', 'read-4k-d1', '-D', '24s'], {
			timeoutMs: 60_000,
		}),
	);
	await flood(12_000, 2000);
	await sleep(4000);
	const sending = flood(40_000, 5000);
	await sleep(6500);
	await screen.type('Tab');
	const text = await screen.shows(/SOCKET_RCVBUFF: /);
	await sending;
	await Promise.all(io);
	await screen.type('q');
	await screen.ended();
	for (const work of undo.splice(0)) await work();
	return text;
}

const docs = join(root, 'docs');
mkdirSync(join(docs, 'screens'), {recursive: true});
try {
	for (const [width, height] of [
		[80, 24],
		[120, 40],
		[200, 60],
	] as const) {
		const text = `${(await take(width, height)).trimEnd()}\n`;
		const name = `${width}x${height}`;
		writeFileSync(join(docs, 'screens', `${name}.txt`), text);
		const page = join(docs, 'top.md');
		const block = new RegExp(`(<!-- screens/${name} -->\\n\`\`\`\\n)[\\s\\S]*?(\`\`\`\\n)`);
		writeFileSync(
			page,
			readFileSync(page, 'utf8').replace(block, (_, open: string, close: string) => `${open}${text}${close}`),
		);
	}
} finally {
	for (const work of undo) await work();
}
