// The one error class of the project. Callers match `code`, people read the message, scripts see the exit status.
// Bad bytes from a network are data and never become an exception (docs/architecture.md, "Errors").

/** Stable codes; docs/errors.md says what each one means and what to do. */
export type ErrorCode =
	| 'ERR_TRUNCATED'
	| 'ERR_FIELD_RANGE'
	| 'ERR_PROTOCOL'
	| 'ERR_SYSCALL'
	| 'ERR_UNSUPPORTED'
	| 'ERR_PERMISSION'
	| 'ERR_CLOSED'
	| 'ERR_TIMEOUT'
	| 'ERR_IO'
	| 'ERR_USAGE';

/** Exit status of the command line (docs/cli.md): 1 failed, 2 usage, 4 not possible here. */
const exitStatus: Partial<Record<ErrorCode, number>> = {ERR_USAGE: 2, ERR_UNSUPPORTED: 4, ERR_PERMISSION: 4};

/**
 * An error that names the thing, the value and the next step.
 * `details` carries what a program may want: {syscall, errno}, {feature, minimumKernel}, {capability}, {field, value}.
 */
export class NetstressError extends Error {
	override readonly name = 'NetstressError';
	readonly code: ErrorCode;
	readonly details: Readonly<Record<string, unknown>>;

	constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
		super(message, cause === undefined ? undefined : {cause});
		this.code = code;
		this.details = details;
	}

	/** What the program exits with when nothing catches this. */
	get exitStatus(): number {
		return exitStatus[this.code] ?? 1;
	}
}

/** A usage error: exit status 2. */
export const usage = (message: string, details?: Record<string, unknown>) => new NetstressError('ERR_USAGE', message, details);
