/**
 * The model's own copy of a job. Where the job can be recorded anew (`JobSpec.rebuild`), the copy's functions are others
 * than the engine's, and are exchanged from time to time for new ones: what hides in a closure is gone then, as what hides
 * in a function object is at each call (`functions.ts`), and the model soon does something else than the engine.
 *
 * The model reads the functions of the copy at each call and never keeps one. What is no function stays as it is.
 * Left out: memory of a module, which every copy shares.
 */
import type {
  EdgeSpec,
  JobSpec,
  NodeSpec,
  OperatorSpec,
  PartitionSpec,
  TriggerSpec,
  WindowSpec,
} from '../../core/job/spec.ts';

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
      if (partition.kind === 'hash' && other?.kind === 'hash') setKey(partition, other.key);
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
  if (operator.kind === 'window') {
    const { fold, assigner, trigger, evictor } = operator;
    const own = { fold: { ...fold }, assigner: { ...assigner }, trigger: ownTrigger(trigger) };
    return { ...node, operator: { ...operator, ...own, evictor: evictor === undefined ? undefined : { ...evictor } } };
  }
  return { ...node, operator: { ...operator } };
}

function ownTrigger(trigger: TriggerSpec): TriggerSpec {
  return trigger.kind === 'purging' ? { ...trigger, of: ownTrigger(trigger.of) } : { ...trigger };
}

function ownEdge(edge: EdgeSpec): EdgeSpec {
  const partition: PartitionSpec = { ...edge.partition };
  return { ...edge, partition };
}

// Those that every renewal sets, of nearly all operators.
function setKey(own: { key: unknown }, key: unknown): void {
  own.key = key;
}
function setCreate(own: { create?: unknown }, create: unknown): void {
  own.create = create;
}
function setFn(own: { fn: unknown }, fn: unknown): void {
  own.fn = fn;
}

function takeFunctions(own: OperatorSpec, other: OperatorSpec): void {
  if ('create' in own && 'create' in other) setCreate(own, other.create);
  if ('fn' in own && 'fn' in other) setFn(own, other.fn);
  if (own.kind === 'source' && other.kind === 'source') {
    Object.assign(own.watermarks, { timestamp: other.watermarks.timestamp, generator: other.watermarks.generator });
  }
  if (own.kind === 'window' && other.kind === 'window') takeWindowFunctions(own, other);
}

function takeWindowFunctions(own: WindowSpec, other: WindowSpec): void {
  Object.assign(own, { emit: other.emit });
  if ('fn' in own.fold && 'fn' in other.fold) setFn(own.fold, other.fold.fn);
  takeMethods(own.assigner, other.assigner, ['gap', 'assign']);
  takeMethods(own.evictor, other.evictor, ['delta']);
  takeTrigger(own.trigger, other.trigger);
}

function takeTrigger(own: TriggerSpec, other: TriggerSpec): void {
  if (own.kind === 'purging' && other.kind === 'purging') takeTrigger(own.of, other.of);
  else takeMethods(own, other, ['create', 'delta']);
}

/** Those that both have. */
function takeMethods(own: object | undefined, other: object | undefined, names: readonly string[]): void {
  if (own === undefined || other === undefined) return;
  for (const name of names) {
    const fresh: unknown = Reflect.get(other, name);
    if (typeof fresh === 'function' && typeof Reflect.get(own, name) === 'function')
      Object.assign(own, { [name]: fresh });
  }
}
