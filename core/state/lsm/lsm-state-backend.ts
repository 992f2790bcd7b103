import type { InspectState, MeasureState, StateBackend } from '../backend.ts';
import { inspectHeapState, measureHeapState } from '../heap/heap-inspect.ts';
import { isIncremental } from './image-format.ts';
import { createLsmBackend } from './lsm-backend.ts';
import { inspectIncremental, measureIncremental } from './lsm-inspect.ts';

/** Full images are in the canonical format, which the inspector of the heap backend reads. */
const inspectLsmState: InspectState = (handles, bytesOf) =>
  handles.some(isIncremental) ? inspectIncremental(handles, bytesOf) : inspectHeapState(handles, bytesOf);

const measureLsmState: MeasureState = (handles, bytesOf) =>
  handles.some(isIncremental) ? measureIncremental(handles, bytesOf) : measureHeapState(handles, bytesOf);

export const lsmStateBackend: StateBackend = {
  create: (env) => createLsmBackend(env, env.settings.memoryBytes),
  inspect: inspectLsmState,
  measure: measureLsmState,
};
