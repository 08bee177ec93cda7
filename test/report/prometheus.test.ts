import {request} from 'node:http';
import test from 'ava';
import fc from 'fast-check';
import type {NetstressError} from '../../src/base/errors.js';
import {listenAddress, serveMetrics} from '../../src/report/metrics-server.js';
import {contentType, exposition, expositionFor, type MetricFamily} from '../../src/report/prometheus.js';
import {holds} from '../property.js';

const family: MetricFamily = {
	name: 'x_frames_total',
	help: 'Frames "lost" \\ and\nfound',
	type: 'counter',
	samples: [
		{labels: {name: 'a "b" \\ c\nd', iface: ''}, value: 3},
		{labels: {}, value: 1.5},
	],
};

test('the text format: labels and help are escaped, each in its own way', t => {
	t.is(
		exposition([family, {...family, name: 'empty', samples: []}]),
		`# HELP x_frames_total Frames "lost" \\\\ and\\nfound
# TYPE x_frames_total counter
x_frames_total{name="a \\"b\\" \\\\ c\\nd",iface=""} 3
x_frames_total 1.5
`,
	);
});

test('OpenMetrics: the family of a counter has no _total, and the text has an end', t => {
	const text = exposition([family], 'openmetrics');
	t.regex(text, /^# HELP x_frames Frames \\"lost\\"/);
	t.regex(text, /^# TYPE x_frames counter$/m);
	t.regex(text, /^x_frames_total 1\.5$/m);
	t.true(text.endsWith('# EOF\n'));
	t.is(exposition([], 'openmetrics'), '# EOF\n');
});

test('numbers that JSON does not have', t => {
	const value = (number: number) => exposition([{name: 'g', help: 'g', type: 'gauge', samples: [{labels: {}, value: number}]}]).split('\n')[2];
	t.deepEqual([NaN, Infinity, -Infinity, 2 ** 60].map(value), ['g NaN', 'g +Inf', 'g -Inf', 'g 1152921504606847000']);
});

test('no label breaks a line', t => {
	holds(
		t,
		fc.property(fc.string(), text => {
			const lines = exposition([{...family, help: text, samples: [{labels: {name: text}, value: 1}]}]).split('\n');
			t.is(lines.length, 4);
			t.regex(lines[2] as string, /^x_frames_total\{name="(?:[^"\\\n]|\\[\\"n])*"\} 1$/);
		}),
	);
});

test('what Prometheus asks for is what it gets', t => {
	t.is(expositionFor('application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'), 'openmetrics');
	t.is(expositionFor('text/plain'), 'text');
	t.is(expositionFor(undefined), 'text');
});

test('addresses to listen on', t => {
	const cases = {
		'9464': ['127.0.0.1', 9464],
		':0': ['127.0.0.1', 0],
		'0.0.0.0:9464': ['0.0.0.0', 9464],
		'[::1]:80': ['::1', 80],
		'localhost:1': ['localhost', 1],
	};
	for (const [text, [host, port]] of Object.entries(cases)) t.deepEqual(listenAddress(text), {host, port} as never, text);
	for (const text of ['', 'x', '127.0.0.1', '::1:80', '1.2.3.4:99999', 'a:b'])
		t.throws(() => listenAddress(text), {message: /is no address to listen on/}, text);
});

const get = (url: string, method = 'GET', headers: Record<string, string> = {}) =>
	new Promise<{status: number; type: string; body: string}>((resolve, reject) => {
		request(url, {method, headers}, response => {
			let body = '';
			response.setEncoding('utf8').on('data', text => {
				body += text;
			});
			response.on('end', () => resolve({status: response.statusCode ?? 0, type: String(response.headers['content-type']), body}));
		})
			.on('error', reject)
			.end();
	});

test('the server: metrics, an index, and nothing else', async t => {
	let fails = false;
	const server = await serveMetrics(listenAddress(':0'), 'a title', format => {
		if (fails) throw new Error('no counters');
		return exposition([family], format);
	});
	t.teardown(() => server.close());
	t.deepEqual(await get(`${server.url}/metrics`), {status: 200, type: contentType.text, body: exposition([family])});
	const open = await get(`${server.url}/metrics?x=1`, 'GET', {accept: 'application/openmetrics-text'});
	t.is(open.type, contentType.openmetrics);
	t.regex((await get(server.url)).body, /a title[\s\S]*\/metrics/);
	t.is((await get(`${server.url}/metrics`, 'HEAD')).body, '');
	t.is((await get(`${server.url}/other`)).status, 404);
	t.is((await get(`${server.url}/metrics`, 'POST')).status, 405);
	fails = true;
	t.like(await get(`${server.url}/metrics`), {status: 500, body: 'no counters\n'});
	const port = new URL(server.url).port;
	const error = await t.throwsAsync<NetstressError>(serveMetrics(listenAddress(`:${port}`), 'x', () => ''));
	t.regex(error?.message ?? '', /EADDRINUSE; another program listens there/);
});
