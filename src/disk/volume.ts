// What a target serves: a run of bytes with a size, that can be read, written and flushed. Protocols count in blocks, volumes in bytes.

/** Why a volume refused, in words that AoE, ATA and SCSI can each translate. */
export type VolumeFault = 'range' | 'write-protected' | 'medium' | 'closed';

export interface VolumeCounters {
	reads: number;
	readBytes: number;
	writes: number;
	writtenBytes: number;
	flushes: number;
	faults: number;
}

/**
 * A volume. `position` and `length` are bytes; every call checks the range before any byte moves and returns the fault instead of throwing,
 * because a request from the network is data. `undefined` means success.
 */
export interface Volume {
	readonly name: string;
	/** Bytes; a multiple of 512. */
	readonly size: number;
	readonly readOnly: boolean;
	/** Stable identity across restarts (serial number, NAA): 16 hexadecimal digits derived from what the volume is. */
	readonly id: string;
	readonly counters: VolumeCounters;
	read(into: Uint8Array, at: number, length: number, position: number): VolumeFault | undefined;
	/**
	 * The address of these bytes in mapped memory, valid until `close`, for a system call to copy from; 0 when they are not mapped or out of range
	 * (then `read` tells why). Counts as a read.
	 */
	address?(position: number, length: number): number;
	write(from: Uint8Array, at: number, length: number, position: number): VolumeFault | undefined;
	/** Returns only when everything written before has reached the medium. */
	flush(): VolumeFault | undefined;
	close(): void;
}
