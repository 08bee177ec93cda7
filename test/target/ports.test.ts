import test from 'ava';
import {portsOf} from '../../src/target/ports.js';
import type {TargetStats} from '../../src/target/serve.js';

const volume = {reads: 0, writes: 0, readBytes: 0, writtenBytes: 0, flushes: 0};
const aoeExport = (address: string, reads: number) =>
	({address, reads, readBytes: reads * 512, writes: 1, writtenBytes: 512, flushes: 2, ataErrors: 3, protocolErrors: 4, volume}) as unknown as NonNullable<
		TargetStats['aoe']
	>['exports'][number];

test('one row for each port, exports of one interface together, those of another apart', t => {
	const port = (iface: string, receiveDropped: number) =>
		({iface, receiveDropped, transmitFailed: 1}) as unknown as NonNullable<TargetStats['aoe']>['ports'][number];
	const rows = portsOf({
		aoe: {ports: [port('eth0', 5), port('eth01', 0)], exports: [aoeExport('aoe:eth0/1.1', 10), aoeExport('aoe:eth0/1.2', 20), aoeExport('aoe:eth01/1.1', 40)]},
	});
	t.deepEqual(rows, [
		{port: 'aoe:eth0', initiators: null, commands: 10 + 20 + 2 + 4, readBytes: 30 * 512, writtenBytes: 1024, failed: 6, errors: 8, lost: 6},
		{port: 'aoe:eth01', initiators: null, commands: 43, readBytes: 40 * 512, writtenBytes: 512, failed: 3, errors: 4, lost: 1},
	]);
});

test('FCoE ports and iSCSI portals say who is logged in', t => {
	const fcp = {commands: 9, readBytes: 4096, writtenBytes: 512, checkConditions: 1, malformed: 2};
	const fcoe = {ports: [{iface: 'eth0', initiators: ['a', 'b'], fcp, receiveDropped: 7, transmitFailed: 0}]} as unknown as TargetStats['fcoe'];
	const counters = {sessions: 3, commands: 8, readBytes: 1, writtenBytes: 2, checkConditions: 1, protocolErrors: 1, digestErrors: 1};
	t.deepEqual(portsOf({...(fcoe && {fcoe}), iscsi: [{host: '::', port: 3260, counters}]}), [
		{port: 'fcoe:eth0', initiators: 2, commands: 9, readBytes: 4096, writtenBytes: 512, failed: 1, errors: 2, lost: 7},
		{port: 'iscsi:[::]:3260', initiators: 3, commands: 8, readBytes: 1, writtenBytes: 2, failed: 1, errors: 2, lost: 0},
	]);
	t.deepEqual(portsOf({}), []);
});
