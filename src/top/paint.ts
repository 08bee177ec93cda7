// Styles as blessed's tags: blue, orange and white, which every common kind of colour blindness tells apart, and never a meaning by colour alone (text.ts, Marks).
// With NO_COLOR (no-color.org) only bold, underlined and inverse text.
import type {Line, Style} from './text.js';

/** Of the 256 colours: sky blue, orange, white, grey. */
export const palette = {first: 75, second: 208, third: 15, dim: 245} as const;

const hex = {first: '#5fafff', second: '#ff8700', third: '#ffffff', dim: '#8a8a8a'} as const;

const coloured: Readonly<Record<Style, readonly string[]>> = {
	plain: [],
	dim: [`${hex.dim}-fg`],
	title: ['bold'],
	focus: ['bold', 'inverse'],
	head: [`${hex.dim}-fg`, 'underline'],
	loss: [`${hex.second}-fg`, 'bold'],
	warn: [`${hex.third}-fg`, 'bold'],
	first: [`${hex.first}-fg`],
	second: [`${hex.second}-fg`],
	third: [`${hex.third}-fg`],
	selected: ['inverse'],
};

const plain: Readonly<Record<Style, readonly string[]>> = {
	plain: [],
	dim: [],
	title: ['bold'],
	focus: ['bold', 'inverse'],
	head: ['underline'],
	loss: ['bold'],
	warn: ['bold'],
	first: [],
	second: [],
	third: [],
	selected: ['inverse'],
};

/** Braces would be tags. */
const escaped = (text: string) => text.replaceAll(/[{}]/g, brace => (brace === '{' ? '{open}' : '{close}'));

/** Lines as the content of a blessed box with `tags: true`. */
export function tagged(lines: readonly Line[], colours: boolean): string {
	const looks = colours ? coloured : plain;
	return lines
		.map(line =>
			line
				.map(({text, style}) => {
					const tags = looks[style];
					const open = tags.map(tag => `{${tag}}`).join('');
					const close = [...tags].reverse().map(tag => `{/${tag}}`);
					return `${open}${escaped(text)}${close.join('')}`;
				})
				.join(''),
		)
		.join('\n');
}
