// Runs inside one namespace for one interface (src/lab/helpers.ts starts it): offloads off, then the loss program, which lives as long as
// this process holds its descriptor. Without loss to hold it ends at once.
import {createInterface} from 'node:readline';
import type {NetstressError} from '../base/errors.js';
import {switchOffloadsOff} from '../sys/offload.js';
import type {HelperReply, HelperRequest, HelperTask} from './helpers.js';
import {openLoss} from './loss.js';
import type {LossRule} from './loss-program.js';

const reply = (message: HelperReply) => void process.stdout.write(`${JSON.stringify(message)}\n`);
const fail = (error: unknown) => {
	const {message, code = 'ERR_SYSCALL', details = {}} = error as Partial<NetstressError> & Error;
	reply({type: 'error', code, message, details: {...details}});
};

try {
	const {iface, offloads, rule, engine, seed} = JSON.parse(process.argv[2] as string) as HelperTask;
	if (!offloads) switchOffloadsOff(iface);
	if (rule === undefined) reply({type: 'ready', engine: 'none'});
	else {
		let held = openLoss(iface, rule, seed, engine);
		/** What engines counted that have been given up. */
		let before = {seen: 0, dropped: 0};
		const counts = () => {
			const {seen, dropped} = held.read();
			return {engine: held.engine, seen: before.seen + seen, dropped: before.dropped + dropped};
		};
		const set = (rule: LossRule) => {
			if (held.set(rule)) return;
			// netem cannot count: our program takes its place
			before = counts();
			held.close();
			held = openLoss(iface, rule, seed, engine);
		};
		reply({type: 'ready', engine: held.engine});
		createInterface({input: process.stdin})
			.on('line', line => {
				try {
					const request = JSON.parse(line) as HelperRequest;
					if (request.type === 'set') set(request.rule);
					reply({type: 'lost', ...counts()});
				} catch (error) {
					fail(error);
				}
			})
			.on('close', () => held.close());
	}
} catch (error) {
	fail(error);
}
