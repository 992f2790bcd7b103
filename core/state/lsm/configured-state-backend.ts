import type { StateBackend } from '../backend.ts';
import { heapStateBackend } from '../heap/heap-state-backend.ts';
import { lsmStateBackend } from './lsm-state-backend.ts';

const BACKENDS = { heap: heapStateBackend, lsm: lsmStateBackend } as const;

/** The one that the configuration names (`JobConfig.stateBackend`). Each restores the savepoints and full checkpoints of the other. */
export const configuredStateBackend: StateBackend = {
  create: (env) => BACKENDS[env.settings.backend].create(env),
  inspect: lsmStateBackend.inspect,
};
