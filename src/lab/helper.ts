// Runs inside one namespace for one interface (src/lab/helpers.ts starts it): offloads off, then the loss program, which lives as long as
// this process holds its descriptor. Without loss to hold it ends at once.
import {createInterface} from 'node:readline';
import type {NetstressError} from '../base/errors.js';
import {switchOffloadsOff} from '../sys/offload.js';
import type {HelperReply} from './helpers.js';
import {openLoss} from './loss.js';
import type {LossEngine} from './plan.js';

const reply = (message: HelperReply) => void process.stdout.write(`${JSON.stringify(message)}\n`);

try {
	const {iface, offloads, loss, engine, seed} = JSON.parse(process.argv[2] as string) as {
		iface: string;
		offloads: boolean;
		loss: number;
		engine?: LossEngine;
		seed: number;
	};
	if (!offloads) switchOffloadsOff(iface);
	if (loss === 0) reply({type: 'ready', engine: 'none'});
	else {
		const held = openLoss(iface, loss, seed, engine);
		reply({type: 'ready', engine: held.engine});
		createInterface({input: process.stdin})
			.on('line', () => reply({type: 'lost', ...held.read()}))
			.on('close', () => held.close());
	}
} catch (error) {
	const {message, code = 'ERR_SYSCALL', details = {}} = error as Partial<NetstressError> & Error;
	reply({type: 'error', code, message, details: {...details}});
}
