/**
 * The enumerator of a source whose splits are a list: it finds them all, assigns them, at once or one by one, and is
 * done; or it looks again from time to time, if the list may become longer. Split i of the list goes to reader
 * i mod parallelism, also after a restore at another parallelism. How long the list was is no state of its own: the splits
 * that were assigned and those that were not are all that has been found.
 */
import { boolean, bytes, int32, list, record } from '../job/types.ts';
import { fromBytes, toBytes } from '../values/serializers.ts';
import type { Ms } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';
import { JobError } from '../errors.ts';
import type { ConnectorSerializer } from './connector.ts';
import type { EnumeratorEnv, SourceSplit, SplitEnumerator } from './source.ts';

/** The state of a `listEnumerator`. */
export interface SplitListState<S> {
  /** The splits have been listed, once at least. */
  readonly listed: boolean;
  /** Splits that were assigned. They come first in the list, so that this is the index of the next one. */
  readonly assigned: number;
  /** In order of the list. */
  readonly unassigned: readonly S[];
}

const VERSION = 1;
const stateType = record({ listed: boolean, assigned: int32, splitVersion: int32, unassigned: list(bytes) });

/** Serializer of a `SplitListState`, made from the serializer of its splits. */
export function splitListSerializer<S>(split: ConnectorSerializer<S>): ConnectorSerializer<SplitListState<S>> {
  return {
    version: VERSION,
    serialize: ({ listed, assigned, unassigned }) =>
      toBytes(stateType, {
        listed,
        assigned,
        splitVersion: split.version,
        unassigned: unassigned.map((one) => split.serialize(one)),
      }),
    deserialize: (version, from) => {
      if (version !== VERSION) throw new JobError(`a list of splits of version ${version}; this one reads ${VERSION}`);
      const { listed, assigned, splitVersion, unassigned } = fromBytes(stateType, from);
      return { listed, assigned, unassigned: unassigned.map((one) => split.deserialize(splitVersion, one)) };
    },
  };
}

/**
 * `discover` lists all splits, in the same order whenever it is asked, new ones behind the others. It is asked once, by the
 * first attempt that comes so far; with `lookAgainMs` by every attempt, and so often. Such readers have always more to
 * come: none of them is told that there are no more splits (Flink: a Kafka source without an end).
 */
export function listEnumerator<S extends SourceSplit>(
  env: EnumeratorEnv<S>,
  restored: SplitListState<S> | undefined,
  discover: () => Coroutine<readonly S[]>,
  lookAgainMs: Ms = 0,
): SplitEnumerator<SplitListState<S>> {
  return new ListEnumerator(env, restored, discover, lookAgainMs);
}

/**
 * A class, so that all enumerators share their generator functions: V8 gives each function with a prototype of its own,
 * as each generator function has, a hidden class, whose references a scavenge takes for alive. A generator function made
 * for one attempt keeps all of its simulation in memory until the next full collection.
 */
class ListEnumerator<S extends SourceSplit> implements SplitEnumerator<SplitListState<S>> {
  readonly #env: EnumeratorEnv<S>;
  readonly #discover: () => Coroutine<readonly S[]>;
  readonly #lookAgainMs: Ms;
  #listed: boolean;
  #assigned: number;
  #unassigned: readonly S[];

  constructor(
    env: EnumeratorEnv<S>,
    restored: SplitListState<S> | undefined,
    discover: () => Coroutine<readonly S[]>,
    lookAgainMs: Ms,
  ) {
    this.#env = env;
    this.#discover = discover;
    this.#lookAgainMs = lookAgainMs;
    this.#listed = restored?.listed ?? false;
    this.#assigned = restored?.assigned ?? 0;
    this.#unassigned = restored?.unassigned ?? [];
  }

  *run(): Coroutine<void> {
    const { parallelism, ports, noMoreSplits } = this.#env;
    for (;;) {
      if (!this.#listed || this.#lookAgainMs > 0) {
        const found = yield* this.#discover();
        this.#unassigned = [...this.#unassigned, ...found.slice(this.#assigned + this.#unassigned.length)];
        this.#listed = true;
      }
      yield* this.#assignAll();
      if (this.#lookAgainMs === 0) break;
      yield* ports.clock.sleep(this.#lookAgainMs);
    }
    for (let subtask = 0; subtask < parallelism; subtask++) noMoreSplits(subtask);
  }

  *#assignAll(): Coroutine<void> {
    const { parallelism, assignIntervalMs, ports, assign } = this.#env;
    for (;;) {
      if (assignIntervalMs > 0) yield* ports.clock.sleep(assignIntervalMs);
      const due = assignIntervalMs > 0 ? this.#unassigned.slice(0, 1) : this.#unassigned;
      if (due.length === 0) return;
      const first = this.#assigned;
      this.#assigned += due.length;
      this.#unassigned = this.#unassigned.slice(due.length);
      for (let subtask = 0; subtask < parallelism; subtask++) {
        const own = due.filter((_, i) => (first + i) % parallelism === subtask);
        if (own.length > 0) assign(subtask, ...own);
      }
    }
  }

  snapshot(): SplitListState<S> {
    return { listed: this.#listed, assigned: this.#assigned, unassigned: this.#unassigned };
  }
}
