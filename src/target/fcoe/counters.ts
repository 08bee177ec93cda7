// What the FCP target counts, from its start.

export interface FcpTargetCounters {
	logins: number;
	commands: number;
	reads: number;
	readBytes: number;
	writes: number;
	writtenBytes: number;
	checkConditions: number;
	taskManagement: number;
	aborts: number;
	/** A command that came twice. */
	duplicateCommands: number;
	/** Write data that had come already. */
	duplicateData: number;
	/** Write data for no exchange, or outside what was asked for. */
	strayData: number;
	/** XFER_RDYs for data that did not come: a frame of it, or the XFER_RDY, was lost. */
	askedAgain: number;
	recs: number;
	srrs: number;
	/** Exchanges whose data never came. */
	expired: number;
	malformed: number;
}

export const noFcpCounts = (): FcpTargetCounters => ({
	logins: 0,
	commands: 0,
	reads: 0,
	readBytes: 0,
	writes: 0,
	writtenBytes: 0,
	checkConditions: 0,
	taskManagement: 0,
	aborts: 0,
	duplicateCommands: 0,
	duplicateData: 0,
	strayData: 0,
	askedAgain: 0,
	recs: 0,
	srrs: 0,
	expired: 0,
	malformed: 0,
});
