import test from 'ava';
import {
	assemble,
	atomicAdd,
	exit,
	jump,
	jumpIfAtLeast,
	jumpIfEqual,
	jumpIfNotEqual,
	label,
	load,
	load16,
	load64,
	mapHandle,
	mapValue,
	store16,
	withConstant,
	withRegister,
} from '../../src/sys/bpf-assembler.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

// byte values after Documentation/bpf/standardization/instruction-set.rst
test('instructions have the bytes of the instruction set document', t => {
	t.is(hex(assemble([withConstant('mov', 0, 2)])), 'b700000002000000');
	t.is(hex(assemble([withRegister('add', 1, 2)])), '0f21000000000000');
	t.is(hex(assemble([withConstant('mov', 0, -1)])), 'b7000000ffffffff');
	t.is(hex(assemble([load64(3, 0x1122334455667788n)])), '18030000887766550000000044332211');
	t.is(hex(assemble([mapValue(1, 5, 8)])), '18210000050000000000000008000000');
	t.is(hex(assemble([atomicAdd(1, 8, 2)])), 'db21080000000000');
	t.is(hex(assemble([atomicAdd(1, 0, 2, true)])), 'db21000001000000');
	t.is(hex(assemble([withRegister('sub', 2, 3), withRegister('mod', 2, 5)])), '1f320000000000009f52000000000000');
	t.is(hex(assemble([load(5, 4, 16)])), '7945100000000000');
	t.is(hex(assemble([jumpIfEqual(5, 7, 'out'), jump('out'), label('out')])), '15050100070000000500000000000000');
	t.is(hex(assemble([jumpIfNotEqual(5, 7, 'out'), label('out')])), '5505000007000000');
	t.is(hex(assemble([mapHandle(1, 5)])), '18110000050000000000000000000000');
	t.is(hex(assemble([load16(5, 4, 16), store16(10, -4, 1)])), '69451000000000006b1afcff00000000');
	t.is(hex(assemble([exit()])), '9500000000000000');
});

test('a jump counts slots from behind itself, and a 64-bit constant has two', t => {
	const bytes = assemble([jumpIfAtLeast(1, 2, 'out'), load64(3, 1n), label('out'), exit()]);
	t.is(hex(bytes.subarray(0, 8)), '3d21020000000000');
	t.is(bytes.length, 4 * 8);
});

test('a label that is not there is an error', t => {
	t.throws(() => assemble([jumpIfAtLeast(1, 2, 'nowhere')]), {instanceOf: RangeError, message: /nowhere/});
});
