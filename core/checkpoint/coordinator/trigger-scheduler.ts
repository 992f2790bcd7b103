/**
 * When the next checkpoint is triggered: keeps what is asked for and the timers, asks `decide` whenever something of it
 * changes.
 *
 *   asked for by       | until
 *   -------------------|---------------------------------------------------------------------------------------------
 *   the interval       | it is triggered; the timer is armed again, also if this request is refused
 *   a person           | it is triggered, in order; forgotten when the attempt ends
 *   the end of input   | it is triggered; again after a pause of its own (`FinalCheckpointOfJob`)
 */
import type { SavepointKind, CheckpointKind } from '../../barrier-options.ts';
import type { CheckpointingConfig } from '../../config.ts';
import type { Clock, Ms, Random, Timer } from '../../ports.ts';
import { FINAL_PAUSE_MS, type FinalCheckpointOfJob } from './final-checkpoint.ts';
import { decide } from './request-decider.ts';

export interface TriggerSchedulerEnv {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: CheckpointingConfig;
  readonly final: FinalCheckpointOfJob;
  /** Checkpoints under way. */
  readonly pending: () => number;
  /** A task has not finished yet. */
  readonly unfinished: () => boolean;
  /** Begins a checkpoint at once. */
  readonly trigger: (kind: CheckpointKind) => void;
}

export class TriggerScheduler {
  readonly #env: TriggerSchedulerEnv;
  /** All tasks have come to run. */
  #running = false;
  /** A synchronous savepoint was triggered. */
  #stopping = false;
  #over = false;
  readonly #savepoints: SavepointKind[] = [];
  #periodicDue = false;
  #lastCompletion: Ms | undefined;
  #interval: Timer | undefined;
  #pause: Timer | undefined;
  #finalPause: Timer | undefined;

  constructor(env: TriggerSchedulerEnv) {
    this.#env = env;
  }

  /** A synchronous savepoint has to be triggered, or was. */
  get stopAsked(): boolean {
    return this.#stopping || this.#savepoints.some((kind) => kind !== 'savepoint');
  }

  /** All tasks run. The first checkpoint is due after a random part of the interval, as in Flink; the calm draw is all of it. */
  start(): void {
    this.#running = true;
    const { config, random } = this.#env;
    const interval = config.intervalMs;
    if (interval > 0) this.#armInterval(interval - random.below(interval));
    this.#triggerIfDue();
  }

  /** The task has no input left. */
  dataFinished(task: string): void {
    if (this.#env.final.dataFinished(task)) this.#triggerIfDue();
  }

  /** `checkpoint`: as if the interval were over. */
  request(kind: CheckpointKind): void {
    if (kind === 'checkpoint') this.#periodicDue = true;
    else this.#savepoints.push(kind);
    this.#triggerIfDue();
  }

  /** The minimum pause begins. */
  completed(): void {
    this.#lastCompletion = this.#env.clock.monotonic();
  }

  /** A checkpoint has completed or was aborted: there is room for the next one. */
  ended(): void {
    if (this.#over) return;
    const { clock, final } = this.#env;
    if (final.ended()) {
      this.#finalPause = clock.timer(FINAL_PAUSE_MS, () => {
        final.pauseOver();
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
      // Always armed again: a trigger that is refused now stays due.
      this.#armInterval(this.#env.config.intervalMs);
      this.#periodicDue = true;
      this.#triggerIfDue();
    });
  }

  #triggerIfDue(): void {
    for (;;) {
      if (this.#over) return;
      const { clock, config, final, pending, unfinished } = this.#env;
      const decision = decide({
        stopping: this.#stopping,
        running: this.#running && unfinished(),
        pending: pending(),
        maxConcurrent: config.maxConcurrent,
        savepoints: this.#savepoints,
        finalDue: final.isDue,
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
      this.#env.final.triggered();
    } else {
      this.#savepoints.shift();
      this.#stopping = kind !== 'savepoint';
    }
    this.#env.trigger(kind);
  }
}
