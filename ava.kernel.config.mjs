// Tests that need namespaces, root or other people's programs: one at a time, each in a process of its own (npm run test:kernel).
// biome-ignore lint/style/noDefaultExport: ava reads its configuration from the default export
export default {
	files: ['dist/test/kernel/**/*.test.js'],
	concurrency: 1,
	workerThreads: false,
	timeout: '300s',
};
