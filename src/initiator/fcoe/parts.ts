// Reads of the holes in a read: what a lost data frame costs when its command's status has come all the same.
import type {NetstressError} from '../../base/errors.js';
import type {ScsiResult} from '../scsi/command.js';
import {Exchange} from './exchange.js';

/** Commands that read these byte ranges of `exchange`'s data again; undefined when it cannot be divided. `done` is called for each. */
export function partsOf(
	exchange: Exchange,
	holes: readonly {readonly from: number; readonly to: number}[],
	done: (result: ScsiResult | undefined, error: NetstressError | undefined) => void,
): Exchange[] | undefined {
	const {scsi} = exchange;
	const parts = scsi.part === undefined ? [] : holes.map(({from, to}) => scsi.part!(from, to));
	if (parts.length === 0 || parts.some(part => part === undefined)) return undefined;
	return parts.map(part => {
		const {cdb, from, to} = part!;
		const child = new Exchange(
			{
				lun: scsi.lun,
				cdb,
				dataIn: scsi.dataIn!.subarray(from, to),
				...(scsi.deadlineMs === undefined ? {} : {deadlineMs: scsi.deadlineMs}),
				part: (first, last) => {
					const inner = scsi.part!(from + first, from + last);
					return inner === undefined ? undefined : {cdb: inner.cdb, from: inner.from - from, to: inner.to - from};
				},
				done,
			},
			exchange,
		);
		child.firstMs = exchange.firstMs;
		return child;
	});
}
