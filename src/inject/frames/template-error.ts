// An error in a template or a packet file: what is wrong, and a caret under the place.
import {type NetstressError, usage} from '../../base/errors.js';

/** Characters of a line that are shown in front of the place, and behind it. */
const shown = 100;

/** ERR_USAGE that shows the line of `text` around offset `at` with a caret under it; in a text of several lines its number as well. */
export function wrong(text: string, at: number, message: string): NetstressError {
	const start = text.lastIndexOf('\n', at - 1) + 1;
	const end = text.indexOf('\n', at);
	const from = Math.max(start, at - shown);
	const line = text.slice(from, end < 0 ? undefined : end).slice(0, 2 * shown);
	const number = text.slice(0, start).split('\n').length;
	const place = text.trimEnd().includes('\n') ? `line ${number}: ` : '';
	const before = [...text.slice(from, at)].length;
	return usage(`${place}${message}\n  ${line.replace(/[\r\t]/g, ' ')}\n  ${' '.repeat(before)}^`, {at, line: number});
}
