// What a test needs from the machine. Where it is missing the test is skipped with the reason, except in CI: there nothing is skipped.
import {accessSync, constants} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {mayUseNamedNamespaces} from '../../src/lab/lab.js';

export interface Needs {
	/** Root with the capabilities that named namespaces take. */
	root?: boolean;
	/** Programs on the PATH, and the Debian packages they come in. */
	programs?: readonly string[];
}

const packages: Readonly<Record<string, string>> = {
	aoeping: 'aoetools',
	'aoe-sancheck': 'aoetools',
	'iscsi-inq': 'libiscsi-bin',
	'iscsi-ls': 'libiscsi-bin',
	'iscsi-perf': 'libiscsi-bin',
	'iscsi-readcapacity16': 'libiscsi-bin',
	'iscsi-test-cu': 'libiscsi-bin',
	'apt-get': 'apt',
	ifconfig: 'net-tools',
	chroot: 'coreutils',
	debugfs: 'e2fsprogs',
	e2fsck: 'e2fsprogs',
	'qemu-system-x86_64': 'qemu-system-x86',
	capinfos: 'wireshark-common',
	mergecap: 'wireshark-common',
	tcprewrite: 'tcpreplay',
	editcap: 'wireshark-common',
	fipvlan: 'fcoe-utils',
	nft: 'nftables',
	trafgen: 'netsniff-ng',
	promtool: 'prometheus',
	nstat: 'iproute2',
	tc: 'iproute2',
	ss: 'iproute2',
	setpriv: 'util-linux',
	taskset: 'util-linux',
	tgtd: 'tgt',
	tgtadm: 'tgt',
};

/** Whether a program is on the PATH or where Debian keeps administrators' programs. */
export function hasProgram(name: string): boolean {
	return [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some(folder => {
		try {
			accessSync(`${folder}/${name}`, constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

/** Says why a test was not run; in CI nothing is skipped, there it is a failure. */
export function skip(t: ExecutionContext, reason: string): void {
	t.log(`skipped: ${reason}`);
	t.falsy(process.env.CI, `${reason}; in CI nothing is skipped`);
}

/** True when everything is there; otherwise the test logs what is missing and passes, or fails when CI is set. */
export function need(t: ExecutionContext, {root = false, programs = []}: Needs): boolean {
	const missing = programs.filter(name => !hasProgram(name)).map(name => `${name} (apt-get install ${packages[name] ?? name})`);
	if (root && !mayUseNamedNamespaces()) missing.unshift('root with CAP_NET_ADMIN and CAP_SYS_ADMIN');
	if (missing.length === 0) return true;
	skip(t, `needs ${missing.join(', ')}`);
	return false;
}
