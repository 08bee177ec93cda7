// What a user has chosen: panel, row, order, interface, pause, help. Keys change it (keys.ts), panels read it.
import type {Marks} from './text.js';

export const panelNames = ['head', 'rates', 'lossRates', 'interfaces', 'losses', 'drops', 'softnet', 'storage', 'target', 'foot'] as const;
export type PanelName = (typeof panelNames)[number];

/** Panels with rows to choose from, in the order of the tab key. */
export const listNames = ['interfaces', 'losses', 'drops'] as const;
export type ListName = (typeof listNames)[number];

/** The orders that `s` goes through. */
export const orders: Readonly<Record<ListName, readonly string[]>> = {
	interfaces: ['name', 'in', 'out', 'lost'],
	losses: ['way', 'rate', 'total'],
	drops: ['rate', 'total', 'reason'],
};

export interface View {
	focus: ListName;
	/** The chosen row of each list, and its order. */
	readonly selected: Record<ListName, number>;
	readonly order: Record<ListName, number>;
	/** The interface of the charts; undefined: all of them. */
	iface: string | undefined;
	help: boolean;
	paused: boolean;
	/** Seconds between samples; of a recording how fast it is played. */
	intervalSeconds: number;
	speed: number;
	/** What is played, undefined: this host, live. */
	readonly replay: string | undefined;
	/** Where it is played from, and whether that is its end. */
	ended: boolean;
	readonly host: string;
	readonly recording: string | undefined;
	/** One sentence at the bottom, for as long as it matters. */
	message: string;
	readonly marks: Marks;
}

export const newView = (fields: Pick<View, 'host' | 'recording' | 'replay' | 'marks' | 'intervalSeconds' | 'iface'>): View => ({
	focus: 'losses',
	selected: {interfaces: 0, losses: 0, drops: 0},
	order: {interfaces: 0, losses: 0, drops: 0},
	help: false,
	paused: false,
	speed: 1,
	ended: false,
	message: '',
	...fields,
});

export const orderOf = (view: View, list: ListName): string => orders[list][view.order[list] % orders[list].length] as string;
