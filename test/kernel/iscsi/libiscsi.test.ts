// libiscsi's programs and its conformance suite against our target (github.com/sahlberg/libiscsi).
import test from 'ava';
import {need} from '../need.js';
import {iqn, run, score, serve} from './support.js';

test('iscsi-ls finds the target and its LUN', async t => {
	if (!need(t, {programs: ['iscsi-ls']})) return;
	const {server, portal} = await serve();
	const {status, output} = await run('iscsi-ls', ['-s', `iscsi://${portal}`]);
	await server.close();
	t.is(status, 0, output);
	t.true(output.includes(`Target:${iqn} Portal:${portal},1`), output);
	t.regex(output, /Lun:0 +Type:DIRECT_ACCESS \(Size:63M\)/);
});

test('iscsi-inq reads the standard data and every vital product data page', async t => {
	if (!need(t, {programs: ['iscsi-inq']})) return;
	const {server, url, volume} = await serve();
	const standard = await run('iscsi-inq', [url]);
	const pages = await Promise.all([0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2].map(page => run('iscsi-inq', ['-e', '1', '-c', String(page), url])));
	await server.close();
	t.is(standard.status, 0, standard.output);
	t.true(standard.output.includes('Vendor:NETSTRES'));
	for (const {status, output} of pages) t.is(status, 0, output);
	t.true(pages[1]!.output.includes(volume.id), pages[1]!.output);
	t.true(pages[2]!.output.includes(`${iqn},t,0x0001`), pages[2]!.output);
});

test('iscsi-readcapacity16 reads the size', async t => {
	if (!need(t, {programs: ['iscsi-readcapacity16']})) return;
	const {server, url} = await serve(48 * 2 ** 20);
	const {status, output} = await run('iscsi-readcapacity16', [url]);
	await server.close();
	t.is(status, 0, output);
	t.true(output.includes(`Total size:${48 * 2 ** 20}`), output);
});

test('iscsi-perf reads at random with 32 commands outstanding and no error', async t => {
	if (!need(t, {programs: ['iscsi-perf']})) return;
	const {server, url} = await serve();
	const {status, output} = await run('iscsi-perf', ['-b', '8', '-m', '32', '-t', '1', '-r', url]);
	await server.close();
	t.is(status, 0, output);
	t.true(output.includes('finished.'), output);
	t.true(server.stats.readBytes > 0);
	t.is(server.stats.protocolErrors, 0);
});

/** Suite, and what its cases may skip: commands that this target does not have, or a medium that it is not. */
const suites: ReadonlyArray<readonly [suite: string, cases: number]> = [
	['Inquiry', 7],
	['Mandatory', 1],
	['ModeSense6', 5],
	['PrinReadKeys', 2],
	['PrinReportCapabilities', 1],
	['PrinServiceactionRange', 1],
	['ProutClear', 1],
	['ProutPreempt', 1],
	['ProutRegister', 1],
	['ProutReserve', 13],
	['Read6', 2],
	['Read10', 6],
	['Read12', 5],
	['Read16', 5],
	['ReadCapacity10', 1],
	['ReadCapacity16', 4],
	['ReportSupportedOpcodes', 4],
	['Reserve6', 7],
	['StartStopUnit', 3],
	['TestUnitReady', 1],
	['Verify10', 8],
	['Verify12', 8],
	['Verify16', 8],
	['Write10', 6],
	['Write12', 5],
	['Write16', 5],
	['WriteVerify10', 6],
	['WriteVerify12', 6],
	['WriteVerify16', 6],
	['iSCSIResiduals', 10],
	['iSCSITMF', 2],
	['iSCSIcmdsn', 2],
	['iSCSIdatasn', 1],
];
/** What the medium is not. */
const mayBeSkipped = /^(LUN is not removable|Media is not removable|Logical unit is fully provisioned)/;

for (const [suite, cases] of suites) {
	test(`iscsi-test-cu ${suite} passes with nothing skipped that we claim to have`, async t => {
		if (!need(t, {programs: ['iscsi-test-cu', 'stdbuf']})) return;
		const {server, url} = await serve();
		const {output} = await run('stdbuf', ['-oL', 'iscsi-test-cu', '-d', '-V', '-t', `ALL.${suite}`, url], 120);
		await server.close();
		const result = score(output);
		t.truthy(result, output);
		t.is(result?.ran, cases, output);
		t.is(result?.failed, 0, output);
		t.is(result?.passed, cases);
		t.deepEqual(
			result?.skipped.filter(reason => !mayBeSkipped.test(reason)),
			[],
		);
		t.log(`${cases} cases, ${result?.skipped.length} skipped`);
	});
}

test('iscsi-test-cu ReadOnly passes against a write-protected unit', async t => {
	if (!need(t, {programs: ['iscsi-test-cu', 'stdbuf']})) return;
	const {server, url, volume} = await serve(2 ** 20, {readOnly: true});
	const {output} = await run('stdbuf', ['-oL', 'iscsi-test-cu', '-d', '-V', '-t', 'ALL.ReadOnly', url], 120);
	await server.close();
	const result = score(output);
	t.is(result?.passed, 1, output);
	t.false(
		result?.skipped.some(reason => reason.includes('write-protected')),
		output,
	);
	t.is(volume.counters.writes, 0);
});
