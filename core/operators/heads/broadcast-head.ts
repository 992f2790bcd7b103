/**
 * A broadcast process function without key at the head of a chain (Flink: `CoBroadcastWithNonKeyedOperator`): its copy of
 * the broadcast state, and which input an element is of. Timers and watermarks pass it by. Inside a turn it does what
 * `KeyedHead` does for keyed operators.
 */
import type { BroadcastProcessFunction, Timestamp } from '../../job/functions.ts';
import type { OperatorSpec } from '../../job/spec.ts';
import type { PhysicalVertex } from '../../graph/physical.ts';
import { BroadcastStore } from '../../state/broadcast-state.ts';
import { BroadcastContext } from '../broadcast-context.ts';
import { deepFreeze } from '../../values/freeze.ts';
import { type HeadEnv, HeadOfChain } from '../turn-host.ts';
import { refuseThenable } from '../user-function.ts';

export interface BroadcastHeadEnv extends HeadEnv {
  readonly vertex: PhysicalVertex;
  readonly operator: Extract<OperatorSpec, { readonly kind: 'broadcast' }>;
  readonly freezeValues: boolean;
}

export class BroadcastHead extends HeadOfChain {
  readonly broadcast: BroadcastStore;
  readonly #vertex: PhysicalVertex;
  readonly #fn: BroadcastProcessFunction<unknown, unknown, unknown>;
  /** Edges of the first input. */
  readonly #elements: ReadonlySet<number>;
  readonly #context: BroadcastContext;

  constructor(env: BroadcastHeadEnv) {
    super(env);
    this.#vertex = env.vertex;
    const { create, firstInputs, states } = env.operator;
    this.broadcast = new BroadcastStore(env.vertex.uid, states, env.freezeValues ? deepFreeze : undefined);
    this.#fn = create();
    this.#elements = new Set(env.vertex.inEdges.slice(0, firstInputs).map((edge) => edge.id));
    this.#context = new BroadcastContext(this, this.broadcast);
  }

  open(): void {
    const { uid, parallelism } = this.#vertex;
    refuseThenable(this.#fn.open?.({ uid, subtask: this.task.subtask, parallelism }), uid, 'open');
  }

  close(): void {
    refuseThenable(this.#fn.close?.(), this.task.vertex, 'close');
  }

  /** A record of an input edge. Inside a turn. */
  process(edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    const context = this.#context;
    context.timestamp = timestamp;
    if (this.#elements.has(edge)) {
      refuseThenable(this.#fn.processElement(value, context, context), this.task.vertex, 'processElement');
    } else {
      this.broadcast.write(() => {
        refuseThenable(
          this.#fn.processBroadcastElement(value, context, context),
          this.task.vertex,
          'processBroadcastElement',
        );
      });
    }
  }
}
