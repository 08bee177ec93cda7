import test from 'ava';
import {NetstressError} from '../../src/base/errors.js';
import {kernelAtLeast, probePath} from '../../src/sys/probe.js';
import {cpuSeconds, startTime} from '../../src/sys/process.js';
import {readSysctl, writeSysctl} from '../../src/sys/sysctl.js';

test('kernel versions are compared as numbers', t => {
	t.true(kernelAtLeast('5.10', '6.1.0-18-amd64'));
	t.true(kernelAtLeast('5.10', '5.10.0'));
	t.false(kernelAtLeast('5.10', '5.9.16'));
	t.false(kernelAtLeast('6.10', '6.9.3-custom'));
	t.true(kernelAtLeast('6.6', '6.18.44-fc'));
});

test('a path that is not there is absent, not failed', t => {
	t.like(probePath('thing', '/nonexistent/thing', '6.6'), {state: 'absent', minimumKernel: '6.6'});
	t.is(probePath('proc', '/proc/self').state, 'present');
});

test('our own process has a start time and has used CPU; one that is gone has neither', t => {
	t.true((startTime(process.pid) as number) > 0);
	t.true((cpuSeconds(process.pid) as number) > 0);
	t.is(startTime(2 ** 22 + 1), undefined);
	t.is(cpuSeconds(2 ** 22 + 1), undefined);
});

test('sysctls are read under their names; what is not there is undefined to read and refused to write', t => {
	t.regex(readSysctl('kernel.osrelease') as string, /^\d+\.\d+/);
	t.is(readSysctl('net.nothing.here'), undefined);
	t.throws(() => writeSysctl('net.nothing.here', '1'), {instanceOf: NetstressError, code: 'ERR_UNSUPPORTED', message: /net\.nothing\.here/});
});
