/**
 * The seam of a mark: an interesting state that a campaign has to reach (DESIGN D11). A predicate over facts and kills;
 * the engine states facts, never marks.
 */
import type { Probe } from '../../core/facts.ts';
import type { WorldView } from '../world.ts';
import type { JobTrait } from './traits.ts';

/** What a mark sees besides facts. */
export type MarkWorld = Pick<
  WorldView,
  | 'onKilled'
  | 'onDiskFault'
  | 'onPowerLost'
  | 'currentProcess'
  | 'checkpointing'
  | 'scheduling'
  | 'stateMemoryBytes'
  | 'jobs'
  | 'nowUs'
  | 'haValue'
  | 'object'
  | 'objects'
  | 'partitionsAt'
>;

export interface Mark {
  readonly name: string;
  /** Expected at least once in so many runs of the default campaign. */
  readonly rarity: number;
  /** Only a job that has all of these can reach it; absent: any job. */
  readonly needs?: readonly JobTrait[];
  /** One sentence: when it is reached. */
  readonly condition: string;
  /** `reached` may be called any number of times. */
  listen(world: MarkWorld, reached: () => void): Probe;
}
