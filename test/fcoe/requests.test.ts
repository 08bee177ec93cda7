import test from 'ava';
import {RemotePort} from '../../src/fcoe/remote.js';
import {type ElsAnswer, type ElsRequest, ElsRequests, FIRST_ELS_OX_ID} from '../../src/fcoe/requests.js';
import {portMac} from '../build-fcoe.js';

const remoteOf = (portId: number) =>
	new RemotePort({
		portId,
		wwpn: 1n,
		wwnn: 2n,
		enodeMac: portMac(portId),
		vnMac: portMac(portId),
		fcoeSize: 2158,
		features: undefined,
		heardMs: 0,
		beaconed: true,
		proven: 0,
	});

function bench() {
	const sent: number[] = [];
	const answers: ElsAnswer[] = [];
	const requests = new ElsRequests((_, oxId) => sent.push(oxId));
	const request = (remote: RemotePort, tries = 3): ElsRequest => ({remote, write: () => 4, timeoutMs: 100, tries, done: answer => answers.push(answer)});
	return {sent, answers, requests, request};
}

test('a request without an answer is sent again under another number, each time after twice as long; then it is over', t => {
	const {sent, answers, requests, request} = bench();
	requests.start(request(remoteOf(5)), 0);
	const at: number[] = [];
	for (let now = 0; now < 2000; now++) {
		const before = sent.length;
		requests.tick(now);
		if (sent.length > before) at.push(now);
	}
	t.deepEqual(at, [100, 300]);
	t.is(new Set(sent).size, 3);
	t.true(sent.every(oxId => oxId >= FIRST_ELS_OX_ID && oxId < 0xffff));
	t.deepEqual(answers, [{kind: 'timeout'}]);
	t.is(requests.outstanding, 0);
	t.deepEqual(requests.counters, {sent: 3, again: 2, timeouts: 1});
});

test('an answer counts once, only from whom was asked, and not for an older try', t => {
	const {sent, requests, request} = bench();
	const asked = request(remoteOf(5));
	requests.start(asked, 0);
	requests.tick(100);
	t.is(requests.take(sent[1]!, 6), undefined);
	t.is(requests.take(sent[0]!, 5), undefined);
	t.is(requests.take(sent[1]!, 5), asked);
	t.is(requests.take(sent[1]!, 5), undefined);
});

test('what was asked of a port is forgotten with it, and nobody is told', t => {
	const {answers, requests, request} = bench();
	const gone = remoteOf(5);
	requests.start(request(gone), 0);
	requests.start(request(remoteOf(6)), 0);
	requests.drop(gone);
	t.is(requests.outstanding, 1);
	requests.tick(100);
	t.deepEqual(answers, []);
});

test('numbers go round and skip those in use', t => {
	const {sent, requests, request} = bench();
	const remote = remoteOf(5);
	requests.start(request(remote), 0);
	for (let i = 0; i < 0x1000; i++) {
		requests.start(request(remote), 0);
		requests.take(sent.at(-1)!, 5);
	}
	t.false(sent.slice(1).includes(sent[0]!));
});
