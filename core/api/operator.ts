/** An operator under construction, and what each of its outputs must be. */
import type { OutputTag } from '../job/functions.ts';
import type { TypeInfo } from '../job/types.ts';
import { typeText } from '../values/evolution.ts';
import { describe } from '../values/refusal.ts';
import { sameType } from '../values/serializers.ts';
import type { DraftNode, OperatorOptions, Upstream } from './recorder.ts';

/** Options of an operator with side outputs. */
export type ProcessOptions = OperatorOptions & { readonly sideOutputs?: readonly OutputTag[] };

/** An operator whose settings may still be given; each method returns the same operator, so that they chain. */
export class Operator {
  readonly #node: DraftNode;

  /** @internal */
  constructor(node: DraftNode) {
    this.#node = node;
  }

  /** Names the operator in snapshots: never change it, or its state is lost. Letters, digits, ".", "_" and "-". */
  uid(uid: string): this {
    this.#node.uid = uid;
    return this;
  }

  /** Names the operator in reports; its uid by default. */
  name(name: string): this {
    this.#node.name = name;
    return this;
  }

  /** Number of subtasks, in [1, max parallelism]; the job's by default. An input that was forward becomes rebalance if it differs. */
  setParallelism(parallelism: number): this {
    this.#node.recorder.setParallelism(this.#node, parallelism);
    return this;
  }

  /** Number of key groups, in [1, 32768]; fixed for the life of the operator's state, which a later version that sets none takes it from. */
  setMaxParallelism(maxParallelism: number): this {
    this.#node.recorder.setMaxParallelism(this.#node, maxParallelism);
    return this;
  }
}

/** @internal */
export function requireSameType(node: DraftNode, what: string, a: TypeInfo, b: TypeInfo): void {
  if (!sameType(a, b)) {
    throw node.recorder.refused(
      node,
      `${what} (${typeText(a)} and ${typeText(b)}); map one of them to the other's type`,
    );
  }
}

/** @internal */
export function requireName(node: DraftNode, name: unknown): void {
  if (typeof name !== 'string' || name === '')
    throw node.recorder.refused(
      node,
      `needs a topic, and got ${describe(name)}; name the one that it reads or writes, as topic: "orders"`,
    );
}

/** The output of an operator as the input of the next one, unless another partitioning is asked for. @internal */
export function forward(node: DraftNode, tag?: string): Upstream {
  return { node, tag, partition: { kind: 'forward' } };
}
