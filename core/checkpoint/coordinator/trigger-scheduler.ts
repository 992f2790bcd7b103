/**
 * When the next checkpoint is triggered: keeps what is asked for and the timers, asks `decide` whenever something of it
 * changes.
 *
 *   asked for by       | until
 *   -------------------|---------------------------------------------------------------------------------------------
 *   the interval       | it is triggered; the timer is armed again whatever becomes of this request
 *   a person           | it is triggered, in order; forgotten when the attempt ends
 *   the end of input   | it is triggered; again after a pause of its own, until all tasks have finished: a lost
 *                      | notification of completion is made good by a later checkpoint
 */
import type { SavepointKind, CheckpointKind } from '../../barrier-options.ts';
import type { CheckpointingConfig } from '../../config.ts';
import type { Clock, Ms, Random, Timer } from '../../ports.ts';
import { decide } from './request-decider.ts';

export interface TriggerSchedulerEnv {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: CheckpointingConfig;
  /** Checkpoints under way. */
  readonly pending: () => number;
  /** A task has not finished yet. */
  readonly unfinished: () => boolean;
  /** Begins one, at once. */
  readonly trigger: (kind: CheckpointKind) => void;
}

/** From the end of one checkpoint that could let the last tasks finish to the next. */
export const FINAL_PAUSE_MS = 100;

export class TriggerScheduler {
  readonly #env: TriggerSchedulerEnv;
  /** All tasks have come to run. */
  #running = false;
  /** A synchronous savepoint was triggered. */
  #stopping = false;
  #over = false;
  readonly #savepoints: SavepointKind[] = [];
  #periodicDue = false;
  /** No task has input left. */
  #final = false;
  #finalDue = false;
  #lastCompletion: Ms | undefined;
  #interval: Timer | undefined;
  #pause: Timer | undefined;
  #finalPause: Timer | undefined;

  constructor(env: TriggerSchedulerEnv) {
    this.#env = env;
  }

  /** All tasks run. The first checkpoint is due after a random part of the interval, as in Flink; the calm draw is all of it. */
  start(): void {
    this.#running = true;
    const { config, random } = this.#env;
    const interval = config.intervalMs;
    if (interval > 0) this.#armInterval(interval - random.below(interval));
    this.#triggerIfDue();
  }

  /** No unfinished task has input left. */
  requestFinal(): void {
    this.#final = true;
    this.#finalDue = true;
    this.#triggerIfDue();
  }

  requestSavepoint(kind: SavepointKind): void {
    this.#savepoints.push(kind);
    this.#triggerIfDue();
  }

  /** The minimum pause begins. */
  completed(): void {
    this.#lastCompletion = this.#env.clock.monotonic();
  }

  /** A checkpoint is over, whichever way: there is room for the next one. */
  ended(): void {
    if (this.#over) return;
    if (this.#final && !this.#finalDue && this.#finalPause === undefined) {
      this.#finalPause = this.#env.clock.timer(FINAL_PAUSE_MS, () => {
        this.#finalPause = undefined;
        this.#finalDue = true;
        this.#triggerIfDue();
      });
    }
    this.#triggerIfDue();
  }

  /** Nothing is triggered any more. */
  stop(): void {
    this.#over = true;
    for (const timer of [this.#interval, this.#pause, this.#finalPause]) timer?.cancel();
  }

  #armInterval(delayMs: Ms): void {
    this.#interval = this.#env.clock.timer(delayMs, () => {
      // Armed again whatever becomes of this one: a trigger that is refused now stays due.
      this.#armInterval(this.#env.config.intervalMs);
      this.#periodicDue = true;
      this.#triggerIfDue();
    });
  }

  #triggerIfDue(): void {
    for (;;) {
      if (this.#over) return;
      const { clock, config, pending, unfinished } = this.#env;
      const decision = decide({
        stopping: this.#stopping,
        running: this.#running && unfinished(),
        pending: pending(),
        maxConcurrent: config.maxConcurrent,
        savepoints: this.#savepoints,
        finalDue: this.#finalDue,
        periodicDue: this.#periodicDue,
        now: clock.monotonic(),
        lastCompletion: this.#lastCompletion,
        minPauseMs: config.minPauseMs,
      });
      if (decision.kind === 'trigger') {
        this.#trigger(decision.what);
        continue;
      }
      if (decision.why === 'min-pause') this.#armPause(decision.ms);
      return;
    }
  }

  #armPause(ms: Ms): void {
    this.#pause?.cancel();
    this.#pause = this.#env.clock.timer(ms, () => {
      this.#pause = undefined;
      this.#triggerIfDue();
    });
  }

  /** What it serves is not asked for any more. */
  #trigger(kind: CheckpointKind): void {
    if (kind === 'checkpoint') {
      this.#periodicDue = false;
      this.#finalDue = false;
    } else {
      this.#savepoints.shift();
      this.#stopping = kind !== 'savepoint';
    }
    this.#env.trigger(kind);
  }
}
