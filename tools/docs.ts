// Writes the pages of docs/ that are read off the tables (npm run docs). CI runs it and wants no difference.
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {generatedFields} from '../src/dissect/generated.js';
import {isHidden} from '../src/dissect/hidden.js';
import {ownNames} from '../src/dissect/own.js';
import {collective} from '../src/dissect/registry.js';
import {allHeaders} from '../src/wire/all.js';
import {bindings} from '../src/wire/bind.js';
import type {Shape} from '../src/wire/field.js';
import '../src/wire/stack.js';

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

const pages: Readonly<Record<string, () => string>> = {'fields.md': fieldsPage};

for (const [name, page] of Object.entries(pages)) writeFileSync(`${docs}${name}`, page());
console.error(`wrote ${Object.keys(pages).join(', ')}`);
