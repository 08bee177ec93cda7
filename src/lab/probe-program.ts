// Runs inside a lab host: what rings this namespace gives, as one line of JSON (src/lab/checkup.ts asks).
import {probeRings} from '../sys/probe.js';

process.stdout.write(`${JSON.stringify(probeRings())}\n`);
