import type { StateBackend } from '../backend.ts';
import { inspectHeapState } from '../heap/heap-inspect.ts';
import { heapStateBackend } from '../heap/heap-state-backend.ts';
import { lsmStateBackend } from './lsm-state-backend.ts';

const BACKENDS = { heap: heapStateBackend, lsm: lsmStateBackend } as const;

/** The one that the configuration names (`JobConfig.stateBackend`). Each restores what the other has written. */
export const configuredStateBackend: StateBackend = {
  create: (env) => BACKENDS[env.settings.backend].create(env),
  inspect: inspectHeapState,
};
