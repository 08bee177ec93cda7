// One end of a link, run on a lab host: sends numbered frames, or receives them into a ring of a given size and says what came.
// usage: exchange send IFACE COUNT BYTES ENGINE | exchange receive IFACE RING-BYTES LATE-MS MS
import {openRingPort, type TransmitEngine} from '../../../src/port/ring.js';

const ETHER_TYPE = 0x88b5;
const [mode, iface = '', ...rest] = process.argv.slice(2);

if (mode === 'send') {
	const [count, bytes, engine] = rest;
	const port = openRingPort(iface, {etherType: ETHER_TYPE, receiveBytes: 65_536, transmit: engine as TransmitEngine});
	for (let i = 0; i < Number(count); i++) {
		let at = port.reserve();
		for (; at < 0; at = port.reserve()) port.flush();
		port.transmitBytes.fill(0, at, at + Number(bytes));
		port.transmitBytes.set([2, 0, 0, 0, 0, 9, ...port.mac], at);
		port.transmitView.setUint16(at + 12, ETHER_TYPE);
		port.transmitView.setUint32(at + 14, i);
		port.commit(Number(bytes));
		if (i % 64 === 63) port.flush();
	}
	port.flush();
	console.log(JSON.stringify(port.counters));
	port.close();
} else {
	const [ringBytes, lateMs, totalMs] = rest.map(Number);
	const port = openRingPort(iface, {etherType: ETHER_TYPE, receiveBytes: ringBytes ?? 65_536, promiscuous: true});
	console.log(JSON.stringify({slots: port.receiveSlots}));
	const start = performance.now();
	while (performance.now() - start < (lateMs ?? 0));
	let inOrder = true;
	let last = -1;
	while (performance.now() - start < (totalMs ?? 1000)) {
		port.wait(20);
		port.receive((view, at, length) => {
			const number = view.getUint32(at + 14);
			if (number <= last || length < 60) inOrder = false;
			last = number;
		}, 1024);
	}
	console.log(JSON.stringify({...port.counters, inOrder, last}));
	port.close();
}
