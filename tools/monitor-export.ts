// What netstress monitor --listen serves: the counters as they are when somebody scrapes, and what was lost since the start.
import {NetstressError} from '../src/base/errors.js';
import type {DropSource} from '../src/monitor/drops/drop.js';
import {openDrops} from '../src/monitor/drops/open.js';
import {metricFamilies} from '../src/monitor/metrics.js';
import type {Snapshot} from '../src/monitor/snapshot.js';
import {Tally} from '../src/monitor/tally.js';
import {type ListenAddress, serveMetrics} from '../src/report/metrics-server.js';
import {exposition} from '../src/report/prometheus.js';

/** The kernel's drop reasons. ERR_PERMISSION where nothing but counters may be had, which are exported anyway. */
function reasons(): DropSource {
	const {source, passedOver} = openDrops();
	if (source.name !== 'counters') return source;
	source.close();
	throw new NetstressError('ERR_PERMISSION', `--drops: ${passedOver.map(({name, why}) => `${name}: ${why}`).join('; ')}`, {feature: 'drops'});
}

export interface Export {
	/** Where it listens. */
	readonly url: string;
	close(): Promise<void>;
}

/** Starts to serve; `read` is called at each scrape. ERR_IO when the address cannot be had, ERR_PERMISSION when drop reasons cannot. */
export async function serveExport(address: ListenAddress, version: string, withDrops: boolean, read: () => Snapshot): Promise<Export> {
	const tally = new Tally(read());
	const peak = new Map<string, number>();
	const drops = withDrops ? reasons() : undefined;
	try {
		const server = await serveMetrics(address, 'netstress monitor', format => {
			const start = performance.now();
			const snapshot = read();
			const readSeconds = (performance.now() - start) / 1000;
			tally.add(snapshot);
			return exposition(metricFamilies(tally, peak, {version, readSeconds, drops: drops?.read() ?? []}), format);
		});
		return {
			url: `${server.url}/metrics`,
			async close() {
				await server.close();
				drops?.close();
			},
		};
	} catch (error) {
		drops?.close();
		throw error;
	}
}
