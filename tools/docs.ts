// Writes the pages of docs/ that are read off the tables (npm run docs). CI runs it and wants no difference.
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {generatedFields} from '../src/dissect/generated.js';
import {isHidden} from '../src/dissect/hidden.js';
import {ownNames} from '../src/dissect/own.js';
import {collective} from '../src/dissect/registry.js';
import type {Kind} from '../src/inject/frames/kind.js';
import {kinds, lowerKinds} from '../src/inject/frames/kinds.js';
import {wordOf} from '../src/inject/frames/values.js';
import {allHeaders} from '../src/wire/all.js';
import {bindings} from '../src/wire/bind.js';
import type {Shape} from '../src/wire/field.js';
import '../src/wire/stack.js';
import {countersPage} from './docs-counters.js';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

/** Most value names that a row lists. */
const listedNames = 8;
const cell = (text: string) => text.replaceAll('|', '\\|');

const forms: Readonly<Record<Shape['show'], string>> = {
	dec: 'number',
	hex: 'hexadecimal number',
	bool: '0 or 1',
	mac: 'MAC address',
	fcid: 'three bytes in hexadecimal, 00.00.01',
	wwn: 'world wide name, 20:00:00:11:22:33:44:55',
	ipv4: 'IPv4 address',
	ipv6: 'IPv6 address',
	text: 'text',
	bytes: 'bytes',
	seconds: 'seconds',
	none: 'presence',
};

function valueNames({names}: Shape): string {
	const entries = Object.entries(names ?? {});
	const shown = entries.slice(0, listedNames).map(([value, name]) => `${value} ${name}`);
	return cell(shown.join(', ') + (entries.length > listedNames ? `, … (${entries.length})` : ''));
}

interface Row {
	readonly name: string;
	readonly shape: Shape;
	readonly where: string;
}

/** Every name once, with all the tables it stands in. */
function rows(): Row[] {
	const found = new Map<string, {shape: Shape; where: string[]}>();
	const add = (name: string, shape: Shape, where: string) => {
		const entry = found.get(name);
		if (entry === undefined) found.set(name, {shape, where: [where]});
		else if (!entry.where.includes(where)) entry.where.push(where);
	};
	for (const {place, header} of allHeaders()) {
		for (const [key, field] of Object.entries(header.fields)) {
			const name = key.startsWith('.') ? key.slice(1) : `${header.proto}.${key}`;
			if (!isHidden(name)) add(name, field, place.split('.')[0] as string);
		}
	}
	for (const [name, shape] of generatedFields()) add(name, shape, 'worked out');
	return [...found].map(([name, {shape, where}]) => ({name, shape, where: where.join(', ')})).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** docs/fields.md */
function fieldsPage(): string {
	const all = rows();
	const protocols = [...new Set(all.map(({name}) => name.split('.')[0] as string))];
	const sections = protocols.map(protocol => {
		const lines = all
			.filter(({name}) => name.split('.')[0] === protocol)
			.map(({name, shape, where}) => `| \`${name}\` | ${cell(shape.label)} | ${forms[shape.show]} | ${shape.size || ''} | ${where} | ${valueNames(shape)} |`);
		return `## ${protocol}\n\n| field | meaning | printed as | bytes | from | values |\n| --- | --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`;
	});
	const together = Object.entries(collective).map(([name, members]) => `| \`${name}\` | ${members.map(member => `\`${member}\``).join(', ')} |`);
	const next = bindings().map(
		({key, value, next}) => `| \`${key}\` | ${value > 255 && key !== 'tcp.port' ? `0x${value.toString(16).padStart(4, '0')}` : value} | ${next.proto} |`,
	);
	return `# Fields

Written by \`npm run docs\` from the tables in \`src/wire\` and \`src/dissect/generated.ts\`; do not edit. ${all.length} fields.

Names are Wireshark's, so that display filters and columns carry over. Wireshark has no name for what follows, and netstress chose one in its
style: ${ownNames.map(name => `\`${name}\``).join(', ')}.
"From" names the file in \`src/wire\`; what is worked out has no bytes of its own, or bytes that no table fixes.

## Several at once

| name | stands for |
| --- | --- |
${together.join('\n')}

## What follows what

| field | value | protocol |
| --- | --- | --- |
${next.join('\n')}

${sections.join('\n')}`;
}

const codes = (words: readonly string[]) => words.map(word => `\`${cell(word)}\``).join(' ');

/** A layer of a template: what it is, its words, its short field names, its named values. */
function layerSection(kind: Kind): string {
	const tables = 'proto' in kind.table ? [kind.table] : Object.values(kind.table.tables);
	const has = (key: string) => tables.some(({fields}) => Object.hasOwn(fields, key));
	const shown = (key: string) => key.replace(/^[._]/, '');
	const short = [
		...Object.entries(kind.short ?? {}).filter(([, key]) => has(key)),
		...Object.entries(kind.shorts ?? {}).map(([word, keys]) => [word, keys.filter(has).map(shown).join(', ')] as const),
	];
	const prefix = tables[0]?.proto;
	const lines = [`## ${kind.name}\n\n`, `${kind.about.replace(/^./, letter => letter.toUpperCase())}.\n\n`];
	const row = (name: string, text: string) => (text === '' ? '' : `- ${name}: ${text}\n`);
	const lower = lowerKinds(kind);
	lines.push(
		row('also', codes(kind.also ?? [])),
		row('lies on', lower === undefined ? 'anything' : codes(lower)),
		row('first word', 'proto' in kind.table ? '' : codes(Object.keys(kind.table.tables).map(wordOf))),
		row('a bare word sets', kind.bare === undefined ? '' : `\`${kind.bare}\``),
		row('short names', short.map(([word, key]) => `\`${word}\` ${shown(key) === word ? '' : `(${shown(key)})`}`.trim()).join(', ')),
		row(
			'names of values',
			Object.entries(kind.words ?? {})
				.map(([key, words]) => `${shown(key)}: ${codes(Object.keys(words).map(wordOf))}`)
				.join('; '),
		),
		row(
			'other arguments',
			[
				...Object.entries(kind.flags ?? {}).map(([name, words]) => `\`${name}=\` ${codes(words)}`),
				...(kind.options === undefined ? [] : ['`options=` bytes in hexadecimal']),
			].join('; '),
		),
		row('filled in', codes((kind.computed ?? []).filter(has).map(shown))),
		row('fields', kind.content !== undefined || prefix === undefined ? '' : `those of \`${prefix}\` in [fields.md](fields.md#${prefix})`),
	);
	return lines.join('');
}

/** docs/layers.md */
const layersPage = (): string => `# Layers of templates

Written by \`npm run docs\` from \`src/inject/frames\`; do not edit. How templates work: [inject.md](inject.md).

Every field of a layer's table can be given under Wireshark's name, with or without the protocol in front; the short names below work too. Values take the names
of [fields.md](fields.md) in small letters with \`_\` between the words.

${kinds.map(layerSection).join('\n')}`;

const pages: Readonly<Record<string, () => string>> = {'fields.md': fieldsPage, 'layers.md': layersPage, 'counters.md': countersPage};

for (const [name, page] of Object.entries(pages)) writeFileSync(`${docs}${name}`, page());
console.error(`wrote ${Object.keys(pages).join(', ')}`);
