import type { StateBackend } from '../backend.ts';
import { heapStateBackend } from '../heap/heap-state-backend.ts';
import { lsmStateBackend } from './lsm-state-backend.ts';

const BACKENDS = { heap: heapStateBackend, lsm: lsmStateBackend } as const;

/**
 * The one that the configuration names (`JobConfig.stateBackend`). Each restores the savepoints and full checkpoints of the other,
 * and lsm reads the images of both.
 */
export const configuredStateBackend: StateBackend = {
  ...lsmStateBackend,
  create: (env) => BACKENDS[env.settings.backend].create(env),
};
