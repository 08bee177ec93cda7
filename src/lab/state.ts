// Labs that outlive the command that made them: one small file each, so that `lab exec`, `show` and `down` find them again.
import {existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {NetstressError, usage} from '../base/errors.js';
import {startTime} from '../sys/process.js';
import {hostFor, type LabHost} from './host.js';
import type {Lab, LabKind} from './lab.js';
import type {Plan} from './plan.js';
import {sweep} from './sweep.js';

export interface SavedLab {
	readonly name: string;
	readonly kind: LabKind;
	readonly keeperPid: number;
	/** With the pid it names the keeper for good: a pid alone may have gone to somebody else. */
	readonly keeperStart: number;
	readonly folder: string;
	readonly plan: Plan;
}

/** $XDG_RUNTIME_DIR/netstress, or /tmp/netstress-UID where there is none; ours alone. ERR_PERMISSION when somebody else made it. */
function stateFolder(): string {
	const runtime = process.env.XDG_RUNTIME_DIR;
	const uid = process.getuid?.() ?? 0;
	const folder = runtime && existsSync(runtime) ? join(runtime, 'netstress') : `/tmp/netstress-${uid}`;
	const found = lstatSync(folder, {throwIfNoEntry: false});
	if (found && (found.uid !== uid || !found.isDirectory()))
		throw new NetstressError('ERR_PERMISSION', `${folder} belongs to user ${found.uid}; remove it or set XDG_RUNTIME_DIR`, {path: folder});
	return folder;
}

function fileOf(name: string): string {
	if (!/^[a-z0-9][a-z0-9-]{0,30}$/i.test(name)) throw usage(`"${name}" is no lab name: letters, digits and dashes, 31 at most`);
	return join(stateFolder(), `lab-${name}.json`);
}

const alive = ({keeperPid, keeperStart}: SavedLab) => startTime(keeperPid) === keeperStart;

/** Remembers a lab that has been told to persist. */
export function saveLab(name: string, lab: Lab): void {
	const {kind, keeperPid, folder, plan} = lab;
	mkdirSync(stateFolder(), {recursive: true, mode: 0o700});
	const saved: SavedLab = {name, kind, keeperPid, keeperStart: startTime(keeperPid) ?? 0, folder, plan};
	writeFileSync(fileOf(name), JSON.stringify(saved), {mode: 0o600});
}

/** Removes the file, and the folder with the last one. */
function forget(name: string): void {
	rmSync(fileOf(name), {force: true});
	const folder = stateFolder();
	if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

/** The lab of that name, or undefined. A lab whose keeper is gone is taken down and forgotten. */
export async function findLab(name: string): Promise<SavedLab | undefined> {
	const file = fileOf(name);
	if (!existsSync(file)) return undefined;
	const saved = JSON.parse(readFileSync(file, 'utf8')) as SavedLab;
	if (alive(saved)) return saved;
	await sweep(saved.kind === 'named' ? saved.plan.hosts.map(({namespace}) => namespace) : [], [], [saved.folder]);
	forget(name);
	return undefined;
}

/** As `findLab`, but a lab that is not there is an error. ERR_CLOSED. */
export async function requireLab(name: string): Promise<SavedLab> {
	const saved = await findLab(name);
	if (saved === undefined)
		throw new NetstressError('ERR_CLOSED', `there is no lab "${name}"; make one with: netstress lab up${name === 'lab' ? '' : ` --name ${name}`}`, {lab: name});
	return saved;
}

/** Names of the labs that are up. */
export async function listLabs(): Promise<SavedLab[]> {
	const folder = stateFolder();
	const files = existsSync(folder) ? readdirSync(folder) : [];
	const names = files.flatMap(file => /^lab-(.+)\.json$/.exec(file)?.[1] ?? []);
	const labs: (SavedLab | undefined)[] = [];
	for (const name of names) labs.push(await findLab(name));
	return labs.filter(lab => lab !== undefined);
}

export const savedHosts = ({plan, kind, keeperPid}: SavedLab): LabHost[] => plan.hosts.map(host => hostFor(host, kind, keeperPid));

/** Takes a saved lab down and waits until it is gone. ERR_TIMEOUT. */
export async function removeLab(saved: SavedLab): Promise<void> {
	if (alive(saved)) process.kill(saved.keeperPid, 'SIGTERM');
	for (let i = 0; alive(saved); i++) {
		if (i > 1500)
			throw new NetstressError(
				'ERR_TIMEOUT',
				`the keeper of lab "${saved.name}", process ${saved.keeperPid}, does not end; kill it with: kill -9 ${saved.keeperPid}`,
			);
		await sleep(10);
	}
	forget(saved.name);
}
