/**
 * Incidents are kinds x triggers: what happens, and when. Faults, and operations that a person does to a job.
 * Types only; `incidents.ts` arms them. The full fault model will add kinds here, in one union and one table.
 */
import type { FactKind } from '../../core/facts.ts';

export type What =
  /** Kills a process. `self`: the process that stated the fact or made the port call of the trigger. It starts again after `restartAfterMs` (on the same host). */
  | { readonly kind: 'kill'; readonly process: string; readonly restartAfterMs: number }
  /** Resets every open connection between the process's host and other hosts. */
  | { readonly kind: 'reset-connections'; readonly process: string }
  /**
   * Cuts the process's host off from all others: its connections are reset and none can be made, until `forMs` later or,
   * if that comes first, the next fact `untilFact` after it struck. Services (stores, broker) stay in reach.
   */
  | {
      readonly kind: 'isolate';
      readonly process: string;
      readonly forMs: number;
      readonly untilFact?: FactKind | undefined;
    }
  /** Asks the job manager to go on at another parallelism from the newest completed checkpoint. */
  | { readonly kind: 'rescale'; readonly parallelism: number }
  /** Asks the job manager for a savepoint; the job goes on. */
  | { readonly kind: 'savepoint' }
  /** Stops the job with a savepoint, with or without the end of event time. One that was not drained is resumed from it. */
  | { readonly kind: 'stop'; readonly drain: boolean };

export type Trigger =
  | { readonly kind: 'time'; readonly ms: number }
  /** The n-th fact of a kind (from 1) whose fields match `where`; a dotted path reaches inside: { 'task.vertex': 'window', checkpoint: 3 }. */
  | {
      readonly kind: 'fact';
      readonly fact: FactKind;
      readonly nth: number;
      readonly where?: Readonly<Record<string, string | number>>;
    }
  /** The n-th port call (from 1) of a process, over all its incarnations. */
  | { readonly kind: 'port-call'; readonly process: string; readonly nth: number };

export interface Incident {
  readonly what: What;
  readonly when: Trigger;
}
