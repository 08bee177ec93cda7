// The seam between what is sent and how it is sent: a source builds frames (src/inject/frames), a pace and a port send them (inject.ts).

/** Where the frames of a stream come from. Writes frame n where it will be sent from. */
export interface FrameSource {
	/** Longest frame it will write, bytes without FCS. */
	readonly maxLength: number;
	/** How many frames before it repeats; Infinity when it never does (random, stamps). */
	readonly period: number;
	/** Writes the next frame at `at` (the slot is dirty) and returns its length. `nowMs` is performance.now(), for stamps. */
	write(bytes: Uint8Array, view: DataView, at: number, nowMs: number): number;
}
