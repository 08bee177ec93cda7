// Sets up what a checkout needs (packages, build), then runs one of the project's jobs. Plain JavaScript: it runs before anything is built.
import {spawn, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [job = 'start', ...rest] = process.argv.slice(2);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
	console.error(`netstress needs Node 20.19 or newer; this is ${process.versions.node}`);
	process.exit(4);
}

const step = (command, args, options = {}) => {
	const done = spawnSync(command, args, {cwd: root, stdio: ['ignore', 2, 2], ...options});
	if (done.error) throw done.error;
	if (done.status !== 0) process.exit(done.status ?? 1);
};

/** Packages, once per lock file: the stamp holds the lock's hash, so that a changed lock installs again. */
function install() {
	const stamp = join(root, 'node_modules', '.netstress-lock');
	const lock = createHash('sha256')
		.update(readFileSync(join(root, 'package-lock.json')))
		.update(process.version)
		.digest('hex');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
	console.error('setting up: npm ci');
	step('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
	mkdirSync(dirname(stamp), {recursive: true});
	writeFileSync(stamp, lock);
}

/** What was built from a source that is gone goes too: ava would still run it. */
function prune() {
	const dist = join(root, 'dist');
	if (!existsSync(dist)) return;
	for (const file of readdirSync(dist, {recursive: true})) {
		const source = file.replace(/\.js(\.map)?$/, '.ts');
		if (source !== file && !existsSync(join(root, source))) rmSync(join(dist, file));
	}
}

const build = () => step(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json']);

/** Runs the commands one after the other in the foreground, up to the first that fails; its exit status and our signals are passed on. */
function run(...commands) {
	const [[command, args], ...later] = commands;
	const child = spawn(command, args, {cwd: root, stdio: 'inherit'});
	const pass = signal => child.kill(signal);
	for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, pass);
	child.on('exit', (code, signal) => {
		for (const name of ['SIGINT', 'SIGTERM']) process.off(name, pass);
		if (code === 0 && later.length > 0) run(...later);
		else process.exit(code ?? (signal === 'SIGINT' ? 130 : 1));
	});
}

const node = (file, args) => [process.execPath, [join(root, file), ...args]];
const ava = args => node('node_modules/ava/entrypoints/cli.mjs', args);
const jobs = {
	start: () => run(node('dist/tools/netstress.js', rest.length > 0 ? rest : ['race', '--duration', '600ms', '--lost-frame'])),
	// Named files run alone; without names everything that needs only Node comes first, then what needs namespaces and peers.
	test: () => (rest.length > 0 ? run(ava(rest)) : run(ava([]), ava(['--config', 'ava.kernel.config.mjs']))),
	'test:vm': () => run(ava(['--config', 'ava.vm.config.mjs', ...rest])),
	fuzz: () => run(ava(['--config', 'ava.fuzz.config.mjs', ...rest])),
	bench: () => run(node('dist/bench/run.js', rest)),
	golden: () => run(node('dist/test/golden.js', rest)),
	docs: () => run(node('dist/tools/docs.js', rest)),
};

if (!Object.hasOwn(jobs, job)) {
	console.error(`unknown job ${job}; there are ${Object.keys(jobs).join(', ')}`);
	process.exit(2);
}
install();
prune();
build();
jobs[job]();
