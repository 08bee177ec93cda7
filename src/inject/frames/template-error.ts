// An error in a template: what is wrong, and a caret under the place.
import {type NetstressError, usage} from '../../base/errors.js';

/** ERR_USAGE that shows `template` with a caret under offset `at`. */
export function wrong(template: string, at: number, message: string): NetstressError {
	const before = [...template.slice(0, at)].length;
	return usage(`${message}\n  ${template.replace(/[\n\r\t]/g, ' ')}\n  ${' '.repeat(before)}^`, {template, at});
}
