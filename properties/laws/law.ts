/**
 * The seam of a law: it listens and judges, it never draws, schedules or changes anything.
 */
import type { WorldView } from '../world.ts';
import type { Probe } from '../../core/facts.ts';

export interface LawListener {
  readonly probe: Probe;
  /** After the run settled: end-of-run clauses. Not called if the job did not settle. */
  settled?(): void;
}

export interface Law {
  readonly name: string;
  /** One sentence. */
  readonly states: string;
  /** The closed list of its anomalies: each has a good and a bad hand-made history beside the law. */
  readonly anomalies: readonly string[];
  listen(world: WorldView): LawListener;
}
