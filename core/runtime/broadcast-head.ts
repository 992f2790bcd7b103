/**
 * A broadcast process function without key at the head of a chain (Flink: `CoBroadcastWithNonKeyedOperator`): its copy of
 * the broadcast state, and which input an element is of. Timers and watermarks pass it by. Inside a turn it does what
 * `KeyedHead` does for keyed operators.
 */
import type { BroadcastProcessFunction, Timestamp } from '../api/functions.ts';
import type { OperatorSpec } from '../api/spec.ts';
import type { Probe, TaskId } from '../facts.ts';
import type { PhysicalVertex } from '../graph/physical.ts';
import type { Clock, Random } from '../ports.ts';
import { BroadcastStore } from '../state/broadcast-state.ts';
import { BroadcastContext, ElementContext } from './broadcast-context.ts';
import type { NodeOutputs } from './chain.ts';
import { deepFreeze } from './freeze.ts';
import type { TurnHost } from './operator.ts';
import { refuseThenable } from './user-function.ts';

export interface BroadcastHeadEnv {
  readonly vertex: PhysicalVertex;
  readonly operator: Extract<OperatorSpec, { readonly kind: 'broadcast' }>;
  readonly task: TaskId;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly random: Random;
  readonly freezeValues: boolean;
  readonly outputs: NodeOutputs;
}

export class BroadcastHead implements TurnHost {
  readonly task: TaskId;
  readonly broadcast: BroadcastStore;
  readonly #env: BroadcastHeadEnv;
  readonly #fn: BroadcastProcessFunction<unknown, unknown, unknown>;
  /** Edges of the first input. */
  readonly #elements: ReadonlySet<number>;
  readonly #elementSide: ElementContext;
  readonly #broadcastSide: BroadcastContext;

  constructor(env: BroadcastHeadEnv) {
    this.#env = env;
    this.task = env.task;
    const { create, firstInputs, states } = env.operator;
    this.broadcast = new BroadcastStore(env.vertex.uid, states, env.freezeValues ? deepFreeze : undefined);
    this.#fn = create();
    this.#elements = new Set(env.vertex.inEdges.slice(0, firstInputs).map((edge) => edge.id));
    this.#elementSide = new ElementContext(this, this.broadcast);
    this.#broadcastSide = new BroadcastContext(this, this.broadcast);
  }

  open(): void {
    const { uid, parallelism } = this.#env.vertex;
    refuseThenable(this.#fn.open?.({ uid, subtask: this.task.subtask, parallelism }), uid, 'open');
  }

  close(): void {
    refuseThenable(this.#fn.close?.(), this.task.vertex, 'close');
  }

  /** A record of an input edge. Inside a turn. */
  process(edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    if (this.#elements.has(edge)) {
      const context = this.#elementSide;
      context.timestamp = timestamp;
      refuseThenable(this.#fn.processElement(value, context, context), this.task.vertex, 'processElement');
    } else {
      const context = this.#broadcastSide;
      context.timestamp = timestamp;
      refuseThenable(this.#fn.processBroadcastElement(value, context, context), this.task.vertex, 'processBroadcastElement');
    }
  }

  // ---- TurnHost

  emit(value: unknown, timestamp: Timestamp | undefined): void {
    this.#env.outputs.main.receive(value, timestamp);
  }

  emitSide(tag: string, value: unknown, timestamp: Timestamp | undefined): void {
    this.#env.outputs.side(tag).receive(value, timestamp);
  }

  now(): Timestamp {
    const now = this.#env.clock.now();
    this.#env.probe.clockRead?.({ task: this.task, now });
    return now;
  }

  random(n: number): number {
    const value = this.#env.random.below(n);
    this.#env.probe.randomDrawn?.({ task: this.task, n, value });
    return value;
  }
}
