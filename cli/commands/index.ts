/** The commands that are about scenarios: in one module, since each needs nearly all that any other does. */
export { corpusAdd, corpusCheck, corpusList, corpusPrune } from './corpus.ts';
export { doctorCommand } from './doctor.ts';
export { requireStart } from './from.ts';
export { gateCommand } from './gate.ts';
export { inspectCommand } from './inspect.ts';
export { listCommand } from './list.ts';
export { mergeCommand } from './merge.ts';
export { recoveryCostCommand } from './recovery-cost.ts';
export { replayCommand } from './replay.ts';
export { runCommand } from './run.ts';
export { savepointCommand } from './savepoint.ts';
export { readStartFrom } from '../kept-checkpoints.ts';
