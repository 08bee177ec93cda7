// The known word nearest to a mistyped one.

/** How many letters must be added, taken away, changed or swapped to get from one word to the other (optimal string alignment). */
export function distance(a: string, b: string): number {
	let before: number[] = [];
	let last = Array.from({length: b.length + 1}, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1];
			let best = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + (same ? 0 : 1));
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] as number) + 1);
			row.push(best);
		}
		before = last;
		last = row;
	}
	return last[b.length] as number;
}

/** The known word nearest to `word`, or undefined when none is near: at most a third of the letters may differ, or one is the other's beginning. */
export function nearest(word: string, known: readonly string[]): string | undefined {
	const ranked = known
		.map(name => ({name, away: name.startsWith(word) && word.length >= 2 ? 0.5 : distance(word, name)}))
		.filter(({name, away}) => away <= Math.max(1, Math.ceil(Math.max(word.length, name.length) / 3)))
		.sort((a, b) => a.away - b.away || a.name.length - b.name.length);
	return ranked[0]?.name;
}
