// The line above a panel: its name, what it says in a few words, and a rule to the right edge.
import {clip, type Line, type Marks, type Span, span, textOf} from '../text.js';

/** Facts that do not fit are left out, the last ones first: a word that is cut says nothing. */
export function titleLine(name: string, facts: readonly Span[], width: number, marks: Marks, focused = false): Line {
	const head = [span(`${marks.rule}${marks.rule} `, 'dim'), span(name, focused ? 'focus' : 'title'), span(' ')];
	const shown = [...facts];
	const lengthOf = () => textOf([...head, ...shown.flatMap(fact => [span(' '), fact])]).length;
	while (shown.length > 0 && lengthOf() > width - 1) shown.pop();
	const line = clip([...head, ...shown.flatMap(fact => [span(' '), fact]), ...(shown.length > 0 ? [span(' ')] : [])], width, marks);
	return [...line, span(marks.rule.repeat(Math.max(0, width - textOf(line).length)), 'dim')];
}

/** How a kind of loss is marked, beside its colour. */
export const markOf = (kind: string, marks: Marks): string =>
	kind === 'loss' ? marks.loss : kind === 'policy' ? marks.policy : kind === 'sign' ? marks.sign : marks.harmless;
