// One layer of one template, as the compiler places it.
import type {Random} from '../../base/random.js';
import type {Value} from '../../wire/field.js';
import type {Header} from '../../wire/header.js';
import type {Kind} from './kind.js';
import type {ArgumentNode} from './template-parse.js';
import type {FieldPlan} from './values.js';

/** One layer of a template, with what it is given and where it lies. */
export class Layer {
	readonly kind: Kind;
	/** Where it stands in the template; of an added layer where the one it was added for stands. */
	readonly position: number;
	readonly values: readonly ArgumentNode[];
	header: Header;
	/** The first word, where it chose the table. */
	word = '';
	below: Layer | undefined;
	above: Layer | undefined;
	/** Offset in the frame. */
	at = 0;
	/** Bytes of its table and options. */
	length = 0;
	/** Bytes of trailers of the layers below: they lie behind this one's end. */
	outer = 0;
	/** Bytes of its own trailer, and of the padding in front of it at the natural length. */
	tail = 0;
	fill = 0;
	options: Uint8Array = new Uint8Array(0);
	/** What a data layer consists of, at its natural length. */
	content: Uint8Array = new Uint8Array(0);
	/** Whether a longer frame makes this data layer longer; `more` says which byte follows, by its place in the layer. */
	grows = false;
	more: (place: number) => number = () => 0;
	/** Fills the content anew for every frame. */
	fresh: Random | undefined;
	/** Fields that the template gives, by key. */
	readonly given = new Map<string, FieldPlan>();
	readonly flags = new Map<string, ReadonlySet<string>>();

	constructor(kind: Kind, header: Header, position: number, values: readonly ArgumentNode[]) {
		this.kind = kind;
		this.header = header;
		this.position = position;
		this.values = values;
	}

	/** The value that the template gives the field, when it gives one that stays. */
	constant(key: string): Value | undefined {
		const plan = this.given.get(key);
		return plan?.series === undefined ? plan?.constant : undefined;
	}

	/** The same as a number, or `otherwise`. */
	number(key: string, otherwise: number): number {
		const value = this.constant(key);
		return typeof value === 'number' ? value : otherwise;
	}

	/** Where what it carries begins. */
	get inner(): number {
		return this.at + this.length;
	}
}
