// AoE and FCoE frames for the matcher: an AoE request and its response share the tag (AoEr11 2.5), an FCP_CMND and its FCP_RSP the OX_ID between two ports (FC-FS-3 9.9).
// Bytes of a network: what is too short or is something else is left alone.
import {aoe, aoeAtaRequest, aoeCommand} from '../../wire/aoe.js';
import {FC_HEADER_LENGTH, fc, fcType, rCtl} from '../../wire/fc.js';
import {FCOE_HEADER_LENGTH} from '../../wire/fcoe.js';
import {FCP_CMND_LENGTH, fcpCommand} from '../../wire/fcp.js';
import type {Pairs} from './pairs.js';

const sectorBytes = 512;
/** ATA commands that read sectors (ACS-4 7): with and without 48-bit addresses. */
const reads: ReadonlySet<number> = new Set([0x20, 0x24]);

/** A MAC address as a number: 48 bits fit one exactly. */
const macAt = (view: DataView, at: number) => view.getUint32(at) * 0x1_0000 + view.getUint16(at + 4);
/** Two port addresses of 24 bits as one number. */
const portsOf = (originator: number, responder: number) => originator * 0x100_0000 + responder;

/** An AoE frame whose Ethernet header begins at `frame` and whose AoE header at `at`. */
export function takeAoe(pairs: Pairs, view: DataView, frame: number, at: number, end: number, timeNs: number): void {
	const args = at + aoe.length;
	if (end - args < aoeAtaRequest.length || aoe.fields.cmd.read(view, at) !== aoeCommand.ata) return;
	const tag = aoe.fields.tag.read(view, at);
	// the side that asked: source of a request, destination of a response
	if (aoe.fields.response.read(view, at) !== 0) {
		pairs.answer(macAt(view, frame), tag, timeNs);
		return;
	}
	const bytes = aoeAtaRequest.fields.sector_count.read(view, args) * sectorBytes;
	const write = aoeAtaRequest.fields['aflags.w'].read(view, args) !== 0;
	const read = !write && reads.has(aoeAtaRequest.fields['ata.cmd'].read(view, args));
	pairs.request(macAt(view, frame + 6), {tag, timeNs, readBytes: read ? bytes : 0, writtenBytes: write ? bytes : 0});
}

/** An FCoE frame whose FCoE header begins at `at`. */
export function takeFcoe(pairs: Pairs, view: DataView, at: number, end: number, timeNs: number): void {
	const head = at + FCOE_HEADER_LENGTH;
	const unit = head + FC_HEADER_LENGTH;
	if (end < unit || fc.fields.type.read(view, head) !== fcType.fcp) return;
	const [source, destination, oxId] = [fc.fields.s_id.read(view, head), fc.fields.d_id.read(view, head), fc.fields.ox_id.read(view, head)];
	const what = fc.fields.r_ctl.read(view, head);
	if (what === rCtl.commandStatus) pairs.answer(portsOf(destination, source), oxId, timeNs);
	if (what !== rCtl.unsolicitedCommand || end - unit < FCP_CMND_LENGTH) return;
	const bytes = fcpCommand.fields.addlcdblen.read(view, unit) === 0 ? fcpCommand.fields.dl.read(view, unit) : 0;
	const [write, read] = [fcpCommand.fields.wrdata.read(view, unit) !== 0, fcpCommand.fields.rddata.read(view, unit) !== 0];
	pairs.request(portsOf(source, destination), {tag: oxId, timeNs, readBytes: read ? bytes : 0, writtenBytes: write ? bytes : 0});
}
