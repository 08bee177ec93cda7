// Addresses given on the command line as contestants: what can be seen of each, and how the disk is prepared.
import {spawn, spawnSync} from 'node:child_process';
import {NetstressError} from '../base/errors.js';
import {readInterface} from '../monitor/interface.js';
import type {Surroundings} from './observe.js';
import type {Contestant} from './race.js';
import {startRunner} from './runner.js';
import {endHere, type RaceWatch} from './watch.js';

/** The interface that leads to a host: what `ip route get` says. Undefined when it cannot be told. */
function interfaceTo(host: string): string | undefined {
	const answer = spawnSync('ip', ['-o', 'route', 'get', host], {encoding: 'utf8'});
	return answer.status === 0 ? /\bdev (\S+)/.exec(answer.stdout)?.[1] : undefined;
}

/** The interface an address is reached by. */
export function interfaceOf(address: string): string | undefined {
	const named = /^(?:aoe|fcoe):([^/]+)\//.exec(address)?.[1];
	if (named !== undefined) return named;
	const host = /^iscsi:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(address)?.[1];
	return host === undefined ? undefined : interfaceTo(host.replace(/^\[|\]$/g, ''));
}

/** What can be seen from here of a target elsewhere: our own interface, our own TCP, and the target's processes when they have been named. */
function surroundingsOf(address: string, runnerPid: number, targetPids: readonly number[], watch: RaceWatch): Surroundings {
	const iface = interfaceOf(address);
	let seen = false;
	try {
		seen = iface !== undefined && readInterface(iface) !== undefined;
	} catch {
		// named wrongly: opening the address says so
	}
	return {
		interfaces: seen && iface !== undefined ? [{where: 'here', iface, pid: runnerPid}] : [],
		cable: false,
		tcp: address.startsWith('iscsi:') ? [runnerPid] : [],
		targetPids,
		...(seen && iface !== undefined && {drops: watch.at(endHere(iface), undefined)}),
	};
}

/** Starts one runner per address, here. Closes what it has started when one fails. */
export async function openField(addresses: readonly string[], patternSeed: number, targetPids: readonly number[], watch: RaceWatch): Promise<Contestant[]> {
	const contestants: Contestant[] = [];
	try {
		for (const address of addresses) {
			const runner = await startRunner((file, args, options) => spawn(file, args, options), address, patternSeed);
			contestants.push({runner, surroundings: surroundingsOf(address, runner.pid, targetPids, watch)});
		}
	} catch (error) {
		await Promise.all(contestants.map(({runner}) => runner.close()));
		throw error;
	}
	return contestants;
}

/** Bytes that are raced over: what every device has, `most` at most. */
export function commonSpan(contestants: readonly Contestant[], most: number): number {
	const span = Math.min(most, ...contestants.map(({runner}) => runner.size));
	const whole = span - (span % 2 ** 20);
	if (whole === 0) throw new NetstressError('ERR_USAGE', `the smallest of the devices has ${span} bytes; a race needs 1 MiB at least`);
	return whole;
}
