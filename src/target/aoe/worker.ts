// The thread an AoE plane lives in.
import {runPlane} from '../plane-worker.js';
import {AoePlane} from './plane.js';

runPlane((spec: ConstructorParameters<typeof AoePlane>[0], wakeDescriptor) => new AoePlane(spec, wakeDescriptor));
