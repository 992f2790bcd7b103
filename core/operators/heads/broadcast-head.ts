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
import { type HeadEnv, HeadOfChain } from '../turn-host.ts';
import { assert } from '../../errors.ts';
import { callFunction, createFunction } from '../user-functions.ts';

export interface BroadcastHeadEnv extends HeadEnv {
  readonly vertex: PhysicalVertex;
  readonly operator: Extract<OperatorSpec, { readonly kind: 'broadcast' }>;
}

type UserFunction = BroadcastProcessFunction<unknown, unknown, unknown>;

export class BroadcastHead extends HeadOfChain {
  readonly broadcast: BroadcastStore;
  readonly #vertex: PhysicalVertex;
  readonly #create: () => UserFunction;
  #fn: UserFunction | undefined;
  /** Edges of the first input. */
  readonly #elements: ReadonlySet<number>;
  readonly #context: BroadcastContext;

  constructor(env: BroadcastHeadEnv) {
    super(env);
    this.#vertex = env.vertex;
    const { create, firstInputs, states } = env.operator;
    this.broadcast = new BroadcastStore(env.vertex.uid, states, env.user);
    this.#create = create;
    this.#elements = new Set(env.vertex.inEdges.slice(0, firstInputs).map((edge) => edge.id));
    this.#context = new BroadcastContext(this, this.broadcast);
  }

  open(): void {
    const { uid, parallelism } = this.#vertex;
    this.#fn = createFunction(this.#create, ['processElement', 'processBroadcastElement'], this.calls);
    this.#call('open', (fn) => fn.open?.({ uid, subtask: this.task.subtask, parallelism }));
  }

  close(): void {
    if (this.#fn !== undefined) this.#call('close', (fn) => fn.close?.());
  }

  /** A record of an input edge. Inside a turn. */
  process(edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    const context = this.#context;
    context.timestamp = timestamp;
    if (this.#elements.has(edge)) {
      this.#call('processElement', (fn) => fn.processElement(value, context, context));
    } else {
      this.broadcast.write(() => {
        this.#call('processBroadcastElement', (fn) => fn.processBroadcastElement(value, context, context));
      });
    }
  }

  #call(method: string, body: (fn: UserFunction) => unknown): void {
    assert(this.#fn !== undefined, () => `operator ${this.#vertex.uid} is used before it is open`);
    callFunction(this.calls, this.#fn, method, body);
  }
}
