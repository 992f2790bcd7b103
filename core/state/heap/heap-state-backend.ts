import type { StateBackend } from '../backend.ts';
import { createHeapBackend } from './heap-backend.ts';
import { inspectHeapState, measureHeapState } from './heap-inspect.ts';

/** Keyed state on the heap: full snapshots, one object a subtask. It uses neither disk nor coroutines of its own. */
export const heapStateBackend: StateBackend = {
  create: createHeapBackend,
  inspect: inspectHeapState,
  measure: measureHeapState,
};
