/**
 * Which operators run as one vertex, and what an element does on its way through them.
 *
 * The rule is that of `core/job/spec.ts`: an edge is inside a chain iff it is `forward`, its ends declare the same
 * parallelism and max parallelism, the receiver has no other input and is neither keyed, a source, an operator of two
 * inputs, nor a process function, nor one that asks a service. So a chain is a
 * tree with one way from its head to every member, and the order of effects per edge and per sink does not depend on
 * the order in which an operator's outputs are served.
 * Left out: what a head with state does itself (`process.ts`, `reduce.ts`, `window.ts`, `broadcast.ts`).
 */
import type { Timestamp } from '../../core/job/functions.ts';
import type { EdgeSpec, Erased, JobSpec, NodeSpec } from '../../core/job/spec.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import type { TurnLog } from './turn.ts';

export interface Chain {
  readonly head: NodeSpec;
  readonly nodes: readonly NodeSpec[];
  readonly inEdges: readonly EdgeSpec[];
  readonly outEdges: readonly EdgeSpec[];
}

export function isKeyed(node: NodeSpec): boolean {
  const { kind } = node.operator;
  return (
    kind === 'process' ||
    kind === 'reduce' ||
    kind === 'window' ||
    kind === 'coProcess' ||
    kind === 'keyedBroadcast' ||
    kind === 'intervalJoin'
  );
}

/** In topological order: an edge between chains always ends at a head with a larger id than both its sender and that one's head. */
export function chainsOf(job: JobSpec): readonly Chain[] {
  const headOf: NodeSpec[] = [];
  for (const node of job.nodes) {
    const inner = job.edges.find((edge) => edge.to === node.id && staysInChain(job, edge));
    headOf.push((inner === undefined ? undefined : headOf[inner.from]) ?? node);
  }
  const chainHead = (node: number) => headOf[node];
  return job.nodes
    .filter((node) => chainHead(node.id) === node)
    .map((head) => ({
      head,
      nodes: job.nodes.filter((node) => chainHead(node.id) === head),
      inEdges: job.edges.filter((edge) => edge.to === head.id),
      outEdges: job.edges.filter((edge) => chainHead(edge.from) === head && chainHead(edge.to) !== head),
    }));
}

export function nodeAt(job: JobSpec, id: number): NodeSpec {
  const node = job.nodes[id];
  if (node === undefined) throw new Error(`job '${job.name}' has no node ${id}`);
  return node;
}

function staysInChain(job: JobSpec, edge: EdgeSpec): boolean {
  const from = nodeAt(job, edge.from);
  const to = nodeAt(job, edge.to);
  return (
    edge.partition.kind === 'forward' &&
    from.parallelism === to.parallelism &&
    from.maxParallelism === to.maxParallelism &&
    !isKeyed(to) &&
    to.operator.kind !== 'source' &&
    to.operator.kind !== 'broadcast' &&
    to.operator.kind !== 'plainProcess' &&
    to.operator.kind !== 'asyncWait' &&
    job.edges.every((other) => other === edge || other.to !== edge.to)
  );
}

/** Takes one element and writes down all that follows from it within the chain. */
export type Emit = (turn: TurnLog, value: unknown, timestamp: Timestamp | undefined) => void;

/** Of an output of the node; undefined: it has no side output of that name. */
export function outTypeOf({ outType, sideOutputs }: NodeSpec, tag: string | undefined): TypeInfo | undefined {
  return tag === undefined ? outType : sideOutputs.find((output) => output.tag === tag)?.type;
}

/** What an element does that `node` emits: main output (`tag` undefined) or the side output of that name. */
export function outputOf(job: JobSpec, node: NodeSpec, tag: string | undefined): Emit {
  const targets = job.edges
    .filter((edge) => edge.from === node.id && edge.tag === tag)
    .map((edge) => (staysInChain(job, edge) ? inputOf(job, nodeAt(job, edge.to)) : sendOn(edge.id)));
  const type = outTypeOf(node, tag);
  const [first, ...others] = targets;
  return (turn, value, timestamp) => {
    if (turn.strict && type !== undefined) turn.takes(type, value);
    first?.(turn, value, timestamp);
    for (let i = 0; i < others.length; i++) {
      const target = others[i];
      target?.(turn, value, timestamp);
    }
  };
}

/** The outputs of every tag of the node, also of those that no edge reads: what goes there is discarded. */
export function sideOutputsOf(job: JobSpec, node: NodeSpec): ReadonlyMap<string, Emit> {
  const outputs = new Map<string, Emit>();
  const read = job.edges.filter(({ from }) => from === node.id);
  for (const { tag } of [...node.sideOutputs, ...read])
    if (tag !== undefined && !outputs.has(tag)) outputs.set(tag, outputOf(job, node, tag));
  return outputs;
}

function sendOn(edge: number): Emit {
  return (turn, value, timestamp) => turn.send(edge, value, timestamp);
}

/** As a plain function, not as a method of the job's data. */
function call<R>(fn: Erased<R>, value: unknown): R {
  return fn(value);
}

/** What an element does that comes to a node without key. */
export function inputOf(job: JobSpec, node: NodeSpec): Emit {
  const { operator, uid } = node;
  const next = outputOf(job, node, undefined);
  switch (operator.kind) {
    case 'map':
      return (turn, value, timestamp) => {
        turn.operator = uid;
        next(turn, call(operator.fn, value), timestamp);
      };
    case 'filter':
      return (turn, value, timestamp) => {
        turn.operator = uid;
        if (call(operator.fn, value)) next(turn, value, timestamp);
      };
    case 'flatMap':
      return (turn, value, timestamp) => {
        turn.operator = uid;
        for (const item of call(operator.fn, value)) {
          next(turn, item, timestamp);
          turn.operator = uid; // the iterable may be a generator of the user's, which runs on between two items
        }
      };
    case 'sink':
      return (turn, value) => turn.write(uid, value);
    case 'source':
    case 'process':
    case 'reduce':
    case 'window':
    case 'coProcess':
    case 'intervalJoin':
    case 'keyedBroadcast':
    case 'broadcast':
    case 'plainProcess':
    case 'asyncWait':
      throw new Error(`operator '${uid}' of kind ${operator.kind} takes no plain element`);
  }
}
