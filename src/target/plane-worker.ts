// The thread of a plane that polls its ports: the main thread posts a command and writes to the wake descriptor; between commands the plane serves.
import {parentPort, receiveMessageOnPort, workerData} from 'node:worker_threads';
import {WakeEvent} from '../sys/poll.js';
import type {PlaneCommand, PlaneReply} from './plane-thread.js';

export interface Plane {
	/** Serves until somebody writes to the wake descriptor. */
	serve(): void;
	/** Counters as plain data. */
	stats(): unknown;
	close(): void;
}

/** Runs the plane that `open` makes of the worker's data and a wake descriptor, until it is told to close. */
export function runPlane<Spec>(open: (spec: Spec, wakeDescriptor: number) => Plane): void {
	const main = parentPort!;
	const reply = (message: PlaneReply) => main.postMessage(message);
	const event = new WakeEvent();
	let plane: Plane | undefined;
	try {
		plane = open(workerData as Spec, event.descriptor);
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
}
