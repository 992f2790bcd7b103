import type { InspectState, StateBackend } from '../backend.ts';
import { inspectHeapState } from '../heap/heap-inspect.ts';
import { isIncremental } from './image-format.ts';
import { createLsmBackend } from './lsm-backend.ts';
import { inspectIncremental } from './lsm-inspect.ts';

/** Full images are in the canonical format, which the inspector of the heap backend reads. */
const inspectLsmState: InspectState = (handles, bytesOf) =>
  handles.some(isIncremental) ? inspectIncremental(handles, bytesOf) : inspectHeapState(handles, bytesOf);

export const lsmStateBackend: StateBackend = {
  create: (env) => createLsmBackend(env, env.settings.memoryBytes),
  inspect: inspectLsmState,
};
