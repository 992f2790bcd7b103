/**
 * The logical graph made chained and parallel: which operators run in one task, how many subtasks each chain has, and
 * which edges cross between tasks. A vertex is a chain; its name is the uid of its head.
 *
 * ```
 *   JobSpec   source -f-> map -h-> window -f-> sink       f forward, h hash
 *   vertices  [source, map]  --h-->  [window, sink]       chained edges: source-map, window-sink
 * ```
 *
 * A vertex has as many key groups as its head declares. Where that declares none and restores keyed state, it has as many as the
 * state (SEMANTICS U1), else the default of its parallelism. What is chained behind it declares the same, so it never has others.
 *
 * An operator joins the chain of its input iff that is its only edge, the edge is forward, both declare the same
 * parallelism and max parallelism (so that rescaling the job never changes the chains), and it is neither keyed nor a
 * source nor an operator of two inputs nor a process function. A chain is a tree: two operators may follow the same one. Slots and placement are the cluster's business.
 */
import type { EdgeSpec, JobSpec, NodeSpec } from '../job/spec.ts';
import { assert, JobError } from '../errors.ts';
import { defaultMaxParallelism } from './key-groups.ts';

export interface PhysicalVertex {
  /** uid of the head of the chain. */
  readonly uid: string;
  /** Head first, in topological order. */
  readonly nodes: readonly NodeSpec[];
  /** Edges from other vertices; all of them end at the head. In order of id. */
  readonly inEdges: readonly EdgeSpec[];
  /** Edges to other vertices, from any node of the chain. In order of id. */
  readonly outEdges: readonly EdgeSpec[];
  /** Edges inside the chain. In order of id. */
  readonly chainedEdges: readonly EdgeSpec[];
  /** The head is keyed: state and timers belong to key groups. */
  readonly keyed: boolean;
  /** Number of subtasks, in [1, maxParallelism]. */
  readonly parallelism: number;
  readonly maxParallelism: number;
}

export interface PhysicalGraph {
  readonly job: JobSpec;
  /** In topological order. */
  readonly vertices: readonly PhysicalVertex[];
  /** By the uid of its head. */
  vertex(uid: string): PhysicalVertex;
  /** The vertex that runs a node. */
  vertexOf(node: number): PhysicalVertex;
  /** The vertices at the two ends of an edge; the same one for an edge inside a chain. */
  sender(edge: EdgeSpec): PhysicalVertex;
  receiver(edge: EdgeSpec): PhysicalVertex;
}

/** Subtasks of the operators of a job in one attempt. */
export interface Scale {
  /** Of the operators that declare none and are not named, >= 1. */
  readonly parallelism: number;
  /** By the uid of a chain's head, whatever the operator declares. */
  readonly vertices: ReadonlyMap<string, number>;
}
/** Numbers of key groups, by the uid of a keyed operator. */
export type KeyGroupNumbers = ReadonlyMap<string, number>;
const NONE: ReadonlyMap<string, number> = new Map();

/**
 * Graphs of a job by what they are made of. Every attempt asks for one, and each of its task managers for the same again; a job
 * and its graphs do not change.
 */
const known = new WeakMap<JobSpec, Map<string, PhysicalGraph>>();

/**
 * @param parallelism of the operators that declare none, >= 1.
 * @param scaled parallelism of single vertices, see `Scale`.
 * @param stored key groups of the state that is restored; what an operator declares comes first.
 * @throws JobError if an operator would have more subtasks than key groups, or a forward edge joins chains of different
 * parallelism.
 */
export function physicalGraph(
  job: JobSpec,
  parallelism: number,
  scaled: Scale['vertices'] = NONE,
  stored: KeyGroupNumbers = NONE,
): PhysicalGraph {
  let graphs = known.get(job);
  if (graphs === undefined) known.set(job, (graphs = new Map<string, PhysicalGraph>()));
  const parts = `${parallelism} ${textOf(scaled)} ${textOf(stored)}`;
  let graph = graphs.get(parts);
  if (graph === undefined) graphs.set(parts, (graph = builtGraph(job, parallelism, scaled, stored)));
  return graph;
}

function textOf(numbers: ReadonlyMap<string, number>): string {
  return numbers.size === 0 ? '' : JSON.stringify([...numbers]);
}

function builtGraph(
  job: JobSpec,
  parallelism: number,
  scaled: Scale['vertices'],
  stored: KeyGroupNumbers,
): PhysicalGraph {
  if (!Number.isInteger(parallelism) || parallelism < 1) {
    throw new JobError(`job "${job.name}": its parallelism is ${parallelism}; set a whole number >= 1`);
  }
  const heads = chainHeads(job);
  const chains = new Map<number, NodeSpec[]>();
  for (const node of job.nodes) {
    const head = heads[node.id] ?? node.id;
    const chain = chains.get(head);
    if (chain === undefined) chains.set(head, [node]);
    else chain.push(node);
  }
  const vertices = [...chains.values()].map((nodes) =>
    vertexOfChain(job, nodes, heads, { parallelism, vertices: scaled }, stored),
  );
  const graph = new Graph(job, vertices);
  for (const edge of job.edges) checkForward(graph, edge);
  return graph;
}

/** Node id -> id of its chain's head. Inputs have smaller ids, so one pass is enough. */
function chainHeads(job: JobSpec): readonly number[] {
  const inputs: EdgeSpec[][] = job.nodes.map(() => []);
  for (const edge of job.edges) inputs[edge.to]?.push(edge);
  const heads: number[] = [];
  for (const node of job.nodes) {
    const [edge, ...others] = inputs[node.id] ?? [];
    const from = edge === undefined ? undefined : job.nodes[edge.from];
    const chained =
      edge?.partition.kind === 'forward' && others.length === 0 && from !== undefined && canFollow(from, node);
    heads.push(chained ? (heads[from.id] ?? from.id) : node.id);
  }
  return heads;
}

function canFollow(from: NodeSpec, node: NodeSpec): boolean {
  return (
    !isKeyed(node) &&
    node.operator.kind !== 'source' &&
    node.operator.kind !== 'broadcast' &&
    node.operator.kind !== 'plainProcess' &&
    node.operator.kind !== 'asyncWait' &&
    node.parallelism === from.parallelism &&
    node.maxParallelism === from.maxParallelism
  );
}

function isKeyed(node: NodeSpec): boolean {
  switch (node.operator.kind) {
    case 'process':
    case 'reduce':
    case 'window':
    case 'coProcess':
    case 'intervalJoin':
    case 'keyedBroadcast':
      return true;
    case 'source':
    case 'map':
    case 'flatMap':
    case 'filter':
    case 'broadcast':
    case 'plainProcess':
    case 'asyncWait':
    case 'sink':
      return false;
  }
}

function vertexOfChain(
  job: JobSpec,
  nodes: readonly NodeSpec[],
  heads: readonly number[],
  scale: Scale,
  stored: KeyGroupNumbers,
): PhysicalVertex {
  const head = nodes[0];
  assert(head !== undefined, () => 'a chain without operators');
  const parallelism = scale.vertices.get(head.uid) ?? head.parallelism ?? scale.parallelism;
  const ofState = head.maxParallelism === undefined && isKeyed(head) ? stored.get(head.uid) : undefined;
  const maxParallelism = head.maxParallelism ?? ofState ?? defaultMaxParallelism(parallelism);
  if (parallelism > maxParallelism) {
    const whose = ofState === undefined ? '' : ', which it declares nowhere and has from its state';
    throw new JobError(
      `job "${job.name}", operator "${head.uid}": parallelism ${parallelism} is above its max parallelism ${maxParallelism}${whose}; ` +
        'lower the one, or start afresh with a higher other (key groups cannot be redistributed)',
    );
  }
  const leaves = (edge: EdgeSpec): boolean => heads[edge.from] === head.id;
  const enters = (edge: EdgeSpec): boolean => heads[edge.to] === head.id;
  return {
    uid: head.uid,
    nodes,
    inEdges: job.edges.filter((edge) => enters(edge) && !leaves(edge)),
    outEdges: job.edges.filter((edge) => leaves(edge) && !enters(edge)),
    chainedEdges: job.edges.filter((edge) => enters(edge) && leaves(edge)),
    keyed: isKeyed(head),
    parallelism,
    maxParallelism,
  };
}

/** Of the keyed operators that declare none: what a checkpoint of this graph fixes for all that is restored from it. */
export function undeclaredKeyGroups({ vertices }: PhysicalGraph): KeyGroupNumbers {
  const undeclared = vertices.filter(({ keyed, nodes }) => keyed && nodes[0]?.maxParallelism === undefined);
  return new Map(undeclared.map(({ uid, maxParallelism }) => [uid, maxParallelism]));
}

/** Those of them that do not follow from the job and its parallelism: whoever builds the same graph has to be told. */
export function adoptedKeyGroups(graph: PhysicalGraph): KeyGroupNumbers {
  return new Map(
    [...undeclaredKeyGroups(graph)].filter(
      ([uid, number]) => number !== defaultMaxParallelism(graph.vertex(uid).parallelism),
    ),
  );
}

class Graph implements PhysicalGraph {
  readonly job: JobSpec;
  readonly vertices: readonly PhysicalVertex[];
  readonly #byUid: ReadonlyMap<string, PhysicalVertex>;
  readonly #byNode: ReadonlyMap<number, PhysicalVertex>;

  constructor(job: JobSpec, vertices: readonly PhysicalVertex[]) {
    this.job = job;
    this.vertices = vertices;
    this.#byUid = new Map(vertices.map((vertex) => [vertex.uid, vertex]));
    this.#byNode = new Map(vertices.flatMap((vertex) => vertex.nodes.map((node) => [node.id, vertex] as const)));
  }

  vertex(uid: string): PhysicalVertex {
    const vertex = this.#byUid.get(uid);
    assert(vertex !== undefined, () => `job "${this.job.name}" has no vertex "${uid}"`);
    return vertex;
  }

  vertexOf(node: number): PhysicalVertex {
    const vertex = this.#byNode.get(node);
    assert(vertex !== undefined, () => `job "${this.job.name}" has no node ${node}`);
    return vertex;
  }

  sender(edge: EdgeSpec): PhysicalVertex {
    return this.vertexOf(edge.from);
  }

  receiver(edge: EdgeSpec): PhysicalVertex {
    return this.vertexOf(edge.to);
  }
}

/**
 * The scale with another parallelism of one vertex, and of those that forward edges join to it: they have one parallelism.
 *
 * @param uid of the operator at the head of the chain.
 * @param inForce see `undeclaredKeyGroups`.
 * @throws JobError if there is no such vertex, or it would have more subtasks than key groups.
 */
export function rescaled(
  job: JobSpec,
  scale: Scale,
  uid: string,
  parallelism: number,
  inForce: KeyGroupNumbers = NONE,
): Scale {
  const graph = physicalGraph(job, scale.parallelism, scale.vertices, inForce);
  if (!Number.isInteger(parallelism) || parallelism < 1)
    throw new JobError(
      `job "${job.name}", operator "${uid}": its parallelism is ${parallelism}; set a whole number >= 1`,
    );
  if (!graph.vertices.some((vertex) => vertex.uid === uid))
    throw new JobError(`job "${job.name}" has no operator "${uid}" at the head of a chain, so it cannot be rescaled`);
  const joined = new Set([uid]);
  // A set that grows is visited to its end.
  for (const one of joined) {
    for (const edge of job.edges) {
      if (edge.partition.kind !== 'forward') continue;
      const [from, to] = [graph.sender(edge).uid, graph.receiver(edge).uid];
      if (from === one) joined.add(to);
      if (to === one) joined.add(from);
    }
  }
  const vertices = new Map(scale.vertices);
  for (const one of joined) vertices.set(one, parallelism);
  physicalGraph(job, scale.parallelism, vertices, inForce);
  return { ...scale, vertices };
}

/** `defineJob` makes a rebalance edge of it when the declared parallelism differs; a job made by hand may not have. */
function checkForward(graph: PhysicalGraph, edge: EdgeSpec): void {
  if (edge.partition.kind !== 'forward') return;
  const from = graph.sender(edge);
  const to = graph.receiver(edge);
  if (from.parallelism === to.parallelism) return;
  throw new JobError(
    `job "${graph.job.name}": the edge from "${from.uid}" (parallelism ${from.parallelism}) to "${to.uid}" (${to.parallelism}) is ` +
      'forward, which joins subtask to subtask; make it rebalance, or set the same parallelism',
  );
}
