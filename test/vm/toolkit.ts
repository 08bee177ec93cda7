// A disk for a guest with Node and this checkout's program on it: what the guest's own kernel allows is then tried by the program itself.
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {output} from './packages.js';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));
/** Libraries that Node and koffi load, and the loader. */
const loader = 'ld-linux-x86-64.so.2';

/** What a program is linked with, from this machine. */
const librariesOf = (file: string): string[] => [...output('ldd', [file]).matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);

/** The packages that the program needs when it runs. */
const runtimePackages = (): string[] => {
	const {stdout} = spawnSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], {cwd: checkout, encoding: 'utf8'});
	return stdout
		.split('\n')
		.filter(path => path.includes('/node_modules/') && !/node_modules\/(cap|nan)$/.test(path))
		.sort();
};

/**
 * Makes an ext4 image at `image`. In the guest: `mount -o ro /dev/vda /mnt`, then `/mnt/netstress WORDS` runs the program.
 * The guest's initramfs needs the modules virtio_blk and ext4.
 */
export function toolkitDisk(image: string): void {
	const folder = mkdtempSync(join(tmpdir(), 'netstress-toolkit-'));
	try {
		mkdirSync(join(folder, 'lib'));
		cpSync(process.execPath, join(folder, 'node'), {dereference: true});
		for (const name of ['dist/src', 'dist/tools', 'package.json']) cpSync(join(checkout, name), join(folder, name), {recursive: true});
		for (const path of runtimePackages()) {
			const to = join(folder, path.slice(path.indexOf('node_modules/')));
			mkdirSync(dirname(to), {recursive: true});
			cpSync(path, to, {recursive: true, dereference: true});
		}
		// Addons are linked with more than Node is.
		const addons = readdirSync(join(folder, 'node_modules'), {recursive: true, encoding: 'utf8'}).filter(name => name.endsWith('.node'));
		for (const file of [process.execPath, ...addons.map(name => join(folder, 'node_modules', name))])
			for (const path of librariesOf(file)) cpSync(realpathSync(path), join(folder, 'lib', path.slice(path.lastIndexOf('/') + 1)));
		const run = `#!/bin/sh\nexec /mnt/lib/${loader} --library-path /mnt/lib /mnt/node /mnt/dist/tools/netstress.js "$@"\n`;
		writeFileSync(join(folder, 'netstress'), run, {mode: 0o755});
		output('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-d', folder, image, '400M']);
	} finally {
		rmSync(folder, {recursive: true});
	}
}
