// Fields that a table has and a tree does not.

/** A key that begins with '_' is a field of ours that Wireshark does not print in that place; trees leave it out (src/wire/iscsi.ts). */
export const isHidden = (name: string): boolean => name.slice(name.lastIndexOf('.') + 1).startsWith('_') && !name.startsWith('_ws');
