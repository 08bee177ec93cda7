// The thread of rfc2544-alone.ts. Threads that it starts are in its namespace: the trial's receiver, too.
import {parentPort, workerData} from 'node:worker_threads';
import {parseUnicast} from '../src/inject/unicast.js';
import {enterEmptyNamespace} from '../src/sys/namespace.js';
import type {AloneTask} from './rfc2544-alone.js';
import {trialsOn} from './rfc2544-trial.js';

const {offer, template, stragglersMs} = workerData as AloneTask;
enterEmptyNamespace();
const trial = trialsOn({
	iface: 'lo',
	peer: {text: 'lo', iface: 'lo', netns: undefined},
	template,
	destination: parseUnicast('02:6e:73:00:ff:fc', 'destination'),
	engine: 'packet',
	stragglersMs,
	pauseMs: 0,
	signal: new AbortController().signal,
	tell: () => undefined,
});
parentPort?.postMessage(await trial(offer));
parentPort?.close();
