// The keys that login negotiates (RFC 7143 section 13): default, range, how two wishes become one result.

/** How a result comes about: the first common entry, either, both, the smaller, the larger, or each side's own word. */
export type KeyKind = 'list' | 'or' | 'and' | 'min' | 'max' | 'declare';

export interface KeyRule {
	readonly kind: KeyKind;
	readonly initial: string;
	/** Numbers only, both inclusive. */
	readonly low?: number;
	readonly high?: number;
	/** Only while the session's first connection logs in (RFC 7143 13: LO, IO); the others also per connection. */
	readonly leading: boolean;
}

const number = (kind: 'min' | 'max' | 'declare', initial: number, low: number, high: number, leading = true): KeyRule => ({
	kind,
	initial: String(initial),
	low,
	high,
	leading,
});

/** Keys with a negotiated or declared numeric, boolean or list value. Names of parties are not here. */
export const keyRules = {
	HeaderDigest: {kind: 'list', initial: 'None', leading: false},
	DataDigest: {kind: 'list', initial: 'None', leading: false},
	AuthMethod: {kind: 'list', initial: 'None', leading: false},
	MaxConnections: number('min', 1, 1, 65535),
	InitialR2T: {kind: 'or', initial: 'Yes', leading: true},
	ImmediateData: {kind: 'and', initial: 'Yes', leading: true},
	MaxRecvDataSegmentLength: number('declare', 8192, 512, 16777215, false),
	MaxBurstLength: number('min', 262144, 512, 16777215),
	FirstBurstLength: number('min', 65536, 512, 16777215),
	DefaultTime2Wait: number('max', 2, 0, 3600),
	DefaultTime2Retain: number('min', 20, 0, 3600),
	MaxOutstandingR2T: number('min', 1, 1, 65535),
	DataPDUInOrder: {kind: 'or', initial: 'Yes', leading: true},
	DataSequenceInOrder: {kind: 'or', initial: 'Yes', leading: true},
	ErrorRecoveryLevel: number('min', 0, 0, 2),
	OFMarker: {kind: 'and', initial: 'No', leading: false},
	IFMarker: {kind: 'and', initial: 'No', leading: false},
	TaskReporting: {kind: 'list', initial: 'RFC3720', leading: true},
	iSCSIProtocolLevel: number('min', 1, 0, 31),
} as const satisfies Record<string, KeyRule>;

export type NegotiatedKey = keyof typeof keyRules;

/** A number as text has it: decimal or 0x hexadecimal (RFC 7143 6.1); undefined when it is neither. */
export function parseNumber(text: string): number | undefined {
	return /^(0x[0-9a-f]+|[0-9]+)$/i.test(text) ? Number(text) : undefined;
}

/** What a negotiation came to: the answer to send and the value that counts; `value` undefined means Reject. */
export interface Negotiated {
	readonly answer: string;
	readonly value: string | undefined;
}

const rejected: Negotiated = {answer: 'Reject', value: undefined};

/** The responder's part: `offered` is what the peer sent, `ours` what we would have (for a list: all we accept). */
export function negotiate(rule: KeyRule, offered: string, ours: string): Negotiated {
	switch (rule.kind) {
		case 'list': {
			const accepted = ours.split(',');
			const value = offered.split(',').find(each => accepted.includes(each));
			return value === undefined ? rejected : {answer: value, value};
		}
		case 'or':
		case 'and': {
			if (offered !== 'Yes' && offered !== 'No') return rejected;
			const yes = rule.kind === 'or' ? offered === 'Yes' || ours === 'Yes' : offered === 'Yes' && ours === 'Yes';
			const value = yes ? 'Yes' : 'No';
			return {answer: value, value};
		}
		default: {
			const number = parseNumber(offered);
			if (number === undefined || number < (rule.low ?? 0) || number > (rule.high ?? Number.MAX_SAFE_INTEGER)) return rejected;
			if (rule.kind === 'declare') return {answer: ours, value: String(number)};
			const value = String(rule.kind === 'min' ? Math.min(number, Number(ours)) : Math.max(number, Number(ours)));
			return {answer: value, value};
		}
	}
}
