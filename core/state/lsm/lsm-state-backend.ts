import type { StateBackend } from '../backend.ts';
import { inspectHeapState } from '../heap/heap-inspect.ts';
import { createLsmBackend } from './lsm-backend.ts';

/** Its images are in the canonical format, which the inspector of the heap backend reads. */
export const lsmStateBackend: StateBackend = {
  create: (env) => createLsmBackend(env, env.settings.memoryBytes),
  inspect: inspectHeapState,
};
