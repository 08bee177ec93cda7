import test from 'ava';
import {fieldPrinter} from '../../../src/dissect/fields.js';
import {compileFilter} from '../../../src/dissect/filter.js';
import {fixtures} from '../../golden.js';
import {need} from '../need.js';
import {compare, type Exceptions, linkless, treesOf, tshark} from './compare.js';

interface Case {
	readonly exceptions?: Partial<Exceptions>;
	/** Nodes that must have been compared, so that a test which compares nothing fails. */
	readonly least: number;
	readonly decode?: readonly string[];
}

/** The same, and more. */
const linklessAnd = ({ours = [], theirs = []}: Partial<Exceptions>): Partial<Exceptions> => ({
	ours: [...(linkless.ours ?? []), ...ours],
	theirs: [...(linkless.theirs ?? []), ...theirs],
});

const anyPort = ['-d', 'tcp.port==3260,iscsi'];
const cases: Readonly<Record<string, Case>> = {
	'captures/aoe-vblade-mtu1500': {least: 9000},
	'captures/iscsi-tgt': {least: 25_000},
	'captures/fcoe-vn2vn-lio-mtu2500': {
		least: 8400,
		exceptions: linkless,
	},
	'fcoe/vn2vn': {least: 1900, exceptions: linkless},
	// Wireshark gives a checksum that was not captured a place behind the end, and the value 0
	'fcoe/write-hole': {least: 1400, exceptions: linklessAnd({ours: [/^fcoe\.crc\.status$/], theirs: [/^fcoe\.crc$/]})},
	// Wireshark looks for a vendor's data inside the vendor's identifier
	'fcoe/fip': {least: 500, exceptions: linklessAnd({ours: [/^fip\.vendor\.data$/]})},
	'fcoe/exchanges': {
		least: 3000,
		exceptions: linklessAnd({
			ours: [
				/^data\..*@(21|22)$/, // ECHO has no code there
				/^data\..*@33$/, // fill bytes are data there
				/^(fcp\.dl|scsi)@40$/, // a CDB of more than 16 bytes is cut there
			],
			theirs: [/^scsi\.cdb\.control@40$/],
		}),
	},
	'fcoe/loss': {least: 1200, exceptions: linklessAnd({theirs: [/^scsi(\.lun)?@26$/]})},
	'fcoe/malformed': {
		least: 500,
		exceptions: linklessAnd({
			ours: [
				/^fip\.descriptors\.length_error$/, // has no position there
				/^fip\.desc_(type|len)@3$/, // the head of the descriptor that does not fit is shown here
			],
			theirs: [
				/^scsi(_sbc)?(\.|$)/, // part of a CDB; a response without its command
				/^fcp(\..*)?@18$/, // a device header is not looked for there
			],
		}),
	},
	'aoe/vblade': {least: 240},
	'aoe/extensions': {least: 400},
	'aoe/malformed': {least: 100, exceptions: {theirs: [/^data/]}},
	'ethernet/control': {least: 150, exceptions: {ours: [/^udp\.checksum\.status$/]}},
	'iscsi/discovery': {least: 900},
	'iscsi/login': {least: 700},
	'iscsi/read': {least: 2000},
	'iscsi/logout': {least: 900},
	'iscsi/segments': {
		least: 700,
		decode: anyPort,
		exceptions: {
			// behind the gap and the overlap each program finds the PDUs its own way; and Wireshark counts on data digests that it has not seen
			ours: [/@(1[0-9])$/],
			theirs: [/@(1[0-9])$/],
		},
	},
	'iscsi/header-digest': {least: 500, decode: anyPort, exceptions: {ours: [/@[789]$/], theirs: [/@[789]$/]}},
	'iscsi/reservations': {
		least: 500,
		// Wireshark reads the capabilities as if they were a list of keys
		exceptions: {theirs: [/^scsi\.persresvin\.(generation_number|additional_length)@6$/]},
	},
	'ip/cases': {
		least: 500,
		exceptions: {
			ours: [
				/^frame\.protocols@(4|5|10|17|19)$/, // what an ICMP error quotes, a fragment, LLC: Wireshark goes further
				/^(tcp|udp)\..*@[45]$/,
				/^data\..*@10$/, // Wireshark joins fragments
				/^udp\.checksum\.status@11$/,
			],
			theirs: [/@(4|5|9|10|11|16|17|19)$/], // 19: our own stamp
		},
	},
};

for (const [name, {exceptions, least, decode = []}] of Object.entries(cases)) {
	test(`${name}: every node agrees with tshark`, t => {
		if (!need(t, {programs: ['tshark']})) return;
		const file = `${fixtures}${name}.pcap`;
		const {wrong, compared, frames} = compare(file, exceptions, decode);
		t.deepEqual(wrong.slice(0, 20), []);
		t.true(compared >= least, `${compared} nodes compared, at least ${least} expected`);
		t.log(`${compared} nodes of ${frames} frames agree`);
	});
}

const frameFields = ['frame.number', 'frame.time_epoch', 'frame.time_relative', 'frame.time_delta', 'frame.len', 'frame.cap_len', 'frame.protocols'];
const linkFields = ['eth.dst', 'eth.src', 'eth.addr', 'eth.type', 'eth.dst.lg', 'eth.ig', 'eth.padding'];
const columns: Readonly<Record<string, readonly string[]>> = {
	'captures/aoe-vblade-mtu1500': [
		...frameFields,
		...linkFields,
		...['aoe.version', 'aoe.response', 'aoe.flags_error', 'aoe.error', 'aoe.major', 'aoe.minor', 'aoe.cmd', 'aoe.tag', 'aoe.aflags.e', 'aoe.aflags.d'],
		...['aoe.aflags.a', 'aoe.aflags.w', 'aoe.err_feature', 'aoe.sector_count', 'aoe.ata.cmd', 'aoe.ata.status', 'aoe.lba', 'aoe.response_to', 'aoe.time'],
	],
	'captures/iscsi-tgt': [
		...frameFields,
		...linkFields,
		...['arp.opcode', 'arp.src.hw_mac', 'arp.dst.proto_ipv4', 'ip.version', 'ip.hdr_len', 'ip.len', 'ip.id', 'ip.flags', 'ip.flags.df', 'ip.ttl', 'ip.proto'],
		...['ip.checksum', 'ip.checksum.status', 'ip.src', 'ip.dst', 'ip.addr', 'tcp.srcport', 'tcp.port', 'tcp.stream', 'tcp.len', 'tcp.seq', 'tcp.seq_raw'],
		...['tcp.nxtseq', 'tcp.ack', 'tcp.ack_raw', 'tcp.hdr_len', 'tcp.flags', 'tcp.flags.syn', 'tcp.flags.res', 'tcp.window_size_value', 'tcp.window_size'],
		...['tcp.checksum', 'tcp.checksum.status', 'tcp.options', 'tcp.options.mss_val', 'tcp.options.timestamp.tsval', 'tcp.options.nop', 'tcp.option_kind'],
		...['tcp.time_relative', 'tcp.time_delta', 'tcp.payload', 'tcp.segment_data', 'tcp.segments', 'tcp.segment', 'tcp.segment.count', 'tcp.reassembled.length'],
		...['iscsi.opcode', 'iscsi.I', 'iscsi.flags', 'iscsi.totalahslength', 'iscsi.datasegmentlength', 'iscsi.initiatortasktag', 'iscsi.targettransfertag'],
		...['iscsi.cmdsn', 'iscsi.expstatsn', 'iscsi.statsn', 'iscsi.expcmdsn', 'iscsi.maxcmdsn', 'iscsi.datasn', 'iscsi.r2tsn', 'iscsi.bufferOffset'],
		...['iscsi.isid', 'iscsi.isid.t', 'iscsi.tsih', 'iscsi.cid', 'iscsi.login.T', 'iscsi.login.csg', 'iscsi.login.nsg', 'iscsi.login.status', 'iscsi.keyvalue'],
		...[
			'iscsi.padding',
			'iscsi.immediatedata',
			'iscsi.scsicommand.R',
			'iscsi.scsicommand.W',
			'iscsi.scsidata.F',
			'iscsi.scsidata.S',
			'iscsi.request_frame',
			'iscsi.time',
		],
		...['iscsi.scsiresponse.status', 'iscsi.scsiresponse.senselength', 'iscsi.logout.reason', 'scsi.sns.key', 'scsi.sns.ascascq', 'scsi_sbc.rdwr10.lba'],
		...['scsi_sbc.rdwr10.xferlen', 'scsi_sbc.lba64_add', 'scsi_sbc.blocksize', 'scsi.reportluns.lun_list_length', 'data.len'],
	],
	'captures/fcoe-vn2vn-lio-mtu2500': [
		...frameFields.slice(0, -1),
		...linkFields,
		...['fcoe.ver', 'fcoe.sof', 'fcoe.eof', 'fcoe.crc', 'fcoe.crc.status', 'fc.r_ctl', 'fc.ftype', 'fc.d_id', 'fc.cs_ctl', 'fc.s_id', 'fc.id', 'fc.type'],
		...['fc.f_ctl', 'fc.fctl.exchange_responder', 'fc.fctl.exchange_first', 'fc.fctl.seq_last', 'fc.fctl.last_data_frame', 'fc.fctl.abts_ack'],
		...['fc.seq_id', 'fc.df_ctl', 'fc.seq_cnt', 'fc.ox_id', 'fc.rx_id', 'fc.parameter', 'fc.relative_offset'],
		...['fip.ver', 'fip.reserved', 'fip.opcode', 'fip.ls.subcode', 'fip.vn2vn_subcode', 'fip.dl_len', 'fip.flags', 'fip.flags.fport', 'fip.descriptors'],
		...['fip.desc_type', 'fip.desc_len', 'fip.mac', 'fip.name', 'fip.vn.mac', 'fip.vn.fc_id', 'fip.vn.pwwn', 'fip.fcoe_size', 'fip.fc4f.types'],
		...['fip.fc4f.fcp', 'fip.fc4f.feat.fcp', 'fip.fc4f.feat.fcp.target', 'fcels.logi.b2b', 'fcels.logi.cmnfeatures', 'fcels.cmn.cios', 'fcels.logi.rcvsize'],
		...['fcels.logi.maxconseq', 'fcels.logi.reloff', 'fcels.edtov', 'fcels.npname', 'fcels.fnname', 'fcels.logi.clsflags', 'fcels.logi.clsrcvsize'],
		...['fcels.logi.vendvers', 'fcels.prlilo.page_length', 'fcels.prlilo.type', 'fcels.prliloflags', 'fcels.prlilo.response_code', 'fcels.fcpflags'],
		...['fcels.fcpflags.target', 'fcels.portid', 'fcels.hrdaddr', 'fcp.lun', 'fcp.crn', 'fcp.taskattr', 'fcp.taskmgmt', 'fcp.mgmt.flags.lu_reset'],
		...['fcp.addlcdblen', 'fcp.rddata', 'fcp.wrdata', 'fcp.dl', 'fcp.data_ro', 'fcp.burstlen', 'fcp.rspflags', 'fcp.rsp.flags.sns_vld', 'fcp.status'],
		...['fcp.resid', 'fcp.snslen', 'fcp.rsp.retry_delay_timer', 'scsi.sns.key', 'scsi.sns.ascascq', 'scsi_sbc.rdwr10.lba', 'scsi_sbc.rdwr10.xferlen'],
	],
	'fcoe/fip': [
		'fip.disc_subcode',
		'fip.ctrl_subcode',
		'fip.vlan_subcode',
		'fip.subcode',
		'fip.pri',
		'fip.map',
		'fip.fab.vfid',
		'fip.fab.map',
		'fip.fab.name',
		'fip.fka',
		'fip.vlan',
		'fip.vendor',
		'fip.desc_unk',
		'fcels.rjt.reason',
		'fcels.rjt.detail',
	],
	'fcoe/exchanges': [
		...['fc.bls_seqidvld', 'fc.bls_lastseqid', 'fc.bls_oxid', 'fc.bls_rxid', 'fc.bls_lseqcnt', 'fc.bls_hseqcnt', 'fc.bls_reason', 'fc.bls_rjtdetail'],
		...['fc.bls_vnduniq', 'fc.nethdr.da', 'fc.nethdr.sa', 'fcels.rjt.vnduniq', 'fcels.oxid', 'fcels.rxid', 'fcels.resportid'],
		...['fcels.rec.fc4value', 'fcels.estat', 'fcels.estat.seq_init', 'fcels.rscn.evqual', 'fcels.rscn.addrfmt', 'fcels.rscn.domain', 'fcels.scr.regn'],
		...['fcels.logi.initctl.initial_pa', 'fcels.logi.rcptctl.policy', 'fcels.prliloflags.opav', 'fcels.fcpflags.trirep'],
		...['fcp.els.op', 'fcp.els.srr.ox_id', 'fcp.els.srr.rx_id', 'fcp.r_ctl', 'fcp.multilun', 'fcp.rspcode', 'fcp.rsplen', 'fcp.bidir_resid', 'fcp.resid'],
	],
};

for (const [name, fields] of Object.entries(columns)) {
	test(`${name}: -T fields prints ${fields.length} columns byte for byte as tshark does`, t => {
		if (!need(t, {programs: ['tshark']})) return;
		const file = `${fixtures}${name}.pcap`;
		const print = fieldPrinter(fields);
		const ours = treesOf(file).map(print).join('');
		const theirs = tshark(file, '-T', 'fields', ...fields.flatMap(field => ['-e', field]));
		const lines = (text: string) => text.split('\n');
		const differing = lines(theirs).flatMap((line, i) => (line === lines(ours)[i] ? [] : [`${i + 1}: ${line}`, `${i + 1}: ${lines(ours)[i]}`]));
		t.deepEqual(differing.slice(0, 4), []);
		t.true(ours === theirs);
	});
}

/** Display filters that both programs read; the frames that pass must be the same. */
const filters: Readonly<Record<string, readonly string[]>> = {
	'captures/fcoe-vn2vn-lio-mtu2500': [
		...['fip', 'fcoe', 'fc', 'fcels', 'fcoe && !fcels', 'fcels.prliloflags', 'fip.flags.fport == 1'],
		...['fc.s_id == 00.00.02', 'fc.d_id != 00.00.02', 'fc.id == 00.00.03', 'fc.s_id == 00:00:02', 'fc.d_id > 00.00.02', 'fc.s_id contains 00.03'],
		...['fip.name == 10:00:52:54:00:aa:00:02', 'fip.vn.pwwn == 20:00:52:54:00:aa:00:03', 'fcels.npname == 20:00:52:54:00:aa:00:02'],
		...['fip.vn2vn_subcode == 5', 'fip.vn2vn_subcode == "Beacon"', 'fip.fcoe_size == 2158', 'fip.mac == 52:54:00:aa:00:02', 'fip.vn.fc_id == 3'],
		...['fcoe.sof == "SOFn3"', 'fcoe.eof == 0x42', 'fcoe.crc == 0x027cc3da', 'fcoe.crc.status == 1', 'fc.ftype == "ELS"', 'fc.r_ctl == 0x05'],
		...['fc.f_ctl == 0x290000', 'fc.fctl.exchange_first == 1', 'fc.fctl.rel_offset', 'fc.relative_offset > 2112', 'fc.ox_id == 1', 'fc.seq_cnt >= 30'],
		...['fcels.opcode == "PLOGI"', 'fcels.fcpflags.target == 1', 'fcels.logi.rcvsize == 2112', 'fcp.dl >= 4096', 'fcp.burstlen == 65536', 'fcp.status != 0'],
	],
	'fcoe/exchanges': [
		'fc.bls_seqidvld == "Yes"',
		'fcels.rjt.reason == "Command Not Supported"',
		'fcp.els.op == "SRR"',
		'fcp.mgmt.flags.lu_reset == 1',
		'fcp.rspcode == 4',
	],
};

for (const [name, list] of Object.entries(filters)) {
	test(`${name}: ${list.length} display filters let the same frames pass as tshark's`, t => {
		if (!need(t, {programs: ['tshark']})) return;
		const file = `${fixtures}${name}.pcap`;
		const trees = treesOf(file);
		// one reading for all of them would need a filter inside a column: each is a run of its own
		for (const text of list) {
			const theirs = tshark(file, '-Y', text, '-T', 'fields', '-e', 'frame.number').trim();
			const passes = compileFilter(text);
			const ours = trees.flatMap((tree, i) => (passes(tree) ? [i + 1] : [])).join('\n');
			t.is(ours, theirs, text);
		}
	});
}
