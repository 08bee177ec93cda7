// Sets up what a checkout needs (packages, build), then runs one of the project's jobs. Plain JavaScript: it runs before anything is built.
import {spawn, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
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

const build = () => step(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json']);

/** Runs the job in the foreground; its exit status and signals are ours. */
function run(command, args) {
	const child = spawn(command, args, {cwd: root, stdio: 'inherit'});
	for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
	child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

const ava = args => run(process.execPath, [join(root, 'node_modules/ava/entrypoints/cli.mjs'), ...args, ...rest]);
const jobs = {
	start: () => run(process.execPath, [join(root, 'dist/tools/netstress.js'), ...(rest.length > 0 ? rest : ['race'])]),
	test: () => ava([]),
	fuzz: () => ava(['--config', 'ava.fuzz.config.mjs']),
	bench: () => run(process.execPath, [join(root, 'dist/bench/run.js'), ...rest]),
	golden: () => run(process.execPath, [join(root, 'dist/test/golden.js'), ...rest]),
	docs: () => run(process.execPath, [join(root, 'dist/tools/docs.js'), ...rest]),
};

if (!Object.hasOwn(jobs, job)) {
	console.error(`unknown job ${job}; there are ${Object.keys(jobs).join(', ')}`);
	process.exit(2);
}
install();
build();
jobs[job]();
