// The seam between what is sent and how it is sent: a source builds frames (src/inject/frames), a pace and a port send them (inject.ts).

/** The frame that all frames of a source are copies of but for a stamp's number, time and check. */
export interface FrameImage {
	readonly bytes: Uint8Array;
	/** Where the stamp begins that is completed in every frame; undefined when the frames do not differ at all. */
	readonly stampAt: number | undefined;
	/** Makes the next frame of the image, or of the frame before, that lies at `at`. Undefined when the frames do not differ. */
	readonly renew?: ((view: DataView, at: number, nowMs: number) => void) | undefined;
}

/** Where the frames of a stream come from. Writes frame n where it will be sent from. */
export interface FrameSource {
	/** Longest frame it will write, bytes without FCS. */
	readonly maxLength: number;
	/** How many frames before it repeats; Infinity when it never does (random, stamps). */
	readonly period: number;
	/** Set when its frames differ in their stamp only, and are of one length: a kernel can then make them by itself. */
	readonly image?: FrameImage | undefined;
	/** Writes the next frame at `at` (the slot is dirty) and returns its length. `nowMs` is performance.now(), for stamps. */
	write(bytes: Uint8Array, view: DataView, at: number, nowMs: number): number;
}
