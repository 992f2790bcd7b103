/** What the heads with keyed state have in common: how an arriving value gets its key, and where their output goes. */
import type { EdgeSpec, Erased, JobSpec, NodeSpec } from '../../core/job/spec.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import { outputOf, sideOutputsOf, type Emit } from './chain.ts';
import { keyText } from './key-order.ts';

export interface Key {
  readonly value: unknown;
  /** Its serialized form, by which keys are distinguished and ordered. */
  readonly text: string;
}

export interface HashInput {
  readonly key: Erased<unknown>;
  readonly keyType: TypeInfo;
}

export interface KeyedHead {
  readonly uid: string;
  readonly inputs: ReadonlyMap<number, HashInput>;
  readonly main: Emit;
  readonly sides: ReadonlyMap<string, Emit>;
}

export function keyedHead(job: JobSpec, node: NodeSpec): KeyedHead {
  const inputs = new Map<number, HashInput>();
  const broadcast = new Set(broadcastEdges(job, node));
  for (const edge of job.edges)
    if (edge.to === node.id && !broadcast.has(edge.id)) inputs.set(edge.id, hashInput(edge));
  return { uid: node.uid, inputs, main: outputOf(job, node, undefined), sides: sideOutputsOf(job, node) };
}

/** The in-edges of the second input; none of an operator that has one. */
export function secondInput(job: JobSpec, node: NodeSpec): readonly number[] {
  if (!('firstInputs' in node.operator)) return [];
  const { firstInputs } = node.operator;
  return job.edges
    .filter((edge) => edge.to === node.id)
    .flatMap((edge, position) => (position < firstInputs ? [] : [edge.id]));
}

/** The in-edges whose elements every subtask sees. */
export function broadcastEdges(job: JobSpec, node: NodeSpec): readonly number[] {
  return 'states' in node.operator ? secondInput(job, node) : [];
}

export function hashInput(edge: EdgeSpec): HashInput {
  if (edge.partition.kind !== 'hash') {
    throw new Error(`edge ${edge.id} is partitioned by ${edge.partition.kind}, so what it carries has no key`);
  }
  return edge.partition;
}

/** Throws what the user's key function throws. */
export function keyOf(head: KeyedHead, edge: number, value: unknown): Key {
  const input = head.inputs.get(edge);
  if (input === undefined) throw new Error(`edge ${edge} does not end at '${head.uid}'`);
  const key = input.key(value);
  return { value: key, text: keyText(input.keyType, key) };
}
