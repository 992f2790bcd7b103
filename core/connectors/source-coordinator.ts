/**
 * The enumerator of one source in the job manager (Flink: `SourceCoordinator`). Its state is part of every checkpoint: a
 * split is either there, unassigned, or with a reader. Messages to a reader are FIFO with the checkpoint's trigger, so a
 * split that was assigned before the trigger is in the reader's snapshot and one assigned after it is in ours.
 */
import type { Ms } from '../ports.ts';
import type { Coroutine } from '../waiting.ts';
import type { ConnectorPorts } from './connector.ts';
import { type EnumeratorState, freshSplit, type SplitState } from './connector-state.ts';
import type { Source, SplitEnumerator } from './source.ts';

export interface NamedSplit {
  readonly id: string;
  readonly state: SplitState;
}

export interface SourceCoordinatorEnv {
  readonly ports: ConnectorPorts;
  readonly parallelism: number;
  readonly assignIntervalMs: Ms;
  readonly assign: (subtask: number, splits: readonly NamedSplit[]) => void;
  readonly noMoreSplits: (subtask: number) => void;
}

export class SourceCoordinator {
  readonly #uid: string;
  readonly #source: Source;
  readonly #enumerator: SplitEnumerator<unknown>;

  constructor(uid: string, source: Source, env: SourceCoordinatorEnv, restored: EnumeratorState | undefined) {
    this.#uid = uid;
    this.#source = source;
    const { ports, parallelism, assignIntervalMs, noMoreSplits } = env;
    this.#enumerator = source.createEnumerator(
      {
        ports,
        parallelism,
        assignIntervalMs,
        assign: (subtask, ...splits) => {
          env.assign(
            subtask,
            splits.map((split) => ({ id: split.id, state: freshSplit(source, split) })),
          );
        },
        noMoreSplits,
      },
      restored === undefined ? undefined : source.enumeratorSerializer.deserialize(restored.version, restored.state),
    );
  }

  run(): Coroutine<void> {
    return this.#enumerator.run();
  }

  snapshot(): EnumeratorState {
    const { version } = this.#source.enumeratorSerializer;
    const state = this.#source.enumeratorSerializer.serialize(this.#enumerator.snapshot());
    return { source: this.#uid, version, state };
  }
}
