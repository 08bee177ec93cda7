// IFACE@NETNS as it is written. What needs namespaces of its own: test/kernel/inject/namespaces.test.ts.
import {spawnSync} from 'node:child_process';
import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../src/base/errors.js';
import {interfaceAt, namespaceNames} from '../../src/sys/namespace.js';
import {holds} from '../property.js';

const wrong = (text: string) => {
	try {
		return interfaceAt(text, '--peer');
	} catch (error) {
		return error as NetstressError;
	}
};

test('a name alone is here; so is one in the namespace of this very thread', t => {
	t.deepEqual(interfaceAt('eth7', '-i'), {text: 'eth7', iface: 'eth7', netns: undefined});
	t.deepEqual(interfaceAt(`lo@${process.pid}`, '-i'), {text: `lo@${process.pid}`, iface: 'lo', netns: undefined});
});

test('what is wrong is named, with what to write instead', t => {
	const unknown = wrong('eth0@no-such-namespace-here') as NetstressError;
	t.is(unknown.exitStatus, 2);
	t.regex(unknown.message, /^--peer eth0@no-such-namespace-here: there is no network namespace no-such-namespace-here: ip netns (knows|has no)/);
	t.deepEqual(unknown.details.known, namespaceNames());
	t.regex((wrong('veth0@if7') as NetstressError).message, /ip link.*write veth0$/);
	t.regex((wrong('veth0@4194305') as NetstressError).message, /there is no process 4194305/);
	for (const text of ['@', 'eth0@', '@blue']) t.regex((wrong(text) as NetstressError).message, /write IFACE@NETNS/, text);
	for (const text of ['eth0@..', 'eth0@.', 'eth0@a/b', 'eth0@a\0b', 'eth0@0', `eth0@${'x'.repeat(300)}`])
		t.is((wrong(text) as NetstressError).code, 'ERR_USAGE', text);
});

test('any text is an interface or a usage error', t => {
	holds(
		t,
		fc.property(
			fc.oneof(
				fc.string(),
				fc.tuple(fc.string(), fc.string()).map(([a, b]) => `${a}@${b}`),
			),
			text => {
				const found = wrong(text);
				return found instanceof NetstressError ? found.code === 'ERR_USAGE' || found.code === 'ERR_PERMISSION' : found.text === text;
			},
		),
	);
});

test('the main thread never leaves its namespace', t => {
	const file = new URL('../../src/sys/namespace.js', import.meta.url).href;
	const code = `import {enterNamespace} from '${file}'; enterNamespace(undefined); enterNamespace(String(process.pid));`;
	const {status, stderr} = spawnSync(process.execPath, ['--input-type=module', '-e', code], {encoding: 'utf8'});
	t.not(status, 0);
	t.regex(stderr, /only a worker thread/);
});
