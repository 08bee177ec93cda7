import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../src/base/errors.js';
import {fieldPrinter} from '../../src/dissect/fields.js';
import {compileFilter} from '../../src/dissect/filter.js';
import {knownFields} from '../../src/dissect/registry.js';
import {aoe, aoeConfig} from '../../src/wire/aoe.js';
import {encode, frame, tcpFrame, text, udpFrame} from '../build.js';
import {exchangeCases} from '../fixtures-fcoe.js';
import {holds} from '../property.js';
import {one} from './trees.js';

const config = one(frame(0x88a2, encode(aoe, {version: 1, major: 7, minor: 1, cmd: 1, tag: 0xdead_beef}, encode(aoeConfig, {length: 7}, text('payroll')))));
const syn = one(tcpFrame({seq: 1, flags: 2}));
const login = one(exchangeCases()[0]!);
const udp6 = one(udpFrame(text('hello'), 9, {version: 6}));

const passing: Array<[filter: string, tree: typeof config, passes: boolean]> = [
	['aoe', config, true],
	['aoe', syn, false],
	['tcp || aoe', config, true],
	['tcp and aoe', config, false],
	['not tcp', config, true],
	['!tcp && !(ip or ipv6)', config, true],
	['aoe.cmd == 1', config, true],
	['aoe.cmd==1', config, true],
	['aoe.cmd eq 0', config, false],
	['aoe.cmd == "Query Config Information"', config, true],
	['aoe.tag == 0xdeadbeef', config, true],
	['aoe.tag > 0xdeadbeee && aoe.tag < 0xdeadbef0', config, true],
	['aoe.tag >= 3735928560', config, false],
	['aoe.config.string == "payroll"', config, true],
	['aoe.config.string contains roll', config, true],
	['eth.src == 02:00:00:00:00:01', config, true],
	['eth.addr == 02-00-00-00-00-02', config, true],
	['eth.dst == 02:00:00:00:00:01', config, false],
	['tcp.port == 3260', syn, true],
	['tcp.port != 3260', syn, false],
	['tcp.port != 80', syn, true],
	['tcp.port != 80', config, false],
	['tcp.flags.syn == true', syn, true],
	['tcp.flags == 2 and tcp.flags.ack == 0', syn, true],
	['ip.addr == 192.0.2.2', syn, true],
	['ip.src != 192.0.2.1', syn, false],
	['ipv6.addr == 2001:db8::2', udp6, true],
	['ipv6.src == 2001:db8:0:0:0:0:0:2', udp6, false],
	['data.data == 68:65:6c:6c:6f', udp6, true],
	['data.data contains 6c6c', udp6, true],
	['frame.time_relative < 0.5', udp6, true],
	['frame.len > 1000', udp6, false],
	['fc.s_id == 00.01.02', login, true],
	['fc.s_id == 00:01:02', login, true],
	['fc.id == 00.02.01', login, true],
	['fc.d_id == 00.01.02', login, false],
	['fc.d_id > 00.01.ff', login, true],
	['fc.s_id contains 01.02', login, true],
	['fcels.npname == 20:00:02:00:00:00:00:01', login, true],
	['fcels.npname < 20:00:02:00:00:00:00:01', login, false],
	['fcels.npname contains 02:00:00:00', login, true],
	['fcels.opcode == PLOGI && fc.fctl.exchange_first == true', login, true],
	['aoe.cmd == 0 or aoe.cmd == 1 and tcp', config, false],
	['(aoe.cmd == 0 or aoe.cmd == 1) and not tcp', config, true],
];
for (const [filter, tree, passes] of passing) {
	test(`${filter} ${passes ? 'passes' : 'stops'} ${tree.protocols}`, t => {
		t.is(compileFilter(filter)(tree), passes);
	});
}

const refused: Array<[string, RegExp]> = [
	['aoe.cmdd == 1', /unknown field aoe\.cmdd; the nearest known is aoe\.cmd/],
	['iscsi.itt', /unknown field iscsi\.itt; the nearest known is iscsi\./],
	['aoe.cmd ==', /a value is missing after "aoe\.cmd =="/],
	['(aoe', /a \) is missing/],
	['aoe tcp', /"tcp" is unexpected/],
	['', /a field name is missing/],
	['aoe and', /a field name is missing after "and"/],
	['aoe.cmd == "Query Config"', /aoe\.cmd is compared with a number or the name of one of its values, not with "Query Config"/],
	['aoe.cmd == banana', /not with "banana"/],
	['ip.src == 300.1.1.1', /an IPv4 address/],
	['ip.src == eth0', /an IPv4 address/],
	['ipv6.src == 1.2.3.4', /an IPv6 address/],
	['eth.src == 02:00', /a MAC address/],
	['fc.s_id == 00.01', /fc\.s_id is compared with three bytes in hexadecimal \(00\.00\.01\), not with "00\.01"/],
	['fcels.npname == 1', /a world wide name of eight bytes/],
	['aoe == 1', /aoe has no value to compare/],
	['frame.time_epoch > yesterday', /seconds/],
	['aoe.cmd = 1', /cannot read it from "= 1" on/],
	['aoe.cmd == 1 & tcp', /cannot read it from "& tcp" on/],
];
for (const [filter, message] of refused) {
	test(`${filter || 'nothing'} is refused`, t => {
		const error = t.throws(() => compileFilter(filter), {instanceOf: NetstressError, message});
		t.is(error?.exitStatus, 2);
	});
}

test('any text is either a filter or a usage error', t => {
	const words = fc.constantFrom('aoe', 'aoe.cmd', '==', '!=', '<', '1', '0x', '"x', 'and', 'or', 'not', '!', '(', ')', '&&', 'ip.src', '::', '\\', ' ');
	holds(
		t,
		fc.property(
			fc.oneof(
				fc.string(),
				fc.array(words).map(list => list.join(' ')),
			),
			filter => {
				try {
					compileFilter(filter)(config);
				} catch (error) {
					return error instanceof NetstressError && error.code === 'ERR_USAGE';
				}
				return true;
			},
		),
		{numRuns: 500},
	);
});

test('-T fields: tabs between columns, commas between values, nothing for what is not there', t => {
	t.is(fieldPrinter(['eth.type', 'eth.addr', 'tcp.port', 'aoe.cmd'])(syn), '0x0800\t02:00:00:00:00:02,02:00:00:00:00:01\t40000,3260\t\n');
	t.throws(() => fieldPrinter(['eth.typo']), {message: /nearest known is eth\.type/});
});

test('every known name can be asked for', t => {
	for (const name of knownFields().keys()) t.notThrows(() => compileFilter(name));
	t.true(knownFields().size > 400);
});
