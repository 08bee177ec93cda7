// Every panel by name, as lines that fit its box: what screen.ts paints and what tests measure. Pure.
import type {Box} from './layout.js';
import type {Frame} from './model.js';
import {drawDrops} from './panels/drops.js';
import {drawFoot} from './panels/foot.js';
import {drawHead} from './panels/head.js';
import {drawInterfaces} from './panels/interfaces.js';
import {drawLosses} from './panels/losses.js';
import {drawSoftnet} from './panels/softnet.js';
import {drawStorage} from './panels/storage.js';
import {drawTarget} from './panels/target.js';
import type {Line} from './text.js';
import type {View} from './view.js';

/** The lines of one panel; charts are not among them (panels/charts.ts). Before the first reading only the top and the keys have any. */
export function drawPanel({panel, width, height}: Box, frame: Frame | undefined, view: View): Line[] {
	if (panel === 'head') return drawHead(frame, view, width);
	if (panel === 'foot') return drawFoot(view, width);
	if (frame === undefined) return [];
	if (panel === 'interfaces') return drawInterfaces(frame, view, width, height);
	if (panel === 'losses') return drawLosses(frame, view, width, height);
	if (panel === 'drops') return drawDrops(frame, view, width, height);
	if (panel === 'softnet') return drawSoftnet(frame, view, width, height);
	if (panel === 'storage') return drawStorage(frame, view, width, height);
	if (panel === 'target') return drawTarget(frame, view, width, height);
	return [];
}
