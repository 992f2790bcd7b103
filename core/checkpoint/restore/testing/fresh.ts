import type { TaskRestore } from '../task-restore.ts';

/** What a task restores that starts with nothing. */
export const FRESH: TaskRestore = {
  keyed: [],
  local: null,
  splits: [],
  pending: [],
  pendingAnywhere: [],
  broadcast: [],
  operatorState: [],
  inFlight: [],
  inline: [],
  inFlightAttempt: 0,
  finished: false,
  inputEnded: false,
  owned: true,
};
