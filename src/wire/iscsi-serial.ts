// Serial numbers of 32 bits that wrap (RFC 1982, RFC 7143 4.2.2).

/** True when `a` comes before `b`. */
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;
export const next = (n: number): number => (n + 1) >>> 0;
export const add = (n: number, more: number): number => (n + more) >>> 0;
