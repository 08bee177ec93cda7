// docs/counters.md, from the places, the driver table and the rules of every source (npm run docs).

import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {type DriverRow, type DriverRule, matches} from '../src/monitor/drivers/rule.js';
import {driverTable} from '../src/monitor/drivers/table.js';
import {standardRules} from '../src/monitor/link.js';
import {type PlaceFacts, placeOrder, places} from '../src/monitor/place.js';
import {protocolRules} from '../src/monitor/protocols.js';
import {queueRules} from '../src/monitor/queue.js';
import {socketTables} from '../src/monitor/socket-counters.js';

const cell = (text: string) => text.replaceAll('|', '\\|');
const code = (text: string) => `\`${cell(text)}\``;

const fixtures = fileURLToPath(new URL('../../fixtures/ethtool/', import.meta.url));
/** What `ethtool -S` of a row's drivers names. */
const namesOf = ({names}: DriverRow): string[] =>
	readdirSync(fixtures)
		.filter(file => names.includes(file.replace(/(-[\d.]+)?\.txt$/, '')))
		.flatMap(file => readFileSync(`${fixtures}${file}`, 'utf8').split('\n'))
		.map(name => name.trim());

/** The counters that a rule is about, N for the number of a queue. */
function counters(rule: DriverRule, row: DriverRow): string {
	const {name} = rule;
	if (typeof name === 'string') return code(name);
	const found = namesOf(row).filter(one => matches(rule, one));
	return [...new Set(found.map(one => (name.source.includes('\\d') ? one.replace(/\d+/, 'N') : one)))].map(code).join(' ');
}

interface Row extends Pick<DriverRule, 'place' | 'meaning' | 'alsoIn' | 'sign' | 'bits'> {
	readonly name: string;
}

const kindOf = ({place, sign}: Row) => (sign ? 'sign' : places[place].kind);
const line = (row: Row): string => {
	const also = (row.alsoIn ?? []).map(whole => code(whole.replace('$1', 'N'))).join(', ');
	return `| ${row.name} | ${row.place} | ${kindOf(row)} | ${cell(row.meaning)}${row.bits === undefined ? '' : ` (${row.bits} bits)`} | ${also} |`;
};
const rulesTable = (rows: readonly Row[]) =>
	`| counter | place | kind | meaning | the same frames are in |\n| --- | --- | --- | --- | --- |\n${rows.map(line).join('\n')}\n`;

const quoted = (rows: readonly (Omit<Row, 'name'> & Pick<DriverRule, 'name'>)[]): Row[] => rows.map(row => ({...row, name: code(String(row.name))}));
const plainTable = (rows: readonly Row[]) => rulesTable(quoted(rows));

const placeLine = (name: (typeof placeOrder)[number]): string => {
	const {title, meaning, kind, knobs}: PlaceFacts = places[name];
	return `| ${code(name)} | ${cell(title)} | ${kind} | ${cell(meaning)} | ${knobs.map(knob => `${knob.name}: ${code(knob.command)}`).join('; ')} |`;
};

function driverSection(row: DriverRow): string {
	const {names, files, lateSeconds, ethtool, rtnl} = row;
	const lines = [`### ${names.join(', ')}\n\nFrom ${code(files)}.`];
	if (lateSeconds !== undefined) lines.push(` Its counters may stand still for ${lateSeconds} s.`);
	const rows = [
		...(ethtool ?? []).map(rule => ({...rule, name: counters(rule, row)})),
		...(rtnl ?? []).map(rule => ({...rule, name: `rtnl: ${counters(rule, row)}`})),
	];
	if (rows.length === 0) lines.push(' Nothing of its own.');
	return `${lines.join('')}\n${rows.length === 0 ? '' : `\n${rulesTable(rows)}`}`;
}

const udp = {place: 'socket', meaning: 'receive buffer full, or refused by the socket'} as const;

/** docs/counters.md */
export function countersPage(): string {
	const drivers = [...driverTable].sort((a, b) => ((a.names[0] as string) < (b.names[0] as string) ? -1 : 1));
	const rules = driverTable.reduce((sum, {ethtool, rtnl}) => sum + (ethtool?.length ?? 0) + (rtnl?.length ?? 0), 0);
	return `# Counters

Written by \`npm run docs\` from the tables in \`src/monitor\`; do not edit. ${driverTable.length} rows of drivers with ${rules} rules. How they are shown: [monitor.md](monitor.md).

Every counter belongs to a **place** on a frame's way, whatever its owner calls it. Its **kind** says what its movement means:

| kind | |
| --- | --- |
| loss | somebody wanted the frame and did not get it |
| policy | a rule said so |
| harmless | nobody here wanted it |
| sign | no frame is lost, but it is what is seen before frames are |

**The same frames are in** other counters, too: one queue's loss is in the driver's total, in the interface's, sometimes in three of them. \`netstress\` subtracts along these, so that a frame is
counted once, at the most exact place that any counter names. What no part explains remains with the whole. \`*\` is whichever interface it was.

## Places

In the order of a frame's way.

| place | | kind | what happened | what moves it |
| --- | --- | --- | --- | --- |
${placeOrder.map(placeLine).join('\n')}

## Interfaces: \`rtnl\`

\`struct rtnl_link_stats64\`, the same for all drivers, as \`ip -s -s link\` prints it. A driver's row below may give a counter another meaning. \`rx_dropped\` of a driver that is not
in the table is at the place \`unknown\`: nobody can say what its driver adds.

${rulesTable(quoted(standardRules))}
A bond or team adds up its members: their counters are in its own.

## Queueing disciplines: \`qdisc\`

As \`tc -s qdisc\` prints them, with the name that tc gives them (\`tbf 8001: root drops\`). 32 bits. A child's losses are in its parent.

${plainTable([
	{
		name: '… drops',
		place: 'qdisc',
		meaning: 'no room, or shaped away; of ingress and clsact: a filter said so (place tc)',
		alsoIn: ['qdisc: its parent', 'snmp:IpOutDiscards', 'snmp:UdpSndbufErrors'],
	},
	{name: '… overlimits', place: 'qdisc', meaning: 'had to wait', sign: true},
	{name: '… requeues', place: 'qdisc', meaning: 'the driver had no room; put back', sign: true},
])}
## CPUs: \`softnet\`

\`/proc/net/softnet_stat\`, 32 bits. **Of the whole machine**: every network namespace sees the same. Its columns are told by their number (9, 10, 11, 13, 15), never by the kernel's version.

${plainTable([
	{
		name: 'dropped',
		place: 'backlog',
		meaning: 'netdev_max_backlog was reached, or the flow limit',
		alsoIn: ['*/rtnl:rx_dropped', 'tx_dropped of the veth that sent it'],
	},
	{name: 'flow_limit', place: 'backlog', meaning: 'one flow had more than its share', alsoIn: ['softnet:dropped']},
	{name: 'time_squeeze', place: 'squeezed', meaning: 'a round ended with frames left'},
])}
## Queues: \`qstats\`

netdev generic netlink, Linux 6.9 and later, of drivers that take part: the same names for all of them.

${rulesTable(quoted(queueRules))}
## Sockets: \`sock_diag\`, \`procfs\`

Those that have lost something, with what they are bound to and the programs that have them. 32 bits.

${plainTable([
	{name: 'packet drops', place: 'socket', meaning: 'receive buffer full; not the losses of a packet ring: those only its owner is told (tp_drops)'},
	{name: 'xdp rx_dropped', place: 'socket', meaning: 'AF_XDP: dropped'},
	{name: 'xdp rx_ring_full', place: 'socket', meaning: 'AF_XDP: receive ring full'},
	{name: 'xdp rx_invalid_descs', place: 'socket', meaning: 'AF_XDP: bad descriptor in the fill ring'},
	{
		name: 'tcp listen drops',
		place: 'socket',
		meaning: 'connections that a listening socket refused',
		alsoIn: ['snmp:TcpExtListenOverflows', 'snmp:TcpExtListenDrops'],
	},
	{name: 'tcp drops', place: 'tcp', meaning: 'segments that a connection did not want: old, doubled, outside the window'},
	...socketTables.map(({file, alsoIn}) => ({...udp, name: `${file} drops`, ...(alsoIn ? {alsoIn} : {})})),
])}
TCP sockets are asked for one by one where there are 10,000 at most.

## Protocols: \`snmp\`

Of the namespace, by the names of \`nstat -az\`.

${rulesTable(quoted(protocolRules))}
## Drivers: \`ethtool\`

By the name that \`ethtool -i\` gives the driver. N is a queue's number. Counters that are not here are no losses, or are the standard counters under their own names.
A driver that has no row is read by the words in its counters' names, and each such place is marked as guessed.

${drivers.map(driverSection).join('\n')}`;
}
