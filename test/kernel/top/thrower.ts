// A program that takes the screen, reports exceptions as tools/main.ts does, and has one.
import {openScreen} from '../../../src/top/screen.js';
import {unicodeMarks} from '../../../src/top/text.js';
import {newView} from '../../../src/top/view.js';

process.on('uncaughtException', error => {
	process.stderr.write(`told: ${error.message}\n`);
	process.exit(1);
});
const screen = openScreen({colours: true, unicode: true, onKey: () => {}, onResize: () => {}});
screen.draw(undefined, newView({host: 'h', recording: undefined, replay: undefined, marks: unicodeMarks, intervalSeconds: 1, iface: undefined}));
setTimeout(() => {
	throw new Error('out of the blue');
}, 500);
