// Numbers with units, as people type them and as we print them. A bare number is refused where the unit matters:
// one generator's --gap silently means microseconds, another's means nanoseconds, and nobody notices.
import {usage} from './errors.js';

const split = (text: string): {value: number; unit: string} | undefined => {
	const match = /^([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([A-Za-zµ%]*)$/.exec(text.trim());
	return match ? {value: Number(match[1]), unit: match[2] as string} : undefined;
};

function parse(text: string, what: string, example: string, units: Readonly<Record<string, number>>, bare?: number): number {
	const parts = split(text);
	const factor = parts === undefined ? undefined : parts.unit === '' ? bare : Object.hasOwn(units, parts.unit) ? units[parts.unit] : undefined;
	if (parts === undefined || factor === undefined) {
		const why = parts?.unit === '' ? 'the unit is missing' : `units are ${Object.keys(units).join(' ')}`;
		throw usage(`${what} "${text}" is not understood: ${why}; write for instance ${example}`, {value: text});
	}
	return parts.value * factor;
}

const seconds = {ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86_400};
/** A duration such as `10s`, `500ms`, `10us`, `2min`, in seconds. The unit is mandatory, only 0 goes without. ERR_USAGE. */
export const duration = (text: string, what = 'duration'): number => (text === '0' ? 0 : parse(text, what, '10s or 500ms', seconds));

const binary = {KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40};
const decimal = {kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12};
/** A size such as `4MiB`, `64KiB`, `1GB`, in whole bytes; a bare number is bytes. ERR_USAGE. */
export function size(text: string, what = 'size'): number {
	const bytes = parse(text, what, '4MiB or 65536', {B: 1, ...decimal, ...binary}, 1);
	if (!Number.isInteger(bytes)) throw usage(`${what} "${text}" is not a whole number of bytes`, {value: text});
	return bytes;
}

/** A whole count such as `1000`, `10k`, `1.5M`. ERR_USAGE. */
export function count(text: string, what = 'count'): number {
	const number = parse(text, what, '1000 or 10k', {k: 1e3, M: 1e6, G: 1e9}, 1);
	const whole = Math.round(number);
	if (Math.abs(number - whole) > 1e-6) throw usage(`${what} "${text}" is not a whole number`, {value: text});
	return whole;
}

/** A share such as `0.1%`, as a number from 0 to 1. The `%` is mandatory, only 0 goes without. ERR_USAGE. */
export function share(text: string, what = 'share'): number {
	const part = text === '0' ? 0 : parse(text, what, '0.1%', {'%': 0.01});
	if (part > 1) throw usage(`${what} "${text}" is more than 100%`, {value: text});
	return part;
}

/** A pace: frames a second, bits of frames a second, or a share of the line rate. */
export type Rate = {kind: 'pps'; value: number} | {kind: 'bps'; value: number} | {kind: 'line'; value: number};

const perSecond = {pps: 1, kpps: 1e3, Mpps: 1e6, Gpps: 1e9};
const bitsPerSecond = {bit: 1, kbit: 1e3, Mbit: 1e6, Gbit: 1e9, bps: 1, kbps: 1e3, Mbps: 1e6, Gbps: 1e9};
/** A rate such as `10kpps`, `100Mbit`, `40%`. The unit is mandatory. ERR_USAGE. */
export function rate(text: string, what = 'rate'): Rate {
	const unit = split(text)?.unit ?? '';
	if (unit === '%') return {kind: 'line', value: share(text, what)};
	const pps = Object.hasOwn(perSecond, unit);
	const value = parse(text, what, '10kpps, 100Mbit or 40%', pps ? perSecond : {...bitsPerSecond, ...(unit in bitsPerSecond ? {} : perSecond), '%': 0.01});
	if (value === 0) throw usage(`${what} "${text}" would never send a frame; leave it away for no limit`, {value: text});
	return {kind: pps ? 'pps' : 'bps', value};
}

const scaled = (value: number, steps: readonly (readonly [number, string])[], digits = 3): string => {
	const [factor, unit] = steps.find(([factor]) => Math.abs(value) >= factor) ?? (steps.at(-1) as readonly [number, string]);
	const number = value / factor;
	// three significant digits, and never an exponent
	const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.max(Math.abs(number), 1))));
	return `${number.toFixed(Number.isInteger(number) ? 0 : Math.min(decimals, digits - 1))} ${unit}`.trimEnd();
};

/** Bytes as `1.5 GiB`: binary, as memory, rings and files are sized. */
export const showSize = (bytes: number): string =>
	scaled(bytes, [
		[2 ** 40, 'TiB'],
		[2 ** 30, 'GiB'],
		[2 ** 20, 'MiB'],
		[2 ** 10, 'KiB'],
		[1, 'B'],
	]);
/** Bytes a second as `860 MB/s`: decimal, as disks and networks are sold. */
export const showBytesPerSecond = (value: number): string =>
	scaled(value, [
		[1e9, 'GB/s'],
		[1e6, 'MB/s'],
		[1e3, 'kB/s'],
		[1, 'B/s'],
	]);
/** Bits a second as `9.87 Gbit/s`. */
export const showBits = (value: number): string =>
	scaled(value, [
		[1e9, 'Gbit/s'],
		[1e6, 'Mbit/s'],
		[1e3, 'kbit/s'],
		[1, 'bit/s'],
	]);
/** A plain quantity as `12.3 k`. */
export const showCount = (value: number): string =>
	scaled(value, [
		[1e9, 'G'],
		[1e6, 'M'],
		[1e3, 'k'],
		[1, ''],
	]);
/** Seconds as `1.5 s`, `240 us`, `2.1 min`. */
export const showSeconds = (value: number): string =>
	value === 0
		? '0 s'
		: scaled(value, [
				[3600, 'h'],
				[60, 'min'],
				[1, 's'],
				[1e-3, 'ms'],
				[1e-6, 'us'],
				[1e-9, 'ns'],
			]);
/** A share from 0 to 1 as `0.1 %`. */
export const showShare = (value: number): string => `${value === 0 ? 0 : Number((value * 100).toPrecision(3))} %`;
