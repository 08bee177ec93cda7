// Extended link services (FC-LS-2): requests by their code, an accept by what was asked in its exchange.

import {
	adisc,
	classFlag,
	classService,
	commonService,
	els,
	elsCommand,
	elsCommandNames,
	logo,
	lsRjt,
	plogi,
	prliHead,
	prliPage,
	rec,
	recAccept,
	rls,
	rlsAccept,
	rrq,
	rscn,
	rscnPage,
	rtvAccept,
	scr,
} from '../../wire/fc-els.js';
import type {Header, Node} from '../../wire/header.js';
import {generated, group, type Layer, present, type Source, type Walk} from '../tree.js';
import type {FcFrame} from './fc-frame.js';

/** The tables of requests and of accepts; logins and those with pages are put together below. */
const requests: Readonly<Record<number, Header>> = {
	[elsCommand.lsRjt]: lsRjt,
	[elsCommand.logo]: logo,
	[elsCommand.rls]: rls,
	[elsCommand.rrq]: rrq,
	[elsCommand.rec]: rec,
	[elsCommand.adisc]: adisc,
	[elsCommand.scr]: scr,
};
const accepts: Readonly<Record<number, Header>> = {
	[elsCommand.rtv]: rtvAccept,
	[elsCommand.rls]: rlsAccept,
	[elsCommand.rec]: recAccept,
	[elsCommand.adisc]: adisc,
};
const fabricLogins: ReadonlySet<number> = new Set([elsCommand.flogi, elsCommand.fdisc]);
const logins: ReadonlySet<number> = new Set([elsCommand.plogi, elsCommand.pdisc, ...fabricLogins]);
const processLogins: ReadonlySet<number> = new Set([elsCommand.prli, elsCommand.prlo]);
/** Services about another exchange of the same two ports. */
const about: ReadonlySet<number> = new Set([elsCommand.rrq, elsCommand.rec]);

export function dissectEls(walk: Walk, source: Source, at: number, end: number, frame: FcFrame): void {
	const layer = walk.layer('fcels', 'FC ELS', source, at, frame.end - at, [], null);
	if (end - at < els.length) {
		layer.children.push(...present(els, source.view, at, end));
		walk.rest(source, at, end, `fcels header of ${els.length} bytes`);
		return;
	}
	const code = els.fields.opcode.read(source.view, at);
	const name = elsCommandNames[code] ?? `code 0x${code.toString(16)}`;
	const accept = code === elsCommand.lsAcc;
	const answer = accept || code === elsCommand.lsRjt;
	const {exchange} = frame;
	if (!answer && exchange !== undefined) exchange.els ??= code;
	const asked = answer ? exchange?.els : code;
	layer.label = `FC ELS, ${name}${answer && asked !== undefined ? ` (${elsCommandNames[asked] ?? `code 0x${asked.toString(16)}`})` : ''}`;
	const stop = body(walk, layer, source, at, end, accept ? asked : code, accept);
	if (stop < end) walk.data(source, stop, end);
	if (about.has(code) && end - at >= rec.length) refer(layer, source, at, frame);
}

/** Puts the fields of a service into its layer; where they end. `asked` is undefined for an accept whose request was not seen. */
function body(walk: Walk, layer: Layer, source: Source, at: number, end: number, asked: number | undefined, accept: boolean): number {
	if (asked === undefined) {
		layer.children.push(...present(els, source.view, at, end));
		return at + els.length;
	}
	if (logins.has(asked)) return login(walk, layer, source, at, end, fabricLogins.has(asked));
	if (processLogins.has(asked)) return pages(walk, layer, source, at, end, accept, asked);
	if (asked === elsCommand.rscn && !accept) return changes(walk, layer, source, at, end);
	const table = (accept ? accepts : requests)[asked] ?? els;
	return walk.extend(layer, table, at, end) ? at + table.length : end;
}

/** Features and options that a fabric login has, and those that Wireshark shows only with a login between ports. */
const portOnly: ReadonlySet<string> = new Set([
	...['fcels.cmn.e_d_tov', 'fcels.cmn.simplex', 'fcels.cmn.seqcnt'],
	...['fcels.logi.initctl.initial_pa', 'fcels.logi.initctl.ack0', 'fcels.logi.initctl.ackgaa'],
	...['fcels.logi.rcptctl.ack', 'fcels.logi.rcptctl.interlock', 'fcels.logi.rcptctl.policy', 'fcels.logi.rcptctl.category'],
]);
const fabricOnly: ReadonlySet<string> = new Set(['fcels.cls.sdr', 'fcels.cls.nzctl']);

function without(nodes: readonly Node[], names: ReadonlySet<string>): Node[] {
	const kept = nodes.filter(node => !names.has(node.name));
	return kept.map(node => (node.children === undefined ? node : {...node, children: without(node.children, names)}));
}

/** PLOGI, FLOGI, PDISC, FDISC and their accepts: the common parameters, then those of four classes; of a class without service only the options count. */
function login(walk: Walk, layer: Layer, source: Source, at: number, end: number, fabric: boolean): number {
	const {view} = source;
	const hidden = fabric ? portOnly : fabricOnly;
	const block = (table: Header, from: number) => without(present(table, view, from, Math.min(end, from + table.length)), hidden);
	layer.children.push(...present(els, view, at, end));
	const shared = Math.min(commonService.length, end - at - els.length);
	layer.children.push(group('fcels.logi.common', at + els.length, shared, undefined, block(commonService, at + els.length)));
	layer.children.push(...present(plogi, view, at, end).filter(node => node.name === 'fcels.npname' || node.name === 'fcels.fnname'));
	for (let number = 1; number <= 4; number++) {
		const from = at + 36 + 16 * (number - 1);
		if (from + classService.length > end) break;
		const served = (classService.fields['logi.clsflags'].read(view, from) & classFlag.valid) !== 0;
		const nodes = block(classService, from).filter(node => served || node.name === 'fcels.logi.clsflags');
		layer.children.push(group('fcels.logi.class', from, classService.length, undefined, nodes, `${number}${served ? '' : ', not supported'}`));
	}
	const version = plogi.fields['logi.vendvers'];
	if (at + plogi.length > end) {
		walk.rest(source, end, end, `a login of ${plogi.length} bytes`);
		return end;
	}
	layer.children.push(...plogi.dissect(view, at, end).filter(node => node.pos === at + version.at));
	return at + plogi.length;
}

/** PRLI and PRLO (FC-LS-2 4.2.18): pages of the length that the request says, up to the length of the whole. */
function pages(walk: Walk, layer: Layer, source: Source, at: number, end: number, accept: boolean, asked: number): number {
	if (!walk.extend(layer, prliHead, at, end)) return end;
	const {view} = source;
	const size = prliHead.fields['prlilo.page_length'].read(view, at);
	const whole = at + prliHead.fields['prlilo.payload_length'].read(view, at);
	const hidden = new Set(accept ? ['fcels.fcpflags.trireq'] : ['fcels.fcpflags.trirep', 'fcels.prlilo.response_code']);
	// two names of one bit; Wireshark has them the other way round in a PRLO
	hidden.add(asked === elsCommand.prlo ? 'fcels.prliloflags.ipe' : 'fcels.prliloflags.eip');
	let place = at + prliHead.length;
	while (place < whole) {
		const length = Math.max(size, prliPage.length);
		if (place + length > end) {
			walk.rest(source, place, end, `a service parameter page of ${length} bytes`);
			return end;
		}
		const nodes = without(present(prliPage, view, place, place + length), hidden);
		// the parameters are FCP's only in a page for FCP
		const fcp = prliPage.fields['prlilo.type'].read(view, place) === 0x08;
		const kept = fcp ? nodes : nodes.filter(node => node.name !== 'fcels.fcpflags');
		if (!fcp) kept.push(generated('fcels.prlilo.service_parameter_response', view.getUint32(place + 12), place + 12, 4));
		layer.children.push(group('fcels.prlilo.page', place, length, undefined, kept));
		place += length;
		if (size < prliPage.length) {
			walk.rest(source, place, end, `a page length of at least ${prliPage.length}, not ${size}: service parameter page`);
			return end;
		}
	}
	return Math.min(place, end);
}

/** RSCN (FC-LS-2 4.2.31). */
function changes(walk: Walk, layer: Layer, source: Source, at: number, end: number): number {
	if (!walk.extend(layer, rscn, at, end)) return end;
	const size = rscn.fields['rscn.page_len'].read(source.view, at);
	const whole = at + rscn.fields['rscn.payload_len'].read(source.view, at);
	let place = at + rscn.length;
	while (place < whole) {
		if (size < rscnPage.length || place + size > end) {
			walk.rest(source, place, end, `an affected port page of ${Math.max(size, rscnPage.length)} bytes`);
			return end;
		}
		layer.children.push(group('fcels.rscn.page', place, size, undefined, present(rscnPage, source.view, place, place + size)));
		place += size;
	}
	return place;
}

/** The exchange that a REC or RRQ asks about: of this port or, when the other began it, of the other (FC-LS-2 4.2.29). */
function refer(layer: Layer, source: Source, at: number, frame: FcFrame): void {
	const {portid, oxid} = rec.fields;
	const originator = portid.read(source.view, at);
	const responder = originator === frame.sId ? frame.dId : frame.sId;
	const exchange = frame.exchanges.named(originator, responder, oxid.read(source.view, at));
	if (exchange !== undefined) layer.children.push(generated('fc.analysis.exchange_in', exchange.frame, at));
}
