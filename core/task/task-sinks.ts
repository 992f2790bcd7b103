/** The sinks of a task together: what a checkpoint asks of all of them (SEMANTICS P1). */
import type { NodeSpec } from '../job/spec.ts';
import type { PendingTransaction } from '../connectors/connector-state.ts';
import type { LogSinkWriter } from '../connectors/log/log-sink.ts';
import type { Coroutine, Pending, Scope } from '../waiting.ts';
import type { Receiver } from '../operators/chain.ts';
import type { TaskEnv } from './task-env.ts';
import { sinkOf } from './task-wiring.ts';

export class TaskSinks {
  readonly #env: TaskEnv;
  readonly #scope: Scope;
  readonly #writers: LogSinkWriter[] = [];

  constructor(env: TaskEnv, scope: Scope) {
    this.#env = env;
    this.#scope = scope;
  }

  /** Makes the writer of a sink operator. Returns what its records go to. */
  add(node: NodeSpec): Receiver {
    const writer = sinkOf(this.#env, node, this.#scope);
    this.#writers.push(writer);
    return {
      receive: (value) => {
        writer.write(value);
      },
    };
  }

  *open(): Coroutine<void> {
    const { restore } = this.#env;
    for (const writer of this.#writers) {
      const pending = restore.pending.filter((candidate) => candidate.sink === writer.uid);
      yield* writer.open(pending, restore.pendingAnywhere);
    }
  }

  /** Pre-commit of the checkpoint; undefined: nothing was written since the last one, there is nothing to wait for. */
  prepare(checkpoint: number): Coroutine<void> | undefined {
    const dirty = this.#writers.filter((writer) => writer.dirty);
    return dirty.length === 0 ? undefined : prepareAll(dirty, checkpoint);
  }

  /** Everything that was prepared and is not known to be committed. */
  snapshot(): readonly PendingTransaction[] {
    return this.#writers.flatMap((writer) => writer.snapshot());
  }

  /** Commits what checkpoints up to this one cover. */
  notifyComplete(checkpoint: number): readonly Pending<void>[] {
    return this.#writers.map((writer) => writer.notifyComplete(checkpoint));
  }
}

function* prepareAll(dirty: readonly LogSinkWriter[], checkpoint: number): Coroutine<void> {
  for (const sink of dirty) yield* sink.prepare(checkpoint);
}
