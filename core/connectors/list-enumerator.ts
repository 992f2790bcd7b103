/**
 * The enumerator of a source whose splits are listed once: it finds them all, assigns them, at once or one by one, and is
 * done. Split i of the list goes to reader i mod parallelism, also after a restore at another parallelism.
 */
import { boolean, bytes, int32, list, record } from '../job/types.ts';
import { fromBytes, toBytes } from '../values/serializers.ts';
import type { Coroutine } from '../waiting.ts';
import { JobError } from '../errors.ts';
import type { ConnectorSerializer } from './connector.ts';
import type { EnumeratorEnv, SourceSplit, SplitEnumerator } from './source.ts';

/** The state of a `listEnumerator`. */
export interface SplitListState<S> {
  /** The splits have been listed. */
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

/** `discover` lists all splits, in the same order whenever it is asked; it is asked once, by the first attempt that comes so far. */
export function listEnumerator<S extends SourceSplit>(
  env: EnumeratorEnv<S>,
  restored: SplitListState<S> | undefined,
  discover: () => Coroutine<readonly S[]>,
): SplitEnumerator<SplitListState<S>> {
  let { listed, assigned, unassigned } = restored ?? { listed: false, assigned: 0, unassigned: [] };
  return {
    *run() {
      if (!listed) {
        unassigned = yield* discover();
        listed = true;
      }
      for (;;) {
        if (env.assignIntervalMs > 0) yield* env.ports.clock.sleep(env.assignIntervalMs);
        const due = env.assignIntervalMs > 0 ? unassigned.slice(0, 1) : unassigned;
        if (due.length === 0) break;
        const first = assigned;
        assigned += due.length;
        unassigned = unassigned.slice(due.length);
        for (let subtask = 0; subtask < env.parallelism; subtask++) {
          const own = due.filter((_, i) => (first + i) % env.parallelism === subtask);
          if (own.length > 0) env.assign(subtask, ...own);
        }
      }
      for (let subtask = 0; subtask < env.parallelism; subtask++) env.noMoreSplits(subtask);
    },
    snapshot: () => ({ listed, assigned, unassigned }),
  };
}
