// The iSCSI target as a process of its own, for benches and by hand: `node dist/bench/iscsi-serve.js FILE [PORT] [IQN]`.
// It prints one line of JSON when it listens and closes on SIGTERM.
import {openFileVolume} from '../src/disk/file.js';
import {startIscsiServer} from '../src/target/iscsi/server.js';

const [file, port = '3260', iqn = 'iqn.2026-01.netstress:bench'] = process.argv.slice(2);
if (file === undefined) throw new Error('name a file to serve');
const volume = openFileVolume(file);
const server = await startIscsiServer({port: Number(port), iqn, volumes: [volume]});
console.log(JSON.stringify({type: 'ready', ...server.address, iqn}));
const stop = async () => {
	await server.close();
	console.error(JSON.stringify(server.stats));
	volume.close();
	process.exit(0);
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
