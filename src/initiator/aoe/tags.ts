// Tags: which request a reply belongs to, and whether it is the reply we wait for, a late or a second one.
//
//   31      30..24   23..12      11..0
//   1       session  generation  entry          bit 31 is the user space's: Linux's driver keeps it clear (aoecmd.c, newtag)
//
// An entry of the table has one generation per transmission, so every retransmission goes out under a fresh tag, and an old tag still tells its entry.

/** Entries a table may have. */
export const TAG_ENTRIES = 4096;
const GENERATIONS = 4096;

export const makeTag = (session: number, generation: number, entry: number): number => 0x8000_0000 + session * 0x100_0000 + generation * 0x1000 + entry;
export const entryOf = (tag: number): number => tag & 0xfff;
export const generationOf = (tag: number): number => (tag >>> 12) & 0xfff;
export const isOurs = (tag: number, session: number): boolean => tag >>> 24 === 0x80 + session;
export const nextGeneration = (generation: number): number => (generation + 1) % GENERATIONS;

/** Whether generation `a` is `b` or newer, modulo the wrap. */
export const notOlder = (a: number, b: number): boolean => (a - b + GENERATIONS) % GENERATIONS < GENERATIONS / 2;
