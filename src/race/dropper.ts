// Loses frames in the race's lab: the link's share, or one frame of one direction.

import type {EndLoss} from '../lab/keeper-protocol.js';
import type {Lab} from '../lab/lab.js';

/** The ends of the race's link. */
export type End = 'target' | 'initiator';
const other = {target: 'initiator', initiator: 'target'} as const;

export interface Dropper {
	/** Loses this share of the frames, each way, from now on. */
	lose(share: number): Promise<void>;
	/** Loses frame number `first`, from 0, of those that `from` sends from now on, and no other. */
	arm(from: End, first: number): Promise<void>;
	/** Frames that each end has sent, and frames lost on purpose. */
	counts(): Promise<{readonly sent: Readonly<Record<End, number>>; readonly dropped: number}>;
}

/** ERR_UNSUPPORTED comes out of the calls, from where the kernel or the user's rights do not allow it (`Lab.lose`). */
export function dropperOf(lab: Lab): Dropper {
	/** Where the frames of an end are counted and lost: where they arrive, or with netem where they leave. */
	const place = (ends: readonly EndLoss[], from: End): EndLoss | undefined => {
		const leaving = ends.find(({host}) => host === from);
		return leaving?.engine === 'netem' ? leaving : ends.find(({host}) => host === other[from]);
	};
	return {
		async lose(share) {
			await lab.lose({kind: 'share', share});
		},
		async arm(from, first) {
			await lab.lose({kind: 'share', share: 0});
			await lab.lose({kind: 'one', first}, [other[from]]); // netem has no such rule: it is lost where it arrives
		},
		async counts() {
			const ends = await lab.lost();
			const sent = (from: End) => place(ends, from)?.seen ?? 0;
			return {sent: {target: sent('target'), initiator: sent('initiator')}, dropped: ends.reduce((sum, {dropped}) => sum + dropped, 0)};
		},
	};
}
