// A program for the tests: makes a lab, starts something on each host, says so and waits to be ended.
import {createLab} from '../../../src/lab/lab.js';

const lab = await createLab({hosts: ['target', 'initiator'], links: [{between: ['target', 'initiator'], mtu: 9000}]});
// a child that ignores SIGTERM, as a hanging program would
const stubborn = lab.host('target').spawn('sh', ['-c', 'trap "" TERM; echo up; while :; do sleep 1; done']);
stubborn.stdout?.once('data', () =>
	process.stdout.write(`${JSON.stringify({kind: lab.kind, keeperPid: lab.keeperPid, stubborn: stubborn.pid, folder: lab.folder})}\n`),
);
const stop = () => void lab.close().then(() => process.exit(0));
process.on('SIGINT', stop);
process.on('SIGUSR1', () => {
	throw new Error('a crash');
});
process.stdin.on('data', text => {
	if (String(text).includes('close')) stop();
});
