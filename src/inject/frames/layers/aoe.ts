// AoE with its four commands (AoEr11 2 and 3): the common header, and one layer for each command's arguments.
import {
	ALL_SHELVES,
	ALL_SLOTS,
	aoe,
	aoeAtaRequest,
	aoeAtaResponse,
	aoeCommand,
	aoeConfig,
	aoeMask,
	aoeMaskDirective,
	aoeReserve,
	aoeReserveEntry,
	configCommand,
	maskCommand,
	maskDirective,
	reserveCommand,
} from '../../../wire/aoe.js';
import {ataCommand, SECTOR} from '../../../wire/ata.js';
import {broadcast, type Kind, type Values} from '../kind.js';

const aoeKind: Kind = {
	name: 'aoe',
	about: 'the AoE header; the command follows from the layer behind it',
	table: aoe,
	// who asks every shelf asks every station (AoEr11 2.4)
	stations: layer => ({dst: layer.number('major', ALL_SHELVES) === ALL_SHELVES ? broadcast : undefined}),
	short: {shelf: 'major', slot: 'minor', ver: 'version'},
	words: {
		cmd: {ata: aoeCommand.ata, config: aoeCommand.config, mask: aoeCommand.macMask, reserve: aoeCommand.reserve},
		major: {all: 0xffff},
		minor: {all: 0xff},
	},
	defaults: () => ({version: 1, major: ALL_SHELVES, minor: ALL_SLOTS, cmd: aoeCommand.config}),
	carries: false,
};

const writes: ReadonlySet<number> = new Set([ataCommand.write, ataCommand.writeExt]);
const extended: ReadonlySet<number> = new Set([ataCommand.readExt, ataCommand.writeExt, ataCommand.readVerifyExt, ataCommand.flushExt]);
const ata: Kind = {
	name: 'ata',
	about: 'ATA arguments: ata(read,lba=0,count=2); a write is followed by its sectors',
	table: aoeAtaRequest,
	short: {cmd: 'ata.cmd', count: 'sector_count', feature: 'err_feature', ext: 'aflags.e', write: 'aflags.w', async: 'aflags.a', d: 'aflags.d'},
	words: {'ata.cmd': ataCommand},
	bare: 'ata.cmd',
	over: ['aoe'],
	below: {aoe: {cmd: aoeCommand.ata}},
	defaults(layer): Values {
		const command = layer.number('ata.cmd', ataCommand.read);
		const sectors = command === ataCommand.flush || command === ataCommand.flushExt || command === ataCommand.checkPowerMode ? 0 : 1;
		return {'ata.cmd': command, sector_count: sectors, 'aflags.w': writes.has(command) ? 1 : 0, 'aflags.e': extended.has(command) ? 1 : 0};
	},
	carries: false,
	implied: layer => (layer.number('aflags.w', writes.has(layer.number('ata.cmd', 0)) ? 1 : 0) === 1 ? SECTOR * layer.number('sector_count', 1) : 0),
};

const ataAnswer: Kind = {
	name: 'ata_response',
	about: 'the same as a target sends it, with a status; data behind it is yours',
	table: aoeAtaResponse,
	short: {status: 'ata.status', count: 'sector_count', error: 'err_feature', ext: 'aflags.e'},
	over: ['aoe'],
	below: {aoe: {cmd: aoeCommand.ata, response: 1}},
	defaults: () => ({'ata.status': 0x40}),
	carries: false,
};

const config: Kind = {
	name: 'config',
	about: 'query config: config(read), config(force_set)/payload("string"); the length of the string is filled in',
	table: aoeConfig,
	short: {len: 'length', buffers: 'bufcnt', sectors: 'scnt'},
	words: {ccmd: configCommand},
	bare: 'ccmd',
	over: ['aoe'],
	below: {aoe: {cmd: aoeCommand.config}},
	computed: ['length'],
	carries: false,
	finish: (layer, build) => build.fill(layer, 'length', () => build.natural - layer.inner),
};

const mask: Kind = {
	name: 'mask',
	about: 'MAC mask list; directives follow as layers: mask(edit)/directive(add,mac=…)',
	table: aoeMask,
	words: {mcmd: maskCommand},
	bare: 'mcmd',
	short: {count: 'dcount'},
	over: ['aoe'],
	below: {aoe: {cmd: aoeCommand.macMask}},
	computed: ['dcount'],
	carries: false,
	finish: (layer, build) => build.fill(layer, 'dcount', () => Math.floor((build.natural - layer.inner) / aoeMaskDirective.length)),
};

const directive: Kind = {
	name: 'directive',
	about: 'one directive of a MAC mask list',
	table: aoeMaskDirective,
	words: {'dir.dcmd': maskDirective},
	short: {cmd: 'dir.dcmd', mac: 'dir.mac', reserved: 'dir.reserved'},
	bare: 'dir.dcmd',
	over: ['mask', 'directive'],
	defaults: () => ({'dir.dcmd': maskDirective.add}),
	carries: false,
};

const reserve: Kind = {
	name: 'reserve',
	about: 'reserve list; addresses follow as layers: reserve(set)/station(02:00:00:00:00:01)',
	table: aoeReserve,
	words: {rcmd: reserveCommand},
	bare: 'rcmd',
	short: {count: 'nmacs'},
	over: ['aoe'],
	below: {aoe: {cmd: aoeCommand.reserve}},
	computed: ['nmacs'],
	carries: false,
	finish: (layer, build) => build.fill(layer, 'nmacs', () => Math.floor((build.natural - layer.inner) / aoeReserveEntry.length)),
};

const station: Kind = {
	name: 'station',
	about: 'one address of a reserve list',
	table: aoeReserveEntry,
	bare: 'mac',
	over: ['reserve', 'station'],
	carries: false,
};

export const aoeKinds: readonly Kind[] = [aoeKind, ata, ataAnswer, config, mask, directive, reserve, station];
