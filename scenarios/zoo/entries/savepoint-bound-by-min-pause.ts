import type { ZooEntry } from '../entry.ts';

export const savepointBoundByMinPause: ZooEntry = {
  id: 'savepoint-bound-by-min-pause',
  title: 'A savepoint waits for the pause between periodic checkpoints, too',
  origin: 'FLINK-4322: savepoints are bound neither by the pause nor by what pends',
  file: 'core/checkpoint/coordinator/request-decider.ts',
  find: "  if (savepoint !== undefined) return { kind: 'trigger', what: savepoint };\n  if (finalDue) return { kind: 'trigger', what: 'checkpoint' };\n  const rest = state.lastCompletion === undefined ? 0 : state.lastCompletion + state.minPauseMs - state.now;\n  if (rest > 0) return { kind: 'wait', why: 'min-pause', ms: rest };\n",
  replace:
    "  if (savepoint === undefined && finalDue) return { kind: 'trigger', what: 'checkpoint' };\n  const rest = state.lastCompletion === undefined ? 0 : state.lastCompletion + state.minPauseMs - state.now;\n  if (rest > 0) return { kind: 'wait', why: 'min-pause', ms: rest };\n  if (savepoint !== undefined) return { kind: 'trigger', what: savepoint };\n",
  law: 'settle',
};
