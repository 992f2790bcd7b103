/**
 * The plan: everything that a run depends on, as one typed value. Seeds only ever produce plans.
 * Types only; generation is in `generate.ts`, fast-check arbitraries in `arbitrary.ts`, validation in `schema.ts`.
 */
import type { JobSpec } from '../../core/job/spec.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import type { ChoicesSpec } from '../../sim/kernel/types.ts';

export interface Plan {
  readonly scenario: string;
  /** Every knob of `knobs.ts` that differs from its calm default, by name; and the scenario's own parameters. */
  readonly config: Readonly<Record<string, number>>;
  readonly workload: WorkloadPlan;
  readonly incidents: readonly Incident[];
  readonly choices: ChoicesSpec;
}

export type WorkloadPlan =
  /** Expanded by the scenario's own generator: `count` records from `seed`. */
  | { readonly kind: 'generated'; readonly seed: string; readonly count: number }
  /** Every record written out, by topic and partition. */
  | { readonly kind: 'explicit'; readonly topics: Topics };
/** topic -> partition -> records in order of offset. */
export type Topics = Readonly<Record<string, readonly (readonly unknown[])[]>>;

/** What a scenario builds from a plan. Pure: the same plan, the same workload. */
export interface Workload {
  readonly job: JobSpec;
  /** What the source topics hold; encoded with the sources' types. */
  readonly topics: Topics;
  /** Declared by the author: the output is a function of the input alone. */
  readonly confluent: boolean;
  /** Records and state values are frozen whatever the plan says, so that a job that changes one fails at that line. */
  readonly freezeValues?: boolean;
}
