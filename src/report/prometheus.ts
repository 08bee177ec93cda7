// Prometheus' text format 0.0.4 and OpenMetrics 1.0 (prometheus.io/docs/instrumenting/exposition_formats; openmetrics.io). Pure.

export interface Sample {
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

export interface MetricFamily {
	/** With its unit and, for a counter, `_total` at the end. */
	readonly name: string;
	readonly help: string;
	readonly type: 'counter' | 'gauge';
	readonly samples: readonly Sample[];
}

export type Exposition = 'text' | 'openmetrics';

export const contentType: Readonly<Record<Exposition, string>> = {
	text: 'text/plain; version=0.0.4; charset=utf-8',
	openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The format that a client's Accept header asks for. */
export const expositionFor = (accept: string | undefined): Exposition => (/application\/openmetrics-text/.test(accept ?? '') ? 'openmetrics' : 'text');

/** A label's value: backslash, newline and quote are escaped. */
const labelValue = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
/** HELP text: in the old format quotes stand as they are, in OpenMetrics they are escaped. */
const helpText = (text: string, format: Exposition) => (format === 'openmetrics' ? labelValue(text) : text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n'));

const number = (value: number) => (Number.isNaN(value) ? 'NaN' : value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value));

const sampleLine = (name: string, {labels, value}: Sample): string => {
	const pairs = Object.entries(labels).map(([label, text]) => `${label}="${labelValue(text)}"`);
	return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${number(value)}\n`;
};

/** All families as one text. A family without samples is left out. */
export function exposition(families: readonly MetricFamily[], format: Exposition = 'text'): string {
	const parts = families
		.filter(({samples}) => samples.length > 0)
		.map(({name, help, type, samples}) => {
			// OpenMetrics names a counter's family without the _total of its samples
			const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
			return `# HELP ${family} ${helpText(help, format)}\n# TYPE ${family} ${type}\n${samples.map(sample => sampleLine(name, sample)).join('')}`;
		});
	return `${parts.join('')}${format === 'openmetrics' ? '# EOF\n' : ''}`;
}
