// The thread an FCoE plane lives in.
import {runPlane} from '../plane-worker.js';
import {FcoePlane} from './plane.js';

runPlane((spec: ConstructorParameters<typeof FcoePlane>[0], wakeDescriptor) => new FcoePlane(spec, wakeDescriptor));
