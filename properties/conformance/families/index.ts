/** Every family that is a test. One more: a file here, its vectors, and a line in this list. */
import type { AnyFamily } from '../family.ts';
import { barriers } from './barriers.ts';
import { checkpointFailures } from './failures.ts';
import { inFlightMapping, pointwiseEdges } from './graph.ts';
import { joins } from './joins.ts';
import { keyedState, ttlState } from './keyed-state.ts';
import { operatorStateRedistribution } from './operator-state.ts';
import { timers } from './timers.ts';
import { sourceSplitWatermarks, twoInputWatermarks, watermarkValve } from './watermarks.ts';
import { windows } from './windows.ts';

export const FAMILIES: readonly AnyFamily[] = [
  ...barriers,
  watermarkValve,
  twoInputWatermarks,
  sourceSplitWatermarks,
  ...timers,
  pointwiseEdges,
  inFlightMapping,
  checkpointFailures,
  keyedState,
  operatorStateRedistribution,
  ttlState,
  ...windows,
  ...joins,
];
