/**
 * The catalogue of marks, known before a run so that "never reached" is visible, and how a run listens for them.
 */
import type { Probe } from '../../core/facts.ts';
import * as async from './async.ts';
import * as barriers from './barriers.ts';
import * as batch from './batch.ts';
import { combined } from './combined.ts';
import * as coordinator from './coordinator.ts';
import * as eventTime from './event-time.ts';
import * as flow from './flow.ts';
import * as forks from './forks.ts';
import * as incremental from './incremental.ts';
import * as inlineState from './inline-state.ts';
import * as joins from './joins.ts';
import * as kills from './kills.ts';
import * as localRecovery from './local-recovery.ts';
import type { Mark, MarkWorld } from './mark.ts';
import * as queries from './queries.ts';
import * as recovery from './recovery.ts';
import * as state from './state.ts';
import * as stateStore from './state-store.ts';
import * as rescaling from './rescaling.ts';
import * as upgrades from './upgrades.ts';
import * as windows from './windows.ts';

/** Every mark that one of these files exports, sorted by name. */
export const MARKS: readonly Mark[] = [
  async,
  barriers,
  batch,
  coordinator,
  eventTime,
  flow,
  forks,
  incremental,
  inlineState,
  joins,
  kills,
  localRecovery,
  queries,
  recovery,
  state,
  stateStore,
  rescaling,
  upgrades,
  windows,
]
  .flatMap((marks): readonly Mark[] => Object.values(marks))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

export interface MarksOfRun {
  readonly probe: Probe;
  /** Names of the marks reached so far, sorted. */
  reached(): readonly string[];
}

/** Listens for all marks of the catalogue in one run. */
export function createMarks(world: MarkWorld, marks: readonly Mark[] = MARKS): MarksOfRun {
  const reached = new Set<string>();
  const probes = marks.map((mark) => mark.listen(world, () => void reached.add(mark.name)));
  return { probe: combined(probes), reached: () => [...reached].sort() };
}
