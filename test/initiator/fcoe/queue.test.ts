import test from 'ava';
import fc from 'fast-check';
import {Exchange} from '../../../src/initiator/fcoe/exchange.js';
import {WaitingCommands} from '../../../src/initiator/fcoe/queue.js';
import {holds} from '../../property.js';

test('it is a list, whatever is done to it', t => {
	const words = fc.array(fc.constantFrom('push', 'push', 'unshift', 'shift', 'remove'), {maxLength: 3000});
	holds(
		t,
		fc.property(words, steps => {
			const queue = new WaitingCommands();
			let list: Exchange[] = [];
			for (const step of steps) {
				const fresh = new Exchange({lun: 0n, cdb: new Uint8Array(16), done() {}});
				if (step === 'push') {
					queue.push(fresh);
					list.push(fresh);
				} else if (step === 'unshift') {
					queue.unshift(fresh);
					list = [fresh, ...list];
				} else if (step === 'shift' && list.length > 0) {
					queue.shift();
					list.shift();
				} else if (step === 'remove') {
					const victim = list[Math.floor(list.length / 2)] ?? fresh;
					if (queue.remove(victim) !== list.includes(victim)) return false;
					list = list.filter(each => each !== victim);
				}
				if (queue.length !== list.length || queue.next !== list[0]) return false;
			}
			return queue.all().every((each, i) => each === list[i]);
		}),
	);
});
