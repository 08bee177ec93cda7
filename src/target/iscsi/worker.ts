// The thread an iSCSI plane lives in: an event loop of its own, beside that of the main thread.
import {parentPort, workerData} from 'node:worker_threads';
import {openFileVolume} from '../../disk/file.js';
import type {Volume} from '../../disk/volume.js';
import type {PlaneCommand, PlaneReply} from '../plane-thread.js';
import type {IscsiPlaneSpec, IscsiPlaneStats} from './plane.js';
import {startIscsiServer} from './server.js';

const main = parentPort!;
const reply = (message: PlaneReply) => main.postMessage(message);
const {host, port, iqn, files, readOnly, sync} = workerData as IscsiPlaneSpec;
const volumes: Volume[] = [];

try {
	for (const file of files) volumes.push(openFileVolume(file, {readOnly, sync}));
	const server = await startIscsiServer({host, port, iqn, volumes, readOnly});
	const stats = (): IscsiPlaneStats => ({...server.address, counters: {...server.stats}});
	main.on('message', async ({type}: PlaneCommand) => {
		if (type === 'stats') return reply({type: 'stats', stats: stats()});
		await server.close();
		reply({type: 'closed', stats: stats()});
		for (const volume of volumes) volume.close();
		main.close();
	});
	reply({type: 'ready', wakeDescriptor: -1});
} catch (error) {
	for (const volume of volumes) volume.close();
	const {code = 'ERR_IO', message, details = {}} = error as {code?: string; message: string; details?: Record<string, unknown>};
	reply({type: 'failed', code, message, details});
}
