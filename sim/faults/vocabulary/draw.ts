/**
 * How a fault is drawn into a plan: dice, and what the plan will look like. Both are the generator's; a fault asks them
 * and knows neither knobs nor scenarios.
 */
import type { FactKind } from '../../../core/facts.ts';
import type { Trigger } from './trigger.ts';

/** The draws of one purpose: they depend on the plan's seed and on their count only. */
export interface Dice {
  /** A whole number in [0, n). */
  below(n: number): number;
  /** A whole number in [min, max]. */
  between(min: number, max: number): number;
  /** As `between`, but small distances from `min` are as likely as large ones. */
  skewed(min: number, max: number): number;
  /** True with probability `per1000` / 1000. */
  chance(per1000: number): boolean;
  /** One of them, by weight; `weights` are whole numbers, not all 0. */
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T;
  pick<T>(list: readonly [T, ...T[]]): T;
}

/** Milliseconds until a process starts again: mostly soon, sometimes so late that others notice. */
export function absenceMs(dice: Dice): number {
  return dice.chance(50) ? dice.between(500, 3_000) : dice.skewed(1, 100);
}

/** A trigger, and whether `self` is then a task manager (else it is the job manager, or there is none). */
export interface Instant {
  readonly when: Trigger;
  readonly self: boolean;
}

/** What a run of the plan will roughly look like: where the dangerous instants are. */
export interface PlanShape {
  readonly jobManager: string;
  readonly parallelismMax: number;
  /** Versions of the job. */
  readonly versions: number;
  /** In-flight data may be replayed after a restore. */
  readonly replays: boolean;
  /** The job runs in batch: there are no checkpoints, and nobody can stop, rescale or upgrade it. */
  readonly batch: boolean;
  /** The job has the parallelism of the hosts that there are: nobody sets it. */
  readonly reactive: boolean;
  /** Checkpoints name what earlier ones have written. */
  readonly incremental: boolean;
  /** Tasks keep copies of their state on the disks of the hosts. */
  readonly keepsCopies: boolean;
  /** Mostly a dangerous instant of those that this plan has; sometimes any time, or any port call. */
  anywhere(dice: Dice): Instant;
  /** Between the steps of a task's part of a checkpoint. */
  inCheckpoint(dice: Dice): Instant;
  /** Between the trigger of a checkpoint and the notification that it is complete. */
  checkpointPending(dice: Dice): Instant;
  /** While attempt `attempt` starts, or just after. */
  afterRestart(dice: Dice, attempt: number): Instant;
  /** When attempt `attempt` has completed its first checkpoints, or as it begins to run. */
  inAttempt(dice: Dice, attempt: number): Trigger;
  /** In batch: when results of finished stages are there that others still have to read. */
  resultsThere(dice: Dice): Trigger;
  /** A task manager: mostly the one in which it happens, if there is one. */
  victim(dice: Dice, instant: Instant): string;
  /** A fact that says that the others have moved on. */
  othersMovedOn(dice: Dice): FactKind;
  /** Changes the plan: an attempt fits one machine, of `machines`. */
  fitOneMachine(machines: number): void;
  /** Changes the plan, unless it says what is to be small: state of any size is an object, and none lies in the metadata. */
  putStateIntoObjects(): void;
}
