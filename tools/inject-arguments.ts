// What netstress inject is given.
import type {EngineName} from '../src/inject/engine/choose.js';
import type {TransmitEngine} from '../src/port/ring.js';
import type {SharedArguments} from './flags.js';
import type {FrameArguments} from './inject-frames.js';
import type {PaceArguments} from './inject-plan.js';

export interface InjectArguments extends SharedArguments, FrameArguments, PaceArguments {
	iface?: string;
	write?: string;
	interval?: number;
	peer?: string;
	maxLoss?: number;
	engine: EngineName | 'auto';
	transmit?: TransmitEngine;
	bypassQdisc: boolean;
	cpus?: number[];
	print: boolean;
	allowDefaultRoute: boolean;
}
