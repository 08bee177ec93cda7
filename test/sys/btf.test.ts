import test from 'ava';
import fc from 'fast-check';
import {NetstressError} from '../../src/base/errors.js';
import {Btf} from '../../src/sys/btf.js';
import {holds} from '../property.js';

// kinds and layouts laid down from Documentation/bpf/btf.rst
const kind = {int: 1, pointer: 2, array: 3, struct: 4, union: 5, enum: 6, typedef: 8, const: 10, proto: 13, enum64: 19};

/** Builds BTF: types in order, ids from 1 (or behind those of a base). */
class Builder {
	readonly #words: number[] = [];
	#strings = '\0';
	readonly #firstString: number;

	constructor(firstString = 0) {
		this.#firstString = firstString;
		if (firstString > 0) this.#strings = '';
	}

	name(text: string): number {
		if (text === '') return 0;
		const at = this.#strings.length + this.#firstString;
		this.#strings += `${text}\0`;
		return at;
	}

	type(name: string, type: number, parts: number, value: number, tail: number[] = [], flag = 0): this {
		this.#words.push(this.name(name), ((flag << 31) | (type << 24) | parts) >>> 0, value, ...tail);
		return this;
	}

	get stringBytes(): number {
		return this.#strings.length;
	}

	bytes(): Uint8Array {
		const strings = Buffer.from(this.#strings, 'latin1');
		const bytes = new Uint8Array(24 + this.#words.length * 4 + strings.length);
		const view = new DataView(bytes.buffer);
		view.setUint16(0, 0xeb9f, true);
		view.setUint8(2, 1);
		[24, 0, this.#words.length * 4, this.#words.length * 4, strings.length].forEach((value, i) => {
			view.setUint32(4 + i * 4, value, true);
		});
		this.#words.forEach((word, i) => {
			view.setUint32(24 + i * 4, word >>> 0, true);
		});
		bytes.set(strings, 24 + this.#words.length * 4);
		return bytes;
	}
}

function kernel(): {bytes: Uint8Array; strings: number} {
	const b = new Builder();
	b.type('int', kind.int, 0, 4, [0x2000020]); // 1
	b.type('', kind.pointer, 0, 4); // 2: struct device *
	b.type('', kind.union, 2, 8, [b.name('dev'), 2, 0, b.name('scratch'), 8, 0]); // 3
	b.type('device', kind.struct, 2, 16, [b.name('pad'), 8, 0, b.name('index'), 7, 64]); // 4
	b.type('buffer', kind.struct, 4, 40, [b.name('next'), 2, 0, 0, 3, 64, b.name('flags'), 1, (3 << 24) | 130, b.name('list'), 9, 160], 1); // 5
	b.type('reason', kind.enum, 3, 4, [b.name('NOT_YET'), 0, b.name('FULL'), 6, b.name('MASK'), 0xffff_0000]); // 6
	b.type('index_t', kind.typedef, 0, 1); // 7
	b.type('long', kind.int, 0, 8, [0x40]); // 8
	b.type('', kind.array, 0, 0, [7, 1, 3]); // 9: index_t[3]
	b.type('', kind.proto, 4, 0, [0, 10 + 1, 0, 12, 0, 6, 0, 0]); // 10
	b.type('', kind.pointer, 0, 5); // 11: buffer *
	b.type('', kind.pointer, 0, 0); // 12: void *
	b.type('', kind.pointer, 0, 10); // 13
	b.type('hook', kind.typedef, 0, 13); // 14
	b.type('wide', kind.enum64, 1, 8, [b.name('FAR'), 5, 2]); // 15
	b.type('circle', kind.typedef, 0, 17); // 16
	b.type('', kind.const, 0, 16); // 17
	b.type('holder', kind.struct, 1, 4, [b.name('round'), 16, 0]); // 18
	return {bytes: b.bytes(), strings: b.stringBytes};
}

test('members lie where the type says, through anonymous unions, nested names and bit fields', t => {
	const btf = new Btf(kernel().bytes);
	t.deepEqual(btf.member('buffer', 'next'), {offset: 0, size: 8});
	t.deepEqual(btf.member('buffer', 'dev'), {offset: 8, size: 8});
	t.deepEqual(btf.member('buffer', 'scratch'), {offset: 8, size: 8});
	t.deepEqual(btf.member('buffer', 'flags'), {offset: 16, size: 4});
	t.deepEqual(btf.member('buffer', 'list'), {offset: 20, size: 12});
	t.deepEqual(btf.member('device', 'index'), {offset: 8, size: 4});
	t.is(btf.member('buffer', 'nothing'), undefined);
	t.is(btf.member('buffer', 'next.index'), undefined); // a pointer is not walked through
	t.is(btf.member('nobody', 'dev'), undefined);
});

test('enums have their names by unsigned value, of 32 and of 64 bits', t => {
	const btf = new Btf(kernel().bytes);
	t.deepEqual(
		[...btf.enumValues('reason')!],
		[
			[0, 'NOT_YET'],
			[6, 'FULL'],
			[0xffff_0000, 'MASK'],
		],
	);
	t.deepEqual([...btf.enumValues('wide')!], [[2 * 2 ** 32 + 5, 'FAR']]);
	t.is(btf.enumValues('device'), undefined);
});

test('a function type says what each parameter is', t => {
	const btf = new Btf(kernel().bytes);
	t.deepEqual(btf.parameters('hook'), [
		{kind: 'pointer', type: 'buffer'},
		{kind: 'pointer', type: ''},
		{kind: 'enum', type: 'reason'},
		{kind: 'other', type: ''},
	]);
	t.is(btf.parameters('index_t'), undefined);
	t.is(btf.idOf('hook'), 14);
});

test("a module's types and names go on where the kernel's end", t => {
	const {bytes, strings} = kernel();
	const base = new Btf(bytes, 'vmlinux');
	const b = new Builder(strings);
	b.type('other_reason', kind.enum, 1, 4, [b.name('OTHER'), 0x3_0001]); // 19
	b.type('wrapper', kind.struct, 2, 48, [b.name('inner'), 5, 0, b.name('mine'), 19, 320]); // 20
	const module = new Btf(b.bytes(), 'module', base);
	t.deepEqual([...module.enumValues('other_reason')!], [[0x3_0001, 'OTHER']]);
	t.deepEqual(module.member('wrapper', 'inner.dev'), {offset: 8, size: 8});
	t.deepEqual(module.member('wrapper', 'mine'), {offset: 40, size: 4});
	t.deepEqual(module.member('buffer', 'dev'), {offset: 8, size: 8});
	t.is(module.idOf('wrapper'), 20);
	t.is(base.enumValues('other_reason'), undefined);
});

test('what refers to itself is an error, not a loop', t => {
	t.throws(() => new Btf(kernel().bytes, 'here').member('holder', 'round'), {instanceOf: NetstressError, message: /here cannot be read.*refers to itself/});
});

test('bytes that are no BTF are refused with a reason', t => {
	const {bytes} = kernel();
	t.throws(() => new Btf(new Uint8Array(10)), {instanceOf: NetstressError, message: /magic number 0xeb9f/});
	t.throws(() => new Btf(bytes.subarray(0, 100)), {instanceOf: NetstressError, message: /shorter than it says/});
});

test('damaged bytes never do more than refuse', t => {
	const {bytes} = kernel();
	const change = fc.record({at: fc.nat(bytes.length - 1), to: fc.nat(255)});
	const ask = (btf: Btf) => {
		for (const path of ['dev', 'list', 'flags']) btf.member('buffer', path);
		btf.member('holder', 'round');
		btf.enumValues('reason');
		btf.enumValues('wide');
		btf.parameters('hook');
	};
	const survives = (damaged: Uint8Array) => {
		try {
			ask(new Btf(damaged));
			ask(new Btf(damaged, 'module', new Btf(bytes)));
			return true;
		} catch (error) {
			return error instanceof NetstressError;
		}
	};
	holds(
		t,
		fc.property(fc.array(change, {minLength: 1, maxLength: 12}), changes => {
			const damaged = bytes.slice();
			for (const {at, to} of changes) damaged[at] = to;
			return survives(damaged);
		}),
		{numRuns: 2000},
	);
	holds(
		t,
		fc.property(fc.uint8Array({maxLength: 300}), any => survives(Uint8Array.of(0x9f, 0xeb, 1, 0, ...any))),
		{numRuns: 1000},
	);
});
