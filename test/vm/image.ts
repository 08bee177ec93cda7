// What a guest boots: Debian's kernel and an initramfs with busybox, the modules and the programs that the tests use. Built once and kept
// until one of its inputs changes: a package's version, the lists below, the guest's own scripts.
import {createHash} from 'node:crypto';
import {
	copyFileSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
	utimesSync,
} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {cacheFolder, output, resolve, standsFor, unpack, withLibraries} from './packages.js';

export interface Image {
	readonly kernel: string;
	readonly initramfs: string;
	/** The kernel's release, as `uname -r` says it. */
	readonly release: string;
}

/** What the builder runs; for `need`. */
export const builderPrograms = ['apt-get', 'dpkg', 'cpio', 'chroot', 'qemu-system-x86_64'] as const;

const packages = ['busybox-static', 'open-iscsi', 'e2fsprogs', 'ethtool', 'kmod', 'libgcc-s1', 'sg3-utils'];

/** Programs that busybox has not, or not well enough. */
const programs = ['iscsid', 'iscsiadm', 'mke2fs', 'e2fsck', 'ethtool', 'kmod', 'sg_persist'];

/** Modules that the tests load; what they need comes with them. */
const modules = [
	'virtio_pci virtio_net virtio_rng vmxnet3 8139cp qemu_fw_cfg',
	'aoe',
	'fcoe tcm_fc 8021q',
	'iscsi_tcp sd_mod crc32c_generic crc32c-intel',
	'target_core_mod target_core_file target_core_iblock iscsi_target_mod',
	'brd ext4',
	'pktgen',
	'virtio_blk drop_monitor',
].flatMap(line => line.split(' '));

const scripts = fileURLToPath(new URL('../../../test/vm/guest/', import.meta.url));
/** Raised when what is built from the same inputs changes. */
const recipe = 1;

/** Modules of `tree` by name, with what modules.dep says they need; both spellings of a name (dash, underscore) find it. */
function closure(tree: string, release: string): string[] {
	const needs = new Map<string, string[]>();
	const byName = new Map<string, string>();
	for (const line of readFileSync(join(tree, 'lib/modules', release, 'modules.dep'), 'utf8')
		.trim()
		.split('\n')) {
		const [path = '', rest = ''] = line.split(':');
		needs.set(path, rest.split(' ').filter(Boolean));
		byName.set(
			basename(path)
				.replace(/\.ko.*$/, '')
				.replaceAll('-', '_'),
			path,
		);
	}
	const builtin = readFileSync(join(tree, 'lib/modules', release, 'modules.builtin'), 'utf8').replaceAll('-', '_');
	const wanted = new Set<string>();
	const add = (path: string) => {
		if (wanted.has(path)) return;
		wanted.add(path);
		for (const other of needs.get(path) ?? []) add(other);
	};
	for (const name of modules.map(word => word.replaceAll('-', '_'))) {
		const path = byName.get(name);
		if (path !== undefined) add(path);
		else if (!builtin.includes(`/${name}.ko`)) throw new Error(`this kernel (${release}) has no module ${name}`);
	}
	return [...wanted];
}

/** The shared libraries that a program loads, found by the loader of `tree` itself; paths inside `tree`. */
function librariesOf(tree: string, program: string): string[] {
	const said = output('chroot', [tree, '/lib64/ld-linux-x86-64.so.2', '--list', `/${program}`]);
	return [...said.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path.slice(1));
}

/** Where a program of that name lies in `tree`. */
function find(tree: string, program: string): string {
	const path = ['usr/sbin', 'usr/bin'].map(folder => join(folder, program)).find(each => existsSync(join(tree, each)));
	if (path === undefined) throw new Error(`no package has the program ${program}`);
	return path;
}

function copyInto(tree: string, root: string, path: string): void {
	const to = join(root, path);
	mkdirSync(dirname(to), {recursive: true});
	copyFileSync(realpathSync(join(tree, path)), to);
}

/** Fills `root` with everything the guest has. */
function furnish(tree: string, root: string, release: string): void {
	for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
		mkdirSync(join(root, 'usr', name), {recursive: true});
		symlinkSync(`usr/${name}`, join(root, name));
	}
	for (const folder of ['proc', 'sys', 'dev', 'tmp', 'run', 'etc/iscsi', 'mnt', 'var/lib/iscsi']) mkdirSync(join(root, folder), {recursive: true});
	const found = programs.map(program => find(tree, program));
	// libgcc_s is loaded by name, by pthread_cancel
	const files = new Set(['usr/bin/busybox', 'usr/lib/x86_64-linux-gnu/libgcc_s.so.1', ...found]);
	for (const program of found) for (const library of librariesOf(tree, program)) files.add(library);
	for (const path of files) copyInto(tree, root, path);
	symlinkSync('mke2fs', join(root, 'sbin/mkfs.ext4'));
	for (const name of ['modprobe', 'depmod', 'lsmod']) symlinkSync('../bin/kmod', join(root, 'sbin', name));
	const folder = join('lib/modules', release);
	for (const name of readdirSync(join(tree, folder)).filter(each => /^modules\.(order|builtin)/.test(each))) copyInto(tree, root, join(folder, name));
	for (const path of closure(tree, release)) copyInto(tree, root, join(folder, path));
	output('chroot', [root, '/sbin/depmod', release]);
	copyInto(tree, root, 'etc/iscsi/iscsid.conf');
	copyInto(tree, root, 'etc/mke2fs.conf');
	cpSync(scripts, join(root, 'lib/netstress'), {recursive: true});
	symlinkSync('lib/netstress/init.sh', join(root, 'init'));
}

function build(folder: string, names: readonly ReturnType<typeof resolve>[number][], release: string): void {
	mkdirSync(cacheFolder(), {recursive: true});
	const work = mkdtempSync(join(cacheFolder(), 'building-'));
	try {
		const tree = join(work, 'tree');
		const root = join(work, 'root');
		const done = join(work, 'done');
		mkdirSync(done);
		unpack(names, tree);
		output('chroot', [tree, '/sbin/depmod', release]);
		furnish(tree, root, release);
		copyFileSync(join(tree, 'boot', `vmlinuz-${release}`), join(done, 'vmlinuz'));
		// not compressed: the emulated processor would take longer to unpack it than the host to read it
		output('sh', ['-c', 'find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0 > ../done/initramfs'], {cwd: root});
		rmSync(folder, {recursive: true, force: true});
		renameSync(done, folder);
	} finally {
		rmSync(work, {recursive: true, force: true});
	}
}

const [hour, week] = [3600 * 1000, 7 * 24 * 3600 * 1000];

/** Removes what is older than `age`: images that no test has used, folders of a build that was killed. */
function tidy(folder: string, prefix: string, age: number): void {
	for (const name of readdirSync(folder)) {
		const path = join(folder, name);
		if (name.startsWith(prefix) && statSync(path).mtimeMs < Date.now() - age) rmSync(path, {recursive: true, force: true});
	}
}

let ready: Image | undefined;

/** The image for the packages that apt knows today, built when it is not there yet (about 20 s and a download of 90 MB the first time). */
export function image(): Image {
	if (ready !== undefined) return ready;
	const kernel = standsFor('linux-image-amd64');
	const release = kernel.replace(/^linux-image-/, '');
	const found = resolve([kernel, ...withLibraries(packages)]);
	const key = createHash('sha256').update(JSON.stringify([recipe, found, programs, modules]));
	for (const name of readdirSync(scripts).sort()) key.update(name).update(readFileSync(join(scripts, name)));
	const images = join(cacheFolder(), 'images');
	const folder = join(images, key.digest('hex').slice(0, 16));
	if (!existsSync(folder)) {
		mkdirSync(images, {recursive: true});
		build(folder, found, release);
		tidy(images, '', week);
		tidy(cacheFolder(), 'building-', hour);
	}
	utimesSync(folder, new Date(), new Date());
	ready = {kernel: join(folder, 'vmlinuz'), initramfs: join(folder, 'initramfs'), release};
	return ready;
}
