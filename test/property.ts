// A property as an assertion: it fails with the counterexample and the seed that repeats it.
import type {ExecutionContext} from 'ava';
import fc, {type IProperty, type Parameters} from 'fast-check';

/** Asserts that the property holds for everything fast-check tries. */
export function holds<T>(t: ExecutionContext, property: IProperty<T>, options: Parameters<T> = {}): void {
	const details = fc.check(property, options);
	t.false(details.failed, fc.defaultReportMessage(details));
}
