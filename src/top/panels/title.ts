// The line above a panel: its name, what it says in a few words, and a rule to the right edge.
import {clip, type Line, type Marks, type Span, span, textOf} from '../text.js';

export function titleLine(name: string, facts: readonly Span[], width: number, marks: Marks, focused = false): Line {
	const head = [
		span(`${marks.rule}${marks.rule} `, 'dim'),
		span(name, focused ? 'focus' : 'title'),
		...(facts.length > 0 ? [span('  '), ...facts] : []),
		span(' '),
	];
	const line = clip(head, width, marks);
	return [...line, span(marks.rule.repeat(Math.max(0, width - textOf(line).length)), 'dim')];
}

/** How a kind of loss is marked, beside its colour. */
export const markOf = (kind: string, marks: Marks): string =>
	kind === 'loss' ? marks.loss : kind === 'policy' ? marks.policy : kind === 'sign' ? marks.sign : marks.harmless;
