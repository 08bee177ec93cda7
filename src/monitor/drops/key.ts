/** The key of the counters in the kernel: what one kind of drop is. `location` is an address; `protocol` is in network order. */
export const dropKey = {location: 0, reason: 8, ifindex: 12, netns: 16, protocol: 20, length: 24} as const;
