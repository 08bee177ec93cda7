// Every name that we print is Wireshark's, or is on the list of our own.
import {execFileSync} from 'node:child_process';
import test from 'ava';
import {isOwn} from '../../../src/dissect/own.js';
import {knownFields} from '../../../src/dissect/registry.js';
import {need} from '../need.js';

test('names are Wireshark’s, and the ones on our own list are not', t => {
	if (!need(t, {programs: ['tshark']})) return;
	const listing = execFileSync('tshark', ['-G', 'fields'], {encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore']});
	const theirs = new Set(listing.split('\n').flatMap(line => (/^[FP]\t/.test(line) ? [line.split('\t')[2] as string] : [])));
	const ours = [...knownFields().keys()];
	t.deepEqual(
		ours.filter(name => !theirs.has(name) && !isOwn(name)),
		[],
	);
	t.deepEqual(
		ours.filter(name => theirs.has(name) && isOwn(name)),
		[],
	);
	t.log(`${ours.length} names, ${ours.filter(isOwn).length} our own`);
});
