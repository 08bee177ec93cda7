// The kernel's filter of storage frames, in classic BPF (include/uapi/linux/filter.h, Documentation/networking/filter.rst): AoE, the commands and answers of FCP, and TCP
// from and to iSCSI's port; of each only the bytes that the matchers read. Everything else costs the few instructions up to `ret 0`. One 802.1Q tag may stand in the
// frame: the kernel takes it out of what comes in, not always of what goes out.
import type {CaptureRingOptions} from '../../port/capture-ring.js';
import {AOE_ETHERTYPE, ETHERNET_LENGTH} from '../../wire/aoe.js';
import {rCtl} from '../../wire/fc.js';
import {FCOE_ETHERTYPE, FCOE_HEADER_LENGTH} from '../../wire/fcoe.js';
import {iscsiPort} from '../../wire/iscsi.js';

/** Bytes of each frame that are kept: headers behind a tag; of TCP as much as holds the commands that an initiator sends together. */
export const snapshotBytes = {aoe: 64, fcoe: 96, tcp: 512} as const;

const code = {
	loadHalf: 0x28,
	loadByteX: 0x50,
	loadHalfX: 0x48,
	loadX: 0x01,
	jump: 0x05,
	equal: 0x15,
	set: 0x45,
	and: 0x54,
	shift: 0x64,
	addX: 0x0c,
	toX: 0x07,
	give: 0x06,
};

type Step = readonly [name: keyof typeof code, k: number, yes?: string, no?: string];
type Program = NonNullable<CaptureRingOptions['filter']>;

/** Steps with labels to instructions; a jump without a label goes to the next one. */
function assemble(lines: readonly (Step | string)[]): Program {
	const labels = new Map<string, number>();
	const steps: Step[] = [];
	for (const line of lines) {
		if (typeof line === 'string') labels.set(line, steps.length);
		else steps.push(line);
	}
	return steps.map(([name, k, yes, no], i) => {
		const to = (label: string | undefined) => (label === undefined ? 0 : (labels.get(label) as number) - i - 1);
		return name === 'jump' ? {code: code.jump, jt: 0, jf: 0, k: to(yes)} : {code: code[name], jt: to(yes), jf: to(no), k};
	});
}

const etherType = {vlan: 0x8100, serviceVlan: 0x88a8, ipv4: 0x0800, ipv6: 0x86dd} as const;
const tcpProtocol = 6;
const ip = ETHERNET_LENGTH;

/** X is 4 behind a tag; where TCP begins, X + 14 is its first byte. */
export const storageFilter: Program = assemble([
	['loadHalf', 12],
	['equal', etherType.vlan, 'tagged'],
	['equal', etherType.serviceVlan, 'tagged'],
	['loadX', 0],
	['jump', 0, 'type'],
	'tagged',
	['loadX', 4],
	['loadHalf', 16],
	'type',
	['equal', AOE_ETHERTYPE, 'aoe'],
	['equal', FCOE_ETHERTYPE, 'fcoe'],
	['equal', etherType.ipv4, 'ipv4'],
	['equal', etherType.ipv6, 'ipv6', 'none'],
	'aoe',
	['give', snapshotBytes.aoe],
	'fcoe',
	['loadByteX', ETHERNET_LENGTH + FCOE_HEADER_LENGTH],
	['equal', rCtl.unsolicitedCommand, 'unit'],
	['equal', rCtl.commandStatus, 'unit', 'none'],
	'unit',
	['give', snapshotBytes.fcoe],
	'ipv4',
	['loadByteX', ip + 9],
	['equal', tcpProtocol, undefined, 'none'],
	['loadHalfX', ip + 6],
	['set', 0x1fff, 'none'],
	['loadByteX', ip],
	['and', 0x0f],
	['shift', 2],
	['addX', 0],
	['toX', 0],
	['loadHalfX', ip],
	['equal', iscsiPort, 'tcp'],
	['loadHalfX', ip + 2],
	['equal', iscsiPort, 'tcp', 'none'],
	'ipv6',
	['loadByteX', ip + 6],
	['equal', tcpProtocol, undefined, 'none'],
	['loadHalfX', ip + 40],
	['equal', iscsiPort, 'tcp'],
	['loadHalfX', ip + 42],
	['equal', iscsiPort, 'tcp', 'none'],
	'tcp',
	['give', snapshotBytes.tcp],
	'none',
	['give', 0],
]);
