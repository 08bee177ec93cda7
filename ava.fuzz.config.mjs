// Fuzzing: no limit of runs but one of time, FUZZ_SECONDS a test (5 when not given); FUZZ_SEED repeats a run (npm run fuzz).
const seconds = Number(process.env.FUZZ_SECONDS ?? 5);

// biome-ignore lint/style/noDefaultExport: ava reads its configuration from the default export
export default {
	files: ['dist/test/fuzz/**/*.test.js'],
	concurrency: 2,
	workerThreads: false,
	timeout: `${Math.ceil(60 + 20 * seconds)}s`,
};
