// The trees of all fixtures, compared as text so that a difference can be read. npm run golden rewrites them.
import {readFileSync} from 'node:fs';
import test from 'ava';
import {synthetic} from '../fixtures.js';
import {captureOf, captures, fixtures, treeOf} from '../golden.js';

for (const name of captures()) {
	test(`${name}: the tree is the golden one`, t => {
		t.is(treeOf(readFileSync(`${fixtures}${name}.pcap`)), readFileSync(`${fixtures}${name}.tree.txt`, 'utf8'));
	});
}

for (const [name, frames] of Object.entries(synthetic)) {
	test(`${name}: the generator still makes the same capture`, t => {
		t.true(Buffer.from(captureOf(frames())).equals(readFileSync(`${fixtures}${name}.pcap`)));
	});
}
