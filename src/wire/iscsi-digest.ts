// The digests of iSCSI: CRC32C, sent with its least significant byte first (RFC 7143 13.1).
import {crc32c} from '@node-rs/crc32';

/** Bytes of a digest. */
export const digestLength = 4;

/** The digest of `length` bytes from `at`, as the number whose little-endian bytes go on the wire. */
export const digest = (bytes: Uint8Array, at: number, length: number): number => crc32c(Buffer.from(bytes.buffer, bytes.byteOffset + at, length)) >>> 0;
