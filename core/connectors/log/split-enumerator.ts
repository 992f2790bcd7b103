/**
 * Deals the splits of one source to its readers; lives in the job manager. Its state is part of every checkpoint: a
 * split is either here, unassigned, or with a reader. Messages to a reader are FIFO with the checkpoint's trigger, so
 * a split that was dealt before the trigger is in the reader's snapshot and one dealt after it is in ours.
 *
 * Split i goes to reader i mod parallelism.
 */
import type { LogSourceSpec } from '../../job/spec.ts';
import type { EnumeratorState, SplitState } from '../connector-state.ts';
import type { Clock, LogBroker, Ms } from '../../ports.ts';
import type { Coroutine } from '../../waiting.ts';
import { freshSplit, splitName } from './log-source.ts';

export interface EnumeratorEnv {
  readonly log: LogBroker;
  readonly clock: Clock;
  readonly parallelism: number;
  readonly dealIntervalMs: Ms;
  readonly deal: (subtask: number, split: SplitState) => void;
  readonly noMoreSplits: (subtask: number) => void;
}

export class SplitEnumerator {
  readonly #source: string;
  readonly #spec: LogSourceSpec;
  readonly #env: EnumeratorEnv;
  #discovered: number | null;
  #unassigned: string[];

  constructor(source: string, spec: LogSourceSpec, env: EnumeratorEnv, restored: EnumeratorState | undefined) {
    this.#source = source;
    this.#spec = spec;
    this.#env = env;
    this.#discovered = restored?.discovered ?? null;
    this.#unassigned = [...(restored?.unassigned ?? [])];
  }

  /** Runs once all readers are up; ends when every split is dealt. */
  *run(): Coroutine<void> {
    if (this.#discovered === null) {
      const partitions = yield* this.#env.log.partitions(this.#spec.topic);
      this.#discovered = partitions;
      for (let p = 0; p < partitions; p++) this.#unassigned.push(splitName(this.#spec.topic, p));
    }
    for (;;) {
      if (this.#env.dealIntervalMs > 0) yield* this.#env.clock.sleep(this.#env.dealIntervalMs);
      const split = this.#unassigned.shift();
      if (split === undefined) break;
      const index = Number(split.slice(split.lastIndexOf('-') + 1));
      this.#env.deal(index % this.#env.parallelism, freshSplit(split));
    }
    for (let subtask = 0; subtask < this.#env.parallelism; subtask++) this.#env.noMoreSplits(subtask);
  }

  snapshot(): EnumeratorState {
    return { source: this.#source, discovered: this.#discovered, unassigned: [...this.#unassigned] };
  }
}
