// What follows from a target's answer to REC (FCP-4 12.4, annex C; libfc, fc_fcp_rec_resp): which unit was lost, and how it is mended.
import {rCtl} from '../../wire/fc.js';
import {eStat} from '../../wire/fc-els.js';
import type {Exchange} from './exchange.js';
import type {LostUnit} from './losses.js';

/** `wait`: nothing is lost, it is still at work. `abort`: ABTS, and the command anew. `resend`: SRR for `unit` (an R_CTL) from `from` on. */
export type Remedy =
	| {readonly kind: 'wait'}
	| {readonly kind: 'abort'; readonly lost: LostUnit; readonly offset: number | undefined; readonly bytes: number}
	| {
			readonly kind: 'resend';
			readonly lost: LostUnit;
			readonly offset: number | undefined;
			readonly bytes: number;
			readonly unit: number;
			readonly from: number;
	  };

/** `status`: the exchange's E_STAT; `transferred`: FC-4 value, bytes that the target has moved. `retry`: the target takes SRR. */
export function remedyFor(exchange: Exchange, status: number, transferred: number, retry: boolean): Remedy {
	const complete = (status & eStat.complete) !== 0;
	if (!complete && (status & eStat.initiative) !== 0) return {kind: 'wait'};
	const writing = exchange.scsi.dataOut !== undefined;
	const hole = exchange.isRead ? exchange.got.hole(0, exchange.expected) : undefined;
	const lostData = {lost: 'data', offset: hole?.from, bytes: hole === undefined ? 0 : hole.to - hole.from} as const;
	const lostResponse = {lost: 'response', offset: undefined, bytes: 0} as const;
	if (!retry) {
		// a write waits for data it asked for: the request or the data was lost, and the target does not ask again by itself
		if (!complete && writing) return {kind: 'abort', lost: exchange.sentData === 0 ? 'transfer-ready' : 'write data', offset: transferred, bytes: 0};
		return {kind: 'abort', ...(hole === undefined ? lostResponse : lostData)};
	}
	if (!complete && writing && transferred < exchange.expected) {
		const lost = exchange.sentData > transferred ? 'write data' : 'transfer-ready';
		return {kind: 'resend', lost, offset: transferred, bytes: 0, unit: rCtl.dataDescriptor, from: transferred};
	}
	if (hole !== undefined) return {kind: 'resend', ...lostData, unit: rCtl.solicitedData, from: hole.from};
	return {kind: 'resend', ...lostResponse, unit: rCtl.commandStatus, from: 0};
}
