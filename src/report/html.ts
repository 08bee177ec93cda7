// One HTML file that needs nothing else: no script, no font, no network. Text is escaped here and nowhere else.
import type {Column} from './table.js';

/** Markup that is ready; everything else is text and gets escaped. */
export interface Markup {
	readonly markup: string;
}

const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};

/** Text as it may stand between tags and inside quoted attributes. Control characters, which XML does not allow, become a question mark. */
export const escapeText = (text: string): string =>
	text
		.replaceAll(/[&<>"']/g, found => entities[found] as string)
		.replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/gu, found => ((found.codePointAt(0) as number) > 0xffff ? found : '?'));

/** A template whose values are escaped, markup excepted; lists are joined. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | number | Markup | readonly Markup[])[]): Markup {
	const show = (value: (typeof values)[number]): string =>
		typeof value === 'string' || typeof value === 'number'
			? escapeText(String(value))
			: 'markup' in value
				? value.markup
				: value.map(({markup}) => markup).join('');
	return {markup: parts.reduce((text, part, i) => text + show(values[i - 1] as (typeof values)[number]) + part)};
}

/** Columns as a table; all of them, whatever their rank. */
export function htmlTable<T>(columns: readonly Column<T>[], rows: readonly T[], caption: string): Markup {
	const cell = (column: Column<T>, row: T) => (column.align === 'right' ? html`<td class="n">${column.cell(row)}</td>` : html`<td>${column.cell(row)}</td>`);
	return html`<div class="wide"><table><caption>${caption}</caption><thead><tr>${columns.map(({title, align}) => (align === 'right' ? html`<th class="n" scope="col">${title}</th>` : html`<th scope="col">${title}</th>`))}</tr></thead><tbody>
${rows.map(row => html`<tr>${columns.map(column => cell(column, row))}</tr>\n`)}</tbody></table></div>\n`;
}

/** Names and values. */
export const htmlFacts = (facts: readonly (readonly [string, string])[]): Markup =>
	html`<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>\n`;

// series colours: Okabe and Ito's, which the common kinds of colour blindness tell apart; brighter ones of the same hues on a dark ground
const style = `:root{color-scheme:light dark;--ink:#1a1a1a;--dim:#5a5a5a;--line:#d0d0d0;--page:#fff;--s0:#0072b2;--s1:#d55e00;--s2:#009e73;--s3:#a05080;--s4:#7a6a00;--s5:#1a1a1a}
@media (prefers-color-scheme:dark){:root{--ink:#e8e8e8;--dim:#a8a8a8;--line:#444;--page:#161616;--s0:#56b4e9;--s1:#ff8a3c;--s2:#2ecf9f;--s3:#e79ac4;--s4:#f0e442;--s5:#e8e8e8}}
body{margin:2rem auto;padding:0 1rem;max-width:72rem;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem}p,li{max-width:60rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}caption{text-align:left;color:var(--dim);padding:.3rem 0}
th,td{padding:.2rem .7rem;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap}.n{text-align:right}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt{color:var(--dim)}dd{margin:0}
.charts{display:flex;flex-wrap:wrap;gap:1rem}svg{width:100%;max-width:35rem;height:auto}
svg text{fill:var(--ink);font:12px system-ui,sans-serif}svg .dim{fill:var(--dim)}svg .title{font-weight:600;font-size:14px}
svg .grid{stroke:var(--line);fill:none}svg .axis{stroke:var(--dim);fill:none}svg .line{fill:none;stroke-width:2}svg .mark{stroke-width:2;fill:var(--page)}
${[0, 1, 2, 3, 4, 5].map(i => `svg .s${i}{stroke:var(--s${i})}`).join('')}
@media print{body{margin:0}}`;

/** The whole file. */
export const htmlPage = (title: string, ...sections: readonly Markup[]): string =>
	html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{markup: style}}</style>
</head>
<body>
<h1>${title}</h1>
${sections}</body>
</html>
`.markup;
