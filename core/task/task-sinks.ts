/** The sinks of a task together: what a checkpoint asks of all of them (SEMANTICS P1). */
import type { NodeSpec } from '../job/spec.ts';
import type { CommittableState } from '../connectors/connector-state.ts';
import type { SinkOperator } from '../operators/sink-operator.ts';
import type { Coroutine, Pending, Scope } from '../waiting.ts';
import type { Receiver } from '../operators/chain.ts';
import type { TaskEnv } from './task-env.ts';
import { sinkOf } from './task-wiring.ts';

export class TaskSinks {
  readonly #env: TaskEnv;
  readonly #scope: Scope;
  readonly #sinks: SinkOperator[] = [];

  constructor(env: TaskEnv, scope: Scope) {
    this.#env = env;
    this.#scope = scope;
  }

  /** Makes a sink operator. Returns what its records go to. */
  add(node: NodeSpec): Receiver {
    const sink = sinkOf(this.#env, node, this.#scope);
    this.#sinks.push(sink);
    return {
      receive: (value) => {
        sink.write(value);
      },
    };
  }

  *open(): Coroutine<void> {
    const { restore } = this.#env;
    for (const sink of this.#sinks) yield* sink.open(restore.pending, restore.pendingAnywhere);
  }

  /** Pre-commit of the checkpoint; undefined: nothing was written since the last one, there is nothing to wait for. */
  prepare(checkpoint: number): Coroutine<void> | undefined {
    const dirty = this.#sinks.filter((sink) => sink.dirty);
    return dirty.length === 0 ? undefined : prepareAll(dirty, checkpoint);
  }

  /** Everything that was prepared and is not known to be committed. */
  snapshot(): readonly CommittableState[] {
    return this.#sinks.flatMap((sink) => sink.snapshot());
  }

  /** Commits what checkpoints up to this one cover. */
  notifyComplete(checkpoint: number): readonly Pending<void>[] {
    return this.#sinks.map((sink) => sink.notifyComplete(checkpoint));
  }
}

function* prepareAll(dirty: readonly SinkOperator[], checkpoint: number): Coroutine<void> {
  for (const sink of dirty) yield* sink.prepare(checkpoint);
}
