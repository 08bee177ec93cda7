// The thread an AoE plane lives in. The main thread posts a command and writes to the wake descriptor; between commands the plane serves.
import {parentPort, receiveMessageOnPort, workerData} from 'node:worker_threads';
import {WakeEvent} from '../../sys/poll.js';
import type {PlaneCommand, PlaneReply} from '../plane-thread.js';
import {AoePlane, type AoePlaneSpec} from './plane.js';

const main = parentPort!;
const reply = (message: PlaneReply) => main.postMessage(message);

const event = new WakeEvent();
let plane: AoePlane | undefined;
try {
	plane = new AoePlane(workerData as AoePlaneSpec, event.descriptor);
	reply({type: 'ready', wakeDescriptor: event.descriptor});
} catch (error) {
	const {code = 'ERR_IO', message, details = {}} = error as {code?: string; message: string; details?: Record<string, unknown>};
	reply({type: 'failed', code, message, details});
}

for (let running = plane !== undefined; running; ) {
	plane!.serve();
	event.drain();
	for (let received = receiveMessageOnPort(main); received; received = receiveMessageOnPort(main)) {
		const {type} = received.message as PlaneCommand;
		if (type === 'stats') reply({type: 'stats', stats: plane!.stats()});
		if (type === 'close') running = false;
	}
}
const stats = plane?.stats();
plane?.close();
event.close();
if (stats) reply({type: 'closed', stats});
main.close();
