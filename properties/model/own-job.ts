/**
 * The model's own copy of a job. Where the job can be recorded anew (`JobSpec.rebuild`), the copy's functions are others
 * than the engine's, and are exchanged from time to time for new ones: what hides in a closure is gone then, as what hides
 * in a function object is at each call (`functions.ts`), and the model soon does something else than the engine.
 *
 * The model reads the functions of the copy at each call and never keeps one. What is no function stays as it is.
 * Left out: memory of a module, which every copy shares.
 */
import type { EdgeSpec, JobSpec, NodeSpec, OperatorSpec, PartitionSpec } from '../../core/job/spec.ts';

export class OwnJob {
  readonly job: JobSpec;
  readonly #rebuild: (() => JobSpec) | undefined;

  constructor(job: JobSpec) {
    this.#rebuild = job.rebuild;
    this.job = { ...job, nodes: job.nodes.map(ownNode), edges: job.edges.map(ownEdge) };
  }

  /** Takes the functions of these operators, and of the edges into them, from the job recorded anew; keeps those it has if that gives another job, or throws. */
  renew(isDue: (node: NodeSpec) => boolean = () => true): void {
    const fresh = this.#recorded();
    if (fresh === undefined) return;
    for (const node of this.job.nodes) {
      const other = fresh.nodes[node.id]?.operator;
      if (other !== undefined && isDue(node)) takeFunctions(node.operator, other);
    }
    for (const { id, to, partition } of this.job.edges) {
      const receiver = this.job.nodes[to];
      const other = fresh.edges[id]?.partition;
      if (receiver === undefined || !isDue(receiver)) continue;
      if (partition.kind === 'hash' && other?.kind === 'hash') Object.assign(partition, { key: other.key });
      if (partition.kind === 'custom' && other?.kind === 'custom')
        Object.assign(partition, { partition: other.partition });
    }
  }

  #recorded(): JobSpec | undefined {
    try {
      const fresh = this.#rebuild?.();
      const { nodes, edges } = this.job;
      if (fresh?.nodes.length !== nodes.length || fresh.edges.length !== edges.length) return undefined;
      return nodes.every(({ id, operator }) => fresh.nodes[id]?.operator.kind === operator.kind) ? fresh : undefined;
    } catch {
      return undefined;
    }
  }
}

function ownNode(node: NodeSpec): NodeSpec {
  const { operator } = node;
  if (operator.kind === 'source') return { ...node, operator: { ...operator, watermarks: { ...operator.watermarks } } };
  if (operator.kind === 'window') return { ...node, operator: { ...operator, fold: { ...operator.fold } } };
  return { ...node, operator: { ...operator } };
}

function ownEdge(edge: EdgeSpec): EdgeSpec {
  const partition: PartitionSpec = { ...edge.partition };
  return { ...edge, partition };
}

function takeFunctions(own: OperatorSpec, other: OperatorSpec): void {
  if ('create' in own && 'create' in other) Object.assign(own, { create: other.create });
  if ('fn' in own && 'fn' in other) Object.assign(own, { fn: other.fn });
  if (own.kind === 'source' && other.kind === 'source') {
    Object.assign(own.watermarks, { timestamp: other.watermarks.timestamp, generator: other.watermarks.generator });
  }
  if (own.kind === 'window' && other.kind === 'window') {
    if (own.fold.kind === other.fold.kind) Object.assign(own.fold, { fn: other.fold.fn });
    Object.assign(own, { emit: other.emit });
  }
}
