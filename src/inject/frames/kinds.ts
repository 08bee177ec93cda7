// Every layer that a template can name.
import '../../wire/stack.js';
import {bindings} from '../../wire/bind.js';
import type {Kind} from './kind.js';
import {aoeKinds} from './layers/aoe.js';
import {cdbKind} from './layers/cdb.js';
import {controlKinds} from './layers/control.js';
import {dataKinds} from './layers/data.js';
import {fcKinds} from './layers/fc.js';
import {fipKinds} from './layers/fip.js';
import {icmpKinds} from './layers/icmp.js';
import {ipKinds} from './layers/ip.js';
import {iscsiKinds} from './layers/iscsi.js';
import {linkKinds} from './layers/link.js';

/** All of them, lowest first. */
export const kinds: readonly Kind[] = [
	...linkKinds,
	...controlKinds,
	...ipKinds,
	...icmpKinds,
	...aoeKinds,
	...iscsiKinds,
	...fipKinds,
	...fcKinds,
	cdbKind,
	...dataKinds,
];

const byWord = new Map(kinds.flatMap(kind => [kind.name, ...(kind.also ?? [])].map(word => [word, kind] as const)));

/** The layer of that name. */
export const kindOf = (word: string): Kind | undefined => byWord.get(word);

/** Every word that names a layer, for messages. */
export const kindWords: readonly string[] = [...byWord.keys()];

/** The value under `binding` that announces the layer, if one does. */
export function announced(binding: string, kind: Kind): number | undefined {
	const proto = 'proto' in kind.table ? kind.table.proto : Object.values(kind.table.tables)[0]?.proto;
	return bindings().find(({key, next}) => key === binding && next.proto === proto)?.value;
}

/** What a layer may lie on, in order of preference: its own list, or every layer whose binding table has it. Undefined: anything. */
export function lowerKinds(kind: Kind): readonly string[] | undefined {
	if (kind.over !== undefined) return kind.over === 'anything' ? undefined : kind.over;
	const found = kinds.filter(({next}) => next !== undefined && announced(next.binding, kind) !== undefined).map(({name}) => name);
	return [...found, ...(kind.quoted ?? [])];
}
