/** What runs plans: in one module, so that a command that runs none does not load it, and any other loads it at once. */
export { serveFreshRun } from './fresh-process.ts';
export { guardedRuns } from './guard.ts';
export { openHere } from './open.ts';
export { investigateElsewhere, openPool, replayElsewhere, runWholeElsewhere } from './pool.ts';
export { serveAsWorker } from './worker.ts';
