// iSCSI PDUs (RFC 7143): cut out of the stream, shown with their additional headers, digests, text and data; SCSI goes to scsi.ts.
import {ahs, ahsBidirectional, bhs, bhsLength, dataIn, login, loginResponse, pduHeaders, scsiCommand, scsiResponse} from '../../wire/iscsi.js';
import {digest, digestLength} from '../../wire/iscsi-digest.js';
import {opcode, opcodeNames} from '../../wire/iscsi-names.js';
import type {Stream} from '../streams.js';
import {generated, type Layer, present, type Source, type Walk} from '../tree.js';
import type {UnitProtocol} from '../units.js';
import {dissectCdb, dissectData, dissectSense, dissectStatus, type Task} from './scsi.js';

/** What is remembered of a connection. */
interface Connection {
	/** Commands without a response, by initiator task tag. */
	readonly tasks: Map<number, Task>;
	/** Digests in use; undefined = not negotiated in sight, so looked for in the bytes. */
	headerDigest: boolean | undefined;
	dataDigest: boolean | undefined;
}

/** Commands that are remembered a connection; the oldest go first. */
const mostTasks = 4096;
/** Longest data that is gathered only to see whether a digest follows it, where no login said so. */
const longestLook = 65_536;
const loginOpcodes: ReadonlySet<number> = new Set([opcode.login, opcode.loginResponse]);
const padded = (length: number) => length + (-length & 3);

function connectionOf(stream: Stream): Connection {
	stream.memory ??= {tasks: new Map(), headerDigest: undefined, dataDigest: undefined} satisfies Connection;
	return stream.memory as Connection;
}

/** Where the parts of a PDU lie, counted from its first byte. */
interface Parts {
	readonly opcode: number;
	/** End of the additional headers. */
	readonly headerEnd: number;
	readonly dataAt: number;
	readonly dataLength: number;
	readonly headerDigest: boolean;
	readonly dataDigest: boolean;
	readonly length: number;
}

/** Lays a PDU out; undefined while there are too few bytes to know, null when there cannot be one. */
function layout(view: DataView, at: number, end: number, connection: Connection): Parts | undefined | null {
	if (end - at < 1) return undefined;
	const code = bhs.fields.opcode.read(view, at);
	// the top bit is reserved and no target sends the immediate bit (RFC 7143 11.2.1)
	if (pduHeaders[code] === undefined || view.getUint8(at) & 0x80) return null;
	if (end - at < bhsLength) return undefined;
	const dataLength = bhs.fields.datasegmentlength.read(view, at);
	const headerEnd = bhsLength + 4 * bhs.fields.totalahslength.read(view, at);
	const plain = loginOpcodes.has(code);
	const headerDigest = plain ? false : (connection.headerDigest ?? digestFits(view, at, headerEnd, end));
	if (headerDigest === undefined) return undefined;
	if (headerDigest) connection.headerDigest = true;
	const dataAt = headerEnd + (headerDigest ? digestLength : 0);
	const dataStop = dataAt + padded(dataLength);
	let dataDigest: boolean | undefined = false;
	if (!plain && dataLength > 0) {
		const looked = headerDigest && dataLength <= longestLook ? digestFits(view, at + dataAt, dataStop - dataAt, end) : false;
		dataDigest = connection.dataDigest ?? looked;
		if (dataDigest === undefined) return undefined;
		if (headerDigest && dataLength <= longestLook && end - at >= dataStop + digestLength) connection.dataDigest = dataDigest;
	}
	const length = dataStop + (dataDigest ? digestLength : 0);
	return {opcode: code, headerEnd, dataAt, dataLength, headerDigest, dataDigest, length};
}

/** Whether the four bytes behind a run are its digest: undefined while the run is not whole, false when less than a digest follows it. */
function digestFits(view: DataView, at: number, length: number, end: number): boolean | undefined {
	if (end - at < length) return undefined;
	if (end - at < length + digestLength) return false;
	const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
	return view.getUint32(at + length, true) === digest(bytes, at, length);
}

/** iSCSI as units of a TCP stream. */
export const iscsiProtocol = (): UnitProtocol => ({
	name: 'iscsi',
	starts(view, at, end) {
		// a connection begins with an immediate Login of version 0 without additional headers (RFC 7143 11.12)
		if (end - at < bhsLength) return false;
		const {versionmax, versionmin, totalahslength, datasegmentlength, cid} = login.fields;
		return (
			view.getUint8(at) === 0x43 &&
			versionmax.read(view, at) === 0 &&
			versionmin.read(view, at) === 0 &&
			totalahslength.read(view, at) === 0 &&
			datasegmentlength.read(view, at) <= 8192 + 1024 &&
			view.getUint16(at + cid.at + 2) === 0
		);
	},
	length(view, at, end, stream) {
		const parts = layout(view, at, end, connectionOf(stream));
		return parts === null ? 0 : parts?.length;
	},
	dissect(walk, source, at, end, stream) {
		const connection = connectionOf(stream);
		const parts = layout(source.view, at, end, connection);
		// what was learned of digests while the PDU was gathered may have changed its shape: then its bytes are shown as they are
		if (parts && parts.length === end - at) dissectPdu(walk, source, at, parts, connection);
		else walk.data(source, at, end);
	},
});

/** Fields that Wireshark prints only when another field makes them count (src/wire/iscsi.ts names them). */
function counts(name: string, view: DataView, at: number, code: number): boolean {
	if (name === 'iscsi.login.nsg') return login.fields['login.T'].read(view, at) === 1;
	if (code === opcode.dataIn && name === 'iscsi.scsiresponse.status') return dataIn.fields['scsidata.S'].read(view, at) === 1;
	return true;
}

function dissectPdu(walk: Walk, source: Source, at: number, parts: Parts, connection: Connection): void {
	const {view} = source;
	const table = pduHeaders[parts.opcode];
	if (table === undefined) return;
	const before = walk.protocols.includes('iscsi');
	const layer = walk.header(table, `iSCSI (${opcodeNames[parts.opcode]})`, source, at, at + parts.length);
	if (layer === undefined) return;
	if (before) walk.protocols.pop();
	const kept = layer.children.filter(node => counts(node.name, view, at, parts.opcode));
	layer.children.splice(0, layer.children.length, ...kept);
	layer.size = parts.headerEnd;
	if (parts.headerEnd > bhsLength) additional(layer, source, at + bhsLength, at + parts.headerEnd);
	if (parts.headerDigest) {
		digestNodes(layer, source, 'iscsi.headerdigest', at + parts.headerEnd, at, parts.headerEnd);
		layer.size = parts.dataAt;
	}
	const dataAt = at + parts.dataAt;
	const dataEnd = dataAt + parts.dataLength;
	const isScsi = meaning(walk, layer, source, at, dataAt, dataEnd, parts.opcode, connection);
	if (parts.dataLength === 0) return;
	const stop = dataAt + padded(parts.dataLength);
	if (stop > dataEnd)
		layer.children.push(generated(isScsi ? 'iscsi.data_padding' : 'iscsi.padding', source.bytes.subarray(dataEnd, stop), dataEnd, stop - dataEnd));
	if (parts.dataDigest) digestNodes(layer, source, 'iscsi.datadigest', stop, dataAt, stop - dataAt);
	if (!isScsi) layer.size = parts.length;
}

function digestNodes(layer: Layer, source: Source, name: string, at: number, from: number, length: number): void {
	// sent with its least significant byte first; Wireshark shows the four bytes as they are sent (RFC 7143 13.1)
	const good = source.view.getUint32(at, true) === digest(source.bytes, from, length);
	layer.children.push(generated(`${name}32`, source.view.getUint32(at), at, digestLength), generated(`${name}.status`, good ? 1 : 0, at));
}

/** Additional header segments (RFC 7143 11.2.2), each padded to four bytes. */
function additional(layer: Layer, source: Source, at: number, end: number): void {
	let place = at;
	while (place + ahs.length <= end) {
		const length = ahs.fields['ahs.length'].read(source.view, place);
		const type = ahs.fields['ahs.type'].read(source.view, place);
		const size = 3 + length;
		const stop = Math.min(end, place + size);
		layer.children.push(...present(ahs, source.view, place, end));
		const from = place + ahs.length;
		if (type === 2 && stop - place >= ahsBidirectional.length) {
			layer.children.push(...ahsBidirectional.dissect(source.view, place, end).filter(node => node.name === 'iscsi.ahs.bidir.length'));
		} else if (stop > from) {
			const name = type === 1 ? 'iscsi.ahs.extended_cdb' : 'iscsi.ahs.unknown_blob';
			layer.children.push(generated(name, source.bytes.subarray(from, stop), from, stop - from));
		}
		place += padded(Math.max(size, ahs.length));
	}
}

/** What the PDU says and carries; true when its data went to SCSI. */
function meaning(walk: Walk, layer: Layer, source: Source, at: number, dataAt: number, dataEnd: number, code: number, connection: Connection): boolean {
	const {view, bytes} = source;
	const tag = bhs.fields.initiatortasktag.read(view, at);
	const task = connection.tasks.get(tag);
	const refer = (time: boolean) => {
		if (task === undefined) return;
		layer.children.push(generated('iscsi.request_frame', task.frame, at));
		if (time) layer.children.push(generated('iscsi.time', walk.frame.time - task.time, at));
	};
	const all = (name: string) => {
		if (dataEnd > dataAt) layer.children.push(generated(name, bytes.subarray(dataAt, dataEnd), dataAt, dataEnd - dataAt));
		return false;
	};
	switch (code) {
		case opcode.scsiCommand: {
			const cdb = bytes.slice(at + 32, at + bhsLength);
			const fresh: Task = {frame: walk.frame.number, time: walk.frame.time, lun: scsiCommand.fields['.scsi.lun'].read(view, at), cdb};
			remember(connection, tag, fresh);
			dissectCdb(walk, source, at + 32, fresh);
			if (dataEnd === dataAt) return true;
			all('iscsi.immediatedata');
			dissectData(walk, source, dataAt, dataEnd, fresh, 0, 'immediate');
			return false;
		}
		case opcode.dataOut:
			refer(false);
			if (dataEnd > dataAt) dissectData(walk, source, dataAt, dataEnd, task, dataIn.fields.bufferOffset.read(view, at), 'out');
			return true;
		case opcode.dataIn: {
			const last = dataIn.fields['scsidata.S'].read(view, at) === 1;
			refer(true);
			if (dataEnd > dataAt) dissectData(walk, source, dataAt, dataEnd, task, dataIn.fields.bufferOffset.read(view, at), last ? 'last' : 'in');
			if (last && task !== undefined) {
				dissectStatus(walk, source, at, dataIn.fields['scsiresponse.status'].read(view, at), task);
				connection.tasks.delete(tag);
			}
			return true;
		}
		case opcode.scsiResponse:
			refer(true);
			response(walk, layer, source, at, dataAt, dataEnd, task);
			connection.tasks.delete(tag);
			return true;
		case opcode.login:
		case opcode.loginResponse:
		case opcode.text:
		case opcode.textResponse:
			text(layer, source, at, dataAt, dataEnd, code, connection);
			return false;
		case opcode.nopOut:
		case opcode.nopIn:
			return all('iscsi.pingdata');
		case opcode.async:
			return all('iscsi.asynceventdata');
		case opcode.reject:
			return all('iscsi.reject.header');
		default:
			return all('iscsi.vendorspecificdata');
	}
}

function remember(connection: Connection, tag: number, task: Task): void {
	connection.tasks.delete(tag);
	connection.tasks.set(tag, task);
	if (connection.tasks.size > mostTasks) connection.tasks.delete(connection.tasks.keys().next().value as number);
}

/** A SCSI Response: sense data behind its length (RFC 7143 11.4.7.2), or the status alone. */
function response(walk: Walk, layer: Layer, source: Source, at: number, dataAt: number, dataEnd: number, task: Task | undefined): void {
	if (dataEnd - dataAt >= 2) {
		const length = source.view.getUint16(dataAt);
		layer.children.push(generated('iscsi.scsiresponse.senselength', length, dataAt, 2));
		const from = dataAt + 2;
		const to = Math.min(dataEnd, from + length);
		if (to > from) {
			dissectSense(walk, source, from, to, task);
			return;
		}
	}
	if (task !== undefined) dissectStatus(walk, source, at, scsiResponse.fields['scsiresponse.status'].read(source.view, at), task);
}

const utf8 = new TextDecoder();

/** Key=value pairs, each with its NUL (RFC 7143 6.1). What a login answers about digests is how the connection goes on. */
function text(layer: Layer, source: Source, at: number, dataAt: number, dataEnd: number, code: number, connection: Connection): void {
	const {bytes, view} = source;
	let start = dataAt;
	while (start < dataEnd) {
		const nul = bytes.subarray(start, dataEnd).indexOf(0);
		const stop = nul < 0 ? dataEnd : start + nul;
		const next = Math.min(dataEnd, stop + 1);
		const pair = utf8.decode(bytes.subarray(start, stop));
		if (pair !== '') layer.children.push(generated(pair.includes('=') ? 'iscsi.keyvalue' : 'iscsi.keyvalue.invalid', pair, start, next - start));
		if (code === opcode.loginResponse && pair.startsWith('HeaderDigest=')) connection.headerDigest = pair.endsWith('=CRC32C');
		if (code === opcode.loginResponse && pair.startsWith('DataDigest=')) connection.dataDigest = pair.endsWith('=CRC32C');
		start = next;
	}
	const {csg, nsg} = {csg: loginResponse.fields['login.csg'], nsg: loginResponse.fields['login.nsg']};
	if (code !== opcode.loginResponse || loginResponse.fields['login.T'].read(view, at) === 0) return;
	// the default is none (RFC 7143 13.1): what nobody named by the end of the login is not used
	if (nsg.read(view, at) === 3 && csg.read(view, at) !== 3) {
		connection.headerDigest ??= false;
		connection.dataDigest ??= false;
	}
}
