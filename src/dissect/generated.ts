// The fields that dissection works out instead of reading them off a header: their labels and how they are shown. Names are Wireshark's,
// except the ones marked netstress, which it does not have.
import {ataCommandNames} from '../wire/aoe.js';
import type {Shape, Show} from '../wire/field.js';
import {scsiOpcodeNames, statusNames, vpdNames} from '../wire/scsi-names.js';

type Row = [label: string, show: Show, size?: number, names?: Readonly<Record<number, string>>];

const checksumStatus = {0: 'Bad', 1: 'Good', 2: 'Unverified', 3: 'Not present', 4: 'Illegal'};
/** packet-fc.h FC_FTYPE_*. */
const frameTypes = {
	0: 'Unknown frame',
	1: 'SW_ILS',
	2: 'IP/FC',
	3: 'FCP',
	4: 'Basic Link Svc',
	5: 'ELS',
	7: 'FC_CT',
	8: 'Link Data',
	9: 'Video Data',
	10: 'Link Ctl',
	12: 'SBCCS',
	13: 'OHMS(Cisco MDS)',
};
const rows: Readonly<Record<string, Row>> = {
	'frame.number': ['Frame Number', 'dec', 4],
	'frame.time_epoch': ['Epoch Time', 'seconds'],
	'frame.time_relative': ['Time since reference or first frame', 'seconds'],
	'frame.time_delta': ['Time delta from previous captured frame', 'seconds'],
	'frame.len': ['Frame length on the wire', 'dec', 4],
	'frame.cap_len': ['Frame length stored into the capture file', 'dec', 4],
	'frame.protocols': ['Protocols in frame', 'text'],
	'frame.interface_name': ['Interface name', 'text'],
	'frame.comment': ['Comment', 'text'],
	'eth.padding': ['Padding', 'bytes'],
	'eth.trailer': ['Trailer', 'bytes'],
	'ip.checksum.status': ['Header checksum status', 'dec', 1, checksumStatus],
	'ip.options': ['Options', 'bytes'],
	'icmp.checksum.status': ['Checksum Status', 'dec', 1, checksumStatus],
	'icmpv6.checksum.status': ['Checksum Status', 'dec', 1, checksumStatus],
	'udp.checksum.status': ['Checksum Status', 'dec', 1, checksumStatus],
	'udp.payload': ['Payload', 'bytes'],
	'tcp.stream': ['Stream index', 'dec', 4],
	'tcp.time_relative': ['Time since first frame in this TCP stream', 'seconds'],
	'tcp.time_delta': ['Time since previous frame in this TCP stream', 'seconds'],
	'tcp.len': ['TCP Segment Len', 'dec', 4],
	'tcp.seq': ['Sequence Number', 'dec', 4],
	'tcp.nxtseq': ['Next Sequence Number', 'dec', 4],
	'tcp.ack': ['Acknowledgment Number', 'dec', 4],
	'tcp.checksum.status': ['Checksum Status', 'dec', 1, checksumStatus],
	'tcp.options': ['TCP Options', 'bytes'],
	'tcp.options.eol': ['End of Option List', 'bytes'],
	'tcp.options.nop': ['No-Operation', 'bytes'],
	'tcp.options.mss': ['Maximum segment size', 'bytes'],
	'tcp.options.wscale': ['Window scale', 'bytes'],
	'tcp.options.wscale.multiplier': ['Multiplier', 'dec', 2],
	'tcp.options.sack_perm': ['SACK permitted', 'bytes'],
	'tcp.options.sack': ['SACK', 'bytes'],
	'tcp.options.sack.count': ['TCP SACK Count', 'dec', 1],
	'tcp.options.timestamp': ['Timestamps', 'bytes'],
	'tcp.options.unknown': ['Unknown option', 'bytes'],
	'tcp.payload': ['TCP payload', 'bytes'],
	'tcp.segment_data': ['TCP segment data', 'bytes'],
	'tcp.segments': ['Reassembled TCP Segments', 'none'],
	'tcp.segment': ['TCP Segment', 'dec', 4],
	'tcp.segment.count': ['Segment count', 'dec', 4],
	'tcp.reassembled.length': ['Reassembled TCP length', 'dec', 4],
	'tcp.analysis.retransmission': ['This frame is a (suspected) retransmission', 'none'],
	'tcp.analysis.out_of_order': ['This frame is a (suspected) out-of-order segment', 'none'],
	'tcp.analysis.lost_segment': ['Previous segment(s) not captured', 'none'],
	/** netstress: longer than the segments that the stream agreed on, so joined by TSO or GRO before it was captured. */
	'tcp.analysis.offloaded': ['Longer than the MSS: segments joined by offload', 'none'],
	'data.data': ['Data', 'bytes'],
	'data.len': ['Length', 'dec', 4],
	'fip.descriptors': ['Descriptors', 'bytes'],
	'fip.descriptors.length_error': ['Descriptor [length error]', 'none'],
	'fip.desc_unk': ['Unknown Descriptor', 'bytes'],
	'fip.vendor.data': ['Vendor-specific data', 'bytes'],
	/** netstress: one descriptor, what it has behind its fields, and what stands behind all of them. */
	'fip.descriptor': ['Descriptor', 'none'],
	'fip.descriptor.excess': ['Behind the fields of the descriptor', 'bytes'],
	'fip.padding': ['Padding', 'bytes'],
	'fcoe.crc.status': ['CRC Status', 'dec', 1, checksumStatus],
	/** netstress: the destination MAC address is another VN_Port's than D_ID says. */
	'fcoe.analysis.wrong_address': ['The MAC address does not belong to the D_ID', 'none'],
	'fc.ftype': ['Frame type', 'hex', 1, frameTypes],
	'fc.exchange_first_frame': ['Exchange First In', 'dec', 4],
	'fc.time': ['Time from Exchange First', 'seconds'],
	/** netstress: fill bytes behind the data, and what the order of an exchange says of frames that were not captured. */
	'fc.fill': ['Fill bytes', 'bytes'],
	'fc.analysis.lost_frames': ['Frames of the sequence not seen before this one', 'dec', 2],
	'fc.analysis.out_of_order': ['Behind a frame with a higher SEQ_CNT', 'none'],
	'fc.analysis.sequence_cut': ['The end of the sequence before was not seen', 'none'],
	'fc.analysis.lost_bytes': ['Bytes of data not seen before these', 'dec', 4],
	'fc.analysis.offset_again': ['Data in front of the end of what was seen', 'none'],
	'fc.analysis.missing_bytes': ['Bytes of data not seen until the response', 'dec', 4],
	'fc.analysis.exchange_in': ['Exchange that is asked about began in', 'dec', 4],
	/** netstress: headings. */
	'fcels.logi.common': ['Common Svc Parameters', 'none'],
	'fcels.logi.class': ['Class Svc Parameters', 'none'],
	'fcels.prlilo.page': ['Service Parameter Page', 'none'],
	'fcels.rscn.page': ['Affected N_Port Page', 'none'],
	'fcels.prlilo.service_parameter_response': ['Service Parameter Response', 'hex', 4],
	'fcp.request_in': ['Request In', 'dec', 4],
	'fcp.time': ['Time from FCP_CMND', 'seconds'],
	'aoe.ata.cmd': ['ATA Cmd', 'hex', 1, ataCommandNames],
	'aoe.response_to': ['Response To', 'dec', 4],
	'aoe.time': ['Time from request', 'seconds'],
	'netstress.check.status': ['Check status', 'dec', 1, checksumStatus],
	'iscsi.request_frame': ['Request in', 'dec', 4],
	'iscsi.time': ['Time from request', 'seconds'],
	'iscsi.keyvalue': ['KeyValue', 'text'],
	'iscsi.keyvalue.invalid': ['Invalid key/value pair', 'text'],
	'iscsi.pingdata': ['PingData', 'bytes'],
	'iscsi.padding': ['Padding', 'bytes'],
	'iscsi.immediatedata': ['ImmediateData', 'bytes'],
	/** netstress: the padding behind SCSI data, which Wireshark does not show. */
	'iscsi.data_padding': ['Padding', 'bytes'],
	'iscsi.headerdigest32': ['HeaderDigest', 'hex', 4],
	'iscsi.datadigest32': ['DataDigest', 'hex', 4],
	/** netstress: whether the digests that were sent are the right ones. */
	'iscsi.headerdigest.status': ['Header digest status', 'dec', 1, checksumStatus],
	'iscsi.datadigest.status': ['Data digest status', 'dec', 1, checksumStatus],
	'iscsi.ahs.extended_cdb': ['AHS Extended CDB', 'bytes'],
	'iscsi.ahs.unknown_blob': ['Unknown AHS blob', 'bytes'],
	'iscsi.scsiresponse.senselength': ['SenseLength', 'dec', 2],
	'iscsi.asynceventdata': ['AsyncEventData', 'bytes'],
	'iscsi.vendorspecificdata': ['VendorSpecificData', 'bytes'],
	/** netstress: the header that a Reject gives back. */
	'iscsi.reject.header': ['Rejected header', 'bytes'],
	'scsi.lun': ['LUN', 'hex', 2],
	'scsi_sbc.opcode': ['Opcode', 'hex', 1, scsiOpcodeNames],
	'scsi.status': ['Status', 'hex', 1, statusNames],
	'scsi.request_frame': ['Request in', 'dec', 4],
	'scsi.response_frame': ['Response in', 'dec', 4],
	'scsi.inquiry.vendor_id': ['Vendor Id', 'text'],
	'scsi.time': ['Time from request', 'seconds'],
	'scsi.inquiry.evpd.supported_page': ['Supported Page', 'hex', 1, vpdNames],
	'scsi.inquiry.evpd.product_serial_number': ['Product Serial Number', 'text'],
	'scsi.inquiry.evpd.devid.identifier_str': ['Identifier', 'text'],
	'scsi.inquiry.evpd.devid.identifier_bytes': ['Identifier', 'bytes'],
	/** netstress: a CDB without a table, a LUN list's entry, data that has no table. */
	'scsi.cdb': ['Command Descriptor Block', 'bytes'],
	'scsi.reportluns.entry': ['LUN', 'hex', 8],
	'scsi.persresvin.full_status.transport_id': ['TransportID', 'text'],
	'scsi.data': ['Data', 'bytes'],
	/** netstress: what Wireshark leaves undecoded. */
	'aoe.config.string': ['Config String', 'text'],
	'aoe.data': ['Data', 'bytes'],
	'aoe.padding': ['Padding', 'bytes'],
	'aoe.identify': ['IDENTIFY DEVICE data', 'none'],
	'aoe.mask.dir': ['Directive', 'none'],
	'icmp.ident_le': ['Identifier (LE)', 'dec', 2],
	'icmp.seq_le': ['Sequence Number (LE)', 'dec', 2],
	'tcp.window_size': ['Calculated window size', 'dec', 4],
	'tcp.window_size_scalefactor': ['Window size scaling factor', 'dec', 4, {[-1]: 'unknown', [-2]: 'no window scaling used'}],
};

const shapes = new Map<string, Shape>(
	Object.entries(rows).map(([name, [label, show, size = 0, names]]) => [name, {label, size, mask: undefined, show, names, digits: undefined}]),
);

/** The shape of a generated field. Throws a RangeError for a name that is not in the table: a mistake of ours. */
export function generatedShape(name: string): Shape {
	const shape = shapes.get(name);
	if (shape === undefined) throw new RangeError(`${name} is not in the table of generated fields`);
	return shape;
}

/** All of them, for the registry and the docs. */
export const generatedFields = (): ReadonlyMap<string, Shape> => shapes;
