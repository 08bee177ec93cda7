// What netstress ledger is given.
import type {TransmitEngine} from '../src/port/ring.js';
import type {SharedArguments} from './flags.js';
import type {FrameArguments} from './inject-frames.js';
import type {PaceArguments} from './inject-plan.js';
import type {ReceiverKind} from './ledger-side.js';

export interface LedgerArguments extends SharedArguments, FrameArguments, PaceArguments {
	from?: string;
	to?: string;
	receiver: ReceiverKind;
	run?: string;
	record?: string;
	merge?: string[];
	maxLoss?: number;
	maxUnexplained?: number;
	'ring-size'?: number;
	transmit?: TransmitEngine;
	bypassQdisc: boolean;
	allowDefaultRoute: boolean;
}
