// Tests in which the other side is Debian's kernel in a guest: one at a time, each in a process of its own (npm run test:vm).
// biome-ignore lint/style/noDefaultExport: ava reads its configuration from the default export
export default {
	files: ['dist/test/vm/**/*.test.js'],
	concurrency: 1,
	workerThreads: false,
	timeout: '300s',
};
