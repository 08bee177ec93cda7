// Debian packages for the guest: resolved and downloaded by apt as this machine knows them, unpacked with dpkg-deb, never installed.
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';

export interface Package {
	readonly name: string;
	/** The archive's file name; the version is in it. */
	readonly file: string;
	readonly sha256: string;
}

/** Where everything built for the guests is kept: outside the checkout, and safe to delete. */
export const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'netstress', 'vm');

/** Runs a program to its end and gives its output; an Error with what it said when it fails. */
export function output(file: string, args: readonly string[], options: {cwd?: string; input?: string | Buffer} = {}): string {
	const done = spawnSync(file, args, {encoding: 'utf8', maxBuffer: 2 ** 28, ...options});
	if (done.error) throw done.error;
	if (done.status !== 0) throw new Error(`${file} ${args.slice(0, 6).join(' ')} ended with ${done.status ?? done.signal}: ${done.stderr.trim()}`);
	return done.stdout;
}

/** The package that a metapackage stands for: linux-image-amd64 depends on the kernel of the day. */
export function standsFor(metapackage: string): string {
	const {stdout = ''} = spawnSync('apt-cache', ['depends', metapackage], {encoding: 'utf8'});
	const found = /^\s*Depends: (\S+)$/m.exec(stdout)?.[1];
	if (found === undefined) throw new Error(`apt knows no package ${metapackage}: it is Debian's; is the list there? apt-get update`);
	return found;
}

const onlyNeeds = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(word => `--no-${word}`);

/** The packages and every library package they depend on, however deep. What is not a library (debconf, udev, perl) the guest does without. */
export function withLibraries(names: readonly string[]): string[] {
	const needs = new Map<string, string[]>();
	let list: string[] = [];
	// an alternative begins with a bar; the last one of a group does not, and is nearly always the poorer one
	let alternative = false;
	for (const line of output('apt-cache', ['depends', '--recurse', ...onlyNeeds, ...names]).split('\n')) {
		const [, bar, dependency = ''] = /^\s+(\|)?(?:Pre)?Depends: (\S+)$/.exec(line) ?? [];
		if (/^\S/.test(line)) {
			list = [];
			needs.set(line, list);
		} else if (!alternative && dependency.startsWith('lib')) list.push(dependency);
		alternative = bar !== undefined;
	}
	const all = new Set(names);
	for (const name of all) for (const dependency of needs.get(name) ?? []) all.add(dependency);
	return [...all];
}

/** What apt would download for the packages: names, versions and digests. */
export function resolve(names: readonly string[]): Package[] {
	const said = output('apt-get', ['--print-uris', 'download', ...names]);
	const packages = [...said.matchAll(/^'\S+' (\S+) \d+ SHA256:([0-9a-f]{64})$/gm)].map(([, file = '', sha256 = '']) => ({
		name: file.split('_')[0] ?? '',
		file,
		sha256,
	}));
	const missing = names.filter(name => !packages.some(each => each.name === name));
	if (missing.length > 0) throw new Error(`apt cannot download ${missing.join(', ')}; run: apt-get update`);
	return packages;
}

const digestOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Downloads what is not in the cache already and unpacks everything into `tree`. */
export function unpack(packages: readonly Package[], tree: string): void {
	const archives = join(cacheFolder(), 'archives');
	const arriving = join(archives, `arriving-${process.pid}`);
	mkdirSync(arriving, {recursive: true});
	const missing = packages.filter(({file, sha256}) => !existsSync(join(archives, file)) || digestOf(join(archives, file)) !== sha256);
	// the sandboxed user cannot write into a folder of ours, and needs not: apt checks the digest
	if (missing.length > 0) output('apt-get', ['-qq', '-o', 'APT::Sandbox::User=', 'download', ...missing.map(({name}) => name)], {cwd: arriving});
	for (const {file} of missing) renameSync(join(arriving, file), join(archives, file));
	rmSync(arriving, {recursive: true});
	// of versions that are no longer wanted, and of a run that was killed while it downloaded
	for (const name of readdirSync(archives)) if (!packages.some(({file}) => file === name)) rmSync(join(archives, name), {recursive: true});
	mkdirSync(tree, {recursive: true});
	// one layout for every release: bin, sbin and the libraries below usr, as Debian has it since version 13 (dpkg -x would replace the links)
	for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
		mkdirSync(join(tree, 'usr', name), {recursive: true});
		symlinkSync(`usr/${name}`, join(tree, name));
	}
	for (const {file} of packages)
		output('sh', ['-c', 'dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink --exclude ./usr/share -C "$1"', join(archives, file), tree]);
}
