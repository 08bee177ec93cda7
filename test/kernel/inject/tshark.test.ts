// Everything that a template can build, read by Wireshark: no malformed frame, every checksum right, every value as asked, and our own dissector agrees.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {Dissector} from '../../../src/dissect/dissector.js';
import {compileTemplate} from '../../../src/inject/frames/compile.js';
import {kinds} from '../../../src/inject/frames/kinds.js';
import {parseSize} from '../../../src/inject/frames/sizes.js';
import {framesOf} from '../../inject/frames/templates.js';
import {need} from '../need.js';
import {tshark, writePcap} from './pcap.js';

const folder = mkdtempSync(join(tmpdir(), 'netstress-templates-'));
test.after.always(() => rmSync(folder, {recursive: true}));

/** A template, and what tshark must print of its first frame: field -> value. */
type Case = readonly [template: string, fields: Readonly<Record<string, string>>];

const link: readonly Case[] = [
	['eth(da=02:00:00:00:00:07,sa=02:00:00:00:00:08,type=0x1234)', {'eth.dst': '02:00:00:00:00:07', 'eth.src': '02:00:00:00:00:08', 'eth.type': '0x1234'}],
	['vlan(id=5,prio=3,dei=1)/arp(request,tpa=192.0.2.9)', {'vlan.id': '5', 'vlan.priority': '3', 'vlan.dei': '1', 'arp.dst.proto_ipv4': '192.0.2.9'}],
	['qinq(id=7)/vlan(id=8)/udp(dport=7)/payload("x")', {'eth.type': '0x88a8', 'ieee8021ad.id': '7', 'vlan.id': '8', 'udp.dstport': '7'}],
	['arp(reply,sha=02:00:00:00:00:09,spa=192.0.2.77)', {'arp.opcode': '2', 'arp.src.hw_mac': '02:00:00:00:00:09', 'arp.src.proto_ipv4': '192.0.2.77'}],
	['mpls(label=20,tc=5,ttl=9)/mpls(label=21)/udp', {'mpls.label': '20,21', 'mpls.exp': '5,0', 'mpls.ttl': '9,64', 'mpls.bottom': '0,1'}],
	['mpls/ip6/tcp', {'ipv6.nxt': '6'}],
	['pause(time=100)', {'eth.dst': '01:80:c2:00:00:01', 'macc.opcode': '0x0001', 'macc.pause_time': '100'}],
	['pfc(c3=0xffff,c0=7)', {'macc.cbfc.enbv': '0x0009', 'macc.cbfc.pause_time.c3': '65535', 'macc.cbfc.pause_time.c0': '7'}],
	['llc/payload(5)', {'eth.len': '8', 'llc.control': '0x00f3'}],
];
const network: readonly Case[] = [
	[
		'ip4(src=10.1.2.3,dst=10.9.8.7,ttl=3,dscp=46,id=77,df=1)/udp',
		{'ip.src': '10.1.2.3', 'ip.dst': '10.9.8.7', 'ip.ttl': '3', 'ip.dsfield.dscp': '46', 'ip.id': '0x004d', 'ip.flags.df': '1'},
	],
	['ip4(options=01010100)/udp/payload(11)', {'ip.hdr_len': '24', 'udp.length': '19'}],
	[
		'ip6(src=fe80::1,dst=2001:db8::9,hl=2,flow=0x12345)/udp(dport=19)/payload(7)',
		{'ipv6.src': 'fe80::1', 'ipv6.hlim': '2', 'ipv6.flow': '0x012345', 'ipv6.plen': '15'},
	],
	['udp(sport=1,dport=2)/payload("hello")', {'udp.srcport': '1', 'udp.dstport': '2', 'udp.length': '13', 'udp.payload': '68656c6c6f'}],
	['udp(sum=0)/payload(9)', {'udp.checksum': '0x0000'}],
	[
		'tcp(syn|ack,sport=5,dport=6,seq=1000,ack=7,win=99,options=020405b401010402)',
		{'tcp.flags': '0x0012', 'tcp.seq_raw': '1000', 'tcp.ack_raw': '7', 'tcp.hdr_len': '28', 'tcp.options.mss_val': '1460'},
	],
	['ip6/tcp(fin,dport=80)/payload("GET / HTTP/1.0\\r\\n")', {'tcp.flags': '0x0001', 'tcp.len': '16'}],
	['icmp(echo,id=9,seq=4)/payload(33)', {'icmp.type': '8', 'icmp.ident': '9', 'icmp.seq': '4'}],
	[
		'icmp(unreachable,code=4,mtu=1400)/ip4(src=10.0.0.1)/udp(dport=19)/payload(8)',
		{'icmp.type': '3', 'icmp.code': '4', 'icmp.mtu': '1400', 'ip.src': '192.0.2.1,10.0.0.1', 'udp.dstport': '19'},
	],
	['icmp(exceeded)/ip4/tcp', {'icmp.type': '11'}],
	['icmp6(too_big,mtu=1280)/ip6/udp', {'icmpv6.type': '2', 'icmpv6.mtu': '1280'}],
	['icmp6(unreachable,code=3)/ip6/udp', {'icmpv6.type': '1', 'icmpv6.code': '3'}],
	['icmp6(solicitation,target=fe80::9)', {'icmpv6.nd.ns.target_address': 'fe80::9', 'ipv6.hlim': '255'}],
	[
		'icmp6(advertisement,target=fe80::9)/raw(0201020000000001)',
		{'icmpv6.nd.na.target_address': 'fe80::9', 'icmpv6.nd.na.flag.s': '1', 'icmpv6.opt.linkaddr': '02:00:00:00:00:01'},
	],
	['icmp6(reply,id=9,seq=4)/payload(33)', {'icmpv6.type': '129', 'icmpv6.echo.identifier': '0x0009'}],
	['ip4/ip4/udp/payload(3)', {'ip.proto': '4,17'}],
	['ip6/ip4/icmp', {'ipv6.nxt': '4'}],
	['ip4/ip6/tcp', {'ip.proto': '41'}],
	['udp/stamp', {'udp.length': '52'}],
	['ip6/udp/stamp', {'ipv6.plen': '52'}],
];
const storage: readonly Case[] = [
	[
		'aoe(shelf=1,slot=2,tag=0xdeadbeef)/ata(read,lba=0x123456,count=2)',
		{'aoe.major': '0x0001', 'aoe.minor': '0x02', 'aoe.tag': '0xdeadbeef', 'aoe.lba': '0x0000000000123456', 'aoe.sector_count': '2', 'aoe.ata.cmd': '0x20'},
	],
	['aoe(shelf=1,slot=2)/ata(write_ext,lba=9,count=2)', {'aoe.aflags.w': '1', 'aoe.aflags.e': '1', 'frame.len': '1060'}],
	['ata_response(status=0x51)', {'aoe.response': '1', 'aoe.ata.status': '0x51'}],
	['aoe(version=2)/config(read)', {'aoe.version': '2'}],
	['config(force_set)/payload("shelf one")', {'aoe.cmd': '1'}],
	['mask(edit)/directive(add,mac=02:00:00:00:00:01)/directive(delete)', {'aoe.cmd': '2'}],
	['reserve(set)/station(02:00:00:00:00:01)', {'aoe.cmd': '3'}],
	['iscsi(login,itt=5)/payload("InitiatorName=iqn.2026-01.test:a\\0")', {'iscsi.opcode': '0x03', 'iscsi.keyvalue': 'InitiatorName=iqn.2026-01.test:a'}],
	['iscsi(login_response)', {'iscsi.opcode': '0x23'}],
	['iscsi(nop_out,itt=7)/payload("ping")', {'iscsi.opcode': '0x00', 'iscsi.datasegmentlength': '4'}],
	['iscsi(nop_in)', {'iscsi.opcode': '0x20'}],
	[
		'iscsi(scsi_command,lun=3,itt=7,cmdsn=8)/cdb(read10,lba=4096,count=8)',
		{
			'scsi.lun': '0x0003,0x0003',
			'scsi_sbc.rdwr10.lba': '4096',
			'scsi_sbc.rdwr10.xferlen': '8',
			'iscsi.scsicommand.R': '1',
			'iscsi.scsicommand.expecteddatatransferlength': '4096',
		},
	],
	['cdb(write16,count=1)/payload(512)', {'iscsi.scsicommand.W': '1', 'iscsi.datasegmentlength': '512'}],
	['cdb(inquiry)', {'iscsi.scsicommand.R': '1', 'scsi.cdb.alloclen16': '252'}],
	['iscsi(scsi_response)', {'iscsi.opcode': '0x21'}],
	['iscsi(task_management,function=abort_task)', {'iscsi.taskmanfun.function': '0x01'}],
	['iscsi(task_management_response)', {'iscsi.opcode': '0x22'}],
	['iscsi(text)/payload("SendTargets=All\\0")', {'iscsi.keyvalue': 'SendTargets=All'}],
	['iscsi(text_response)', {'iscsi.opcode': '0x24'}],
	['iscsi(data_out,datasn=3,offset=4096)/payload(100)', {'iscsi.datasn': '3', 'iscsi.bufferOffset': '4096', 'iscsi.datasegmentlength': '100'}],
	['iscsi(data_in,datasn=3)/payload(100)', {'iscsi.opcode': '0x25'}],
	['iscsi(r2t,desireddatalength=8192)', {'iscsi.desireddatalength': '8192'}],
	['iscsi(logout)', {'iscsi.opcode': '0x06'}],
	['iscsi(logout_response)', {'iscsi.opcode': '0x26'}],
	['iscsi(snack)', {'iscsi.opcode': '0x10'}],
	['iscsi(async)', {'iscsi.opcode': '0x32'}],
	['iscsi(reject)/payload(48)', {'iscsi.opcode': '0x3f,0x00'}],
];
const fibre: readonly Case[] = [
	[
		'fcoe/fc(did=00.00.05,sid=00.00.03,oxid=9)/fcp(cmnd)/cdb(read10,lba=5,count=8)',
		{'fc.d_id': '00.00.05', 'fc.s_id': '00.00.03', 'fc.ox_id': '0x0009', 'eth.dst': '0e:fd:00:00:00:05', 'fcp.dl': '4096', 'fcp.rddata': '1'},
	],
	['fcp(xfer_rdy,burst=4096)', {'fcp.burstlen': '4096', 'fc.r_ctl': '0x05'}],
	['fcp(data)/payload(101)', {'fc.r_ctl': '0x01', 'fcoe.eof': '0x42'}],
	['fcp(rsp)', {'fcp.status': '0x00'}],
	['fcp(conf)', {'fc.r_ctl': '0x03'}],
	['fcp(srr)', {'fcp.els.op': '0x14'}],
	...['flogi', 'plogi', 'fdisc', 'logo', 'prli', 'prlo', 'adisc', 'rec', 'rrq', 'rtv', 'rls', 'scr', 'ls_rjt'].map(
		(name): Case => [`els(${name})`, {'fc.type': '0x01'}],
	),
	['els(plogi,pwwn=20:00:00:00:00:00:00:07)', {'fcels.npname': '20:00:00:00:00:00:00:07', 'fcels.opcode': '0x03'}],
	['els(rscn)/raw(00000102)', {'fcels.opcode': '0x61'}],
	['bls(abts)', {'fc.r_ctl': '0x81'}],
	['bls(ba_acc)', {'fc.r_ctl': '0x84'}],
	['bls(ba_rjt)', {'fc.r_ctl': '0x85'}],
	['vlan(id=9)/fcoe(sof=n3,eof=n)/fc/fcp(data)/stamp', {'fcoe.sof': '0x36', 'fcoe.eof': '0x41', 'vlan.id': '9'}],
	[
		'fip(beacon)/desc(mac,mac=0e:fd:00:00:00:02)/desc(name)/desc(vn_port,fc_id=2)/desc(fka_period,period=8000)',
		{'fip.vn2vn_subcode': '0x05', 'fip.fka': '8000', 'fip.vn.fc_id': '0x00000002', 'eth.dst': '01:10:18:01:00:04'},
	],
	...['probe_request', 'probe_reply', 'claim', 'claim_response'].map(
		(name): Case => [`fip(${name})/desc(mac)/desc(name)/desc(vn_port)`, {'fip.opcode': '0x0005'}],
	),
	['fip(claim)/desc(mac)/desc(name)/desc(vn_port)/desc(fc4_features)/desc(max_size,size=2158)', {'fip.fcoe_size': '2158', 'fip.fc4f.fcp': '1'}],
	['fip(solicitation)/desc(mac)/desc(name)/desc(max_size)', {'fip.disc_subcode': '0x01'}],
	['fip(advertisement)/desc(priority,pri=9)/desc(mac)/desc(name)/desc(fabric,vfid=5)/desc(fka_period)', {'fip.pri': '9', 'fip.fab.vfid': '5'}],
	['fip(els_request)/desc(flogi)/fc(did=ff.ff.fe,sid=0)/els(flogi)/desc(mac)', {'fip.ls.subcode': '0x01', 'fcels.opcode': '0x04', 'fip.desc_len': '36,2'}],
	['fip(els_response)/desc(flogi)/fc/els(login_acc)/desc(mac)', {'fip.ls.subcode': '0x02'}],
	['fip(keep_alive)/desc(mac)/desc(vn_port)', {'fip.ctrl_subcode': '0x01'}],
	['fip(clear_virtual_link)/desc(mac)/desc(name)/desc(vn_port)', {'fip.ctrl_subcode': '0x02'}],
	['fip(vlan_request)/desc(mac)', {'fip.vlan_subcode': '0x01'}],
	['fip(vlan_notification)/desc(mac)/desc(vlan,id=5)/desc(vlan,id=6)', {'fip.vlan': '5,6'}],
];

const bad = ['ip.checksum.status', 'tcp.checksum.status', 'udp.checksum.status', 'icmp.checksum.status', 'icmpv6.checksum.status']
	.map(name => `${name} == 0`)
	.join(' or ');
/** The numbers of the frames that a display filter lets through. */
const matching = (path: string, filter: string): number[] =>
	tshark(path, '-Y', filter, '-T', 'fields', '-e', 'frame.number').split('\n').filter(Boolean).map(Number);

for (const [name, cases] of Object.entries({link, network, storage, fibre})) {
	test(`${name}: every layer decodes in tshark with the values asked for and right checksums, and in our dissector`, t => {
		if (!need(t, {programs: ['tshark']})) return;
		const path = join(folder, `${name}.pcap`);
		// each in its own conversation: a segment must not look like another one's retransmission
		const frames = cases.map(
			([template], i) => framesOf(compileTemplate(template, {seed: i, source: Uint8Array.of(2, 0, 0, 0, i >> 8, i & 0xff)}))[0] as Uint8Array,
		);
		writePcap(path, frames);
		t.deepEqual(
			matching(path, '_ws.malformed').map(number => cases[number - 1]?.[0]),
			[],
		);
		t.deepEqual(
			matching(path, bad).map(number => cases[number - 1]?.[0]),
			[],
		);
		if (name === 'fibre')
			t.deepEqual(
				matching(path, 'fcoe && fcoe.crc.status != 1').map(number => cases[number - 1]?.[0]),
				[],
			);
		const names = [...new Set(cases.flatMap(([, fields]) => Object.keys(fields)))];
		const rows = tshark(path, '-T', 'fields', ...names.flatMap(field => ['-e', field]))
			.split('\n')
			.map(row => row.split('\t'));
		for (const [i, [template, fields]] of cases.entries()) {
			const shown = Object.fromEntries(Object.keys(fields).map(field => [field, rows[i]?.[names.indexOf(field)]]));
			t.deepEqual(shown, {...fields}, template);
		}
		const protocols = tshark(path, '-T', 'fields', '-e', 'frame.protocols').trim().split('\n');
		const dissector = new Dissector();
		for (const [i, bytes] of frames.entries()) {
			const tree = dissector.dissect({number: i + 1, bytes, length: bytes.length, time: BigInt(i), linkType: 1});
			t.false(tree.malformed, cases[i]?.[0]);
			// Wireshark does not know our stamp, and goes on where we have data
			const head = tree.protocols.replace(/:(data|netstress)$/, '');
			t.true((protocols[i] as string).startsWith(head), `${cases[i]?.[0]}: ${protocols[i]}, ours ${tree.protocols}`);
		}
	});
}

test('every layer is in one of the lists', t => {
	const used = [...link, ...network, ...storage, ...fibre].map(([template]) => template).join('/');
	const implied: Readonly<Record<string, RegExp>> = {eth: /./, fc: /els\(/};
	t.deepEqual(
		kinds.filter(({name}) => !new RegExp(`(^|/)${name}\\b`).test(used) && implied[name]?.test(used) !== true).map(({name}) => name),
		[],
	);
});

test('layers in any order that goes, changing fields and lengths: every frame decodes with right checksums', t => {
	if (!need(t, {programs: ['tshark']})) return;
	const below = ['', 'vlan(id=rnd(1,4094))/', 'qinq(id=5)/vlan(id=6)/', 'mpls(label=rnd(16,1000))/'];
	const middle = [
		'ip4(src=inc(10.0.0.1,10.0.0.9),ttl=rnd(1,255))/',
		'ip6(src=inc(2001:db8::1,2001:db8::ff),flow=rnd())/',
		'ip4/ip4(id=inc())/',
		'ip4(options=01010101)/',
	];
	const above = ['udp(sport=rnd(1024,65535),dport=list(9,10,19))/', 'tcp(ack,sport=rnd(1024,65535),dport=9,seq=rnd())/'];
	const tops = ['stamp', 'payload()', 'payload(rnd())', 'u'];
	const frames: Uint8Array[] = [];
	const templates: string[] = [];
	for (const a of below)
		for (const b of middle)
			for (const c of above)
				for (const d of tops.slice(0, 3)) {
					const template = `${a}${b}${c}${d}`;
					const made = framesOf(compileTemplate(template, {seed: frames.length, size: parseSize('rnd(160,400)')}), 5);
					frames.push(...made);
					templates.push(...made.map(() => template));
				}
	const path = join(folder, 'combinations.pcap');
	writePcap(path, frames);
	t.deepEqual([...new Set(matching(path, `_ws.malformed or ${bad}`).map(number => templates[number - 1]))], []);
	t.is(matching(path, 'udp or tcp').length, frames.length);
	t.deepEqual(matching(path, 'udp.checksum.status != 1 or tcp.checksum.status != 1'), []);
	t.log(`${frames.length} frames of ${4 * 4 * 2 * 3} templates`);
});

test('a spoiled CRC and wrong lengths are what Wireshark finds', t => {
	if (!need(t, {programs: ['tshark']})) return;
	const path = join(folder, 'wrong.pcap');
	writePcap(
		path,
		['fcoe(crc=bad)/fc/fcp(rsp)', 'ip4(sum=!0xdead)/udp', 'udp(sum=!1)/payload(5)', 'tcp(sum=!1)', 'ip4(len=!9)/udp'].map(
			template => framesOf(compileTemplate(template, {seed: 1}))[0] as Uint8Array,
		),
	);
	t.deepEqual(matching(path, 'fcoe.crc.status == 0'), [1]);
	t.deepEqual(matching(path, 'ip.checksum.status == 0'), [2]);
	t.deepEqual(matching(path, 'udp.checksum.status == 0'), [3]);
	t.deepEqual(matching(path, 'tcp.checksum.status == 0'), [4]);
	t.deepEqual(matching(path, 'ip.bogus_ip_length'), [5]);
});

test('iSCSI digests are right for Wireshark, in one stream with a login', t => {
	if (!need(t, {programs: ['tshark']})) return;
	const login = 'iscsi(login_response,itt=1)/payload("HeaderDigest=CRC32C\\0DataDigest=CRC32C\\0")';
	const build = (template: string) => framesOf(compileTemplate(template, {seed: 1}))[0] as Uint8Array;
	const first = build(`tcp(sport=3260,dport=9999,seq=1)/${login}`);
	const after = 1 + first.length - 54;
	const second = build(`tcp(sport=3260,dport=9999,seq=${after})/iscsi(nop_in,digests=header|data)/payload("some data")`);
	const path = join(folder, 'digests.pcap');
	writePcap(path, [first, second]);
	const text = tshark(path, '-V', '-d', 'tcp.port==3260,iscsi', '-Y', 'frame.number == 2');
	t.regex(text, /HeaderDigest: 0x[0-9a-f]{8} \(Good CRC32\)/i);
	t.regex(text, /DataDigest: 0x[0-9a-f]{8} \(Good CRC32\)/i);
});
