// Tests that need nothing but Node (npm test runs these, then ava.kernel.config.mjs).
// biome-ignore lint/style/noDefaultExport: ava reads its configuration from the default export
export default {
	files: ['dist/test/**/*.test.js', '!dist/test/kernel/**', '!dist/test/vm/**', '!dist/test/fuzz/**'],
	concurrency: 2,
	workerThreads: false,
	timeout: '120s',
};
