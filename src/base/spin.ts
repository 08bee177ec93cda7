// How long a data plane looks for more work before it sleeps. A sleep and the wake-up of an idle processor cost 20 to 50 microseconds, in a
// virtual machine more: longer than a page-cache read over a whole link. With one processor spinning would only keep the peer from running.
import {availableParallelism} from 'node:os';

/** Milliseconds of looking before sleeping. */
export const SPIN_MS = availableParallelism() > 1 ? 0.05 : 0;
