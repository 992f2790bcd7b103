/**
 * What a job makes of a checkpoint that another version of it, or another job, has taken (SEMANTICS U4, U6; Flink:
 * `StateAssignmentOperation`). Operators are matched by uid, wherever they run: at the head of a task or chained. Pure.
 *
 *   state of                        is taken by
 *   keyed, operator, broadcast,
 *   splits                          the operator of this uid, which must have such state, too
 *   committables                    the vertex that runs the sink of this uid now, which must still commit
 *   in-flight data                  the same exchange: between the same operators, by the same partitioning, of the same type
 *   anything else                   nothing: a `JobError`, or dropped if the job allows non-restored state
 *
 * Operators that the checkpoint does not know start empty. In-flight data is never dropped: its records would be lost.
 */
import { JobError } from '../../errors.ts';
import type { PhysicalGraph, PhysicalVertex } from '../../graph/physical.ts';
import type { EdgeSpec, JobSpec, NodeSpec } from '../../job/spec.ts';
import { ByteReader, bytesOf } from '../../values/bytes.ts';
import { compatibilityOf, typeText } from '../../values/evolution.ts';
import { readType, writeType } from '../../values/serializers.ts';
import {
  type CheckpointMetadata,
  emptySubtask,
  type Exchange,
  renamed,
  type SubtaskSnapshot,
  type VertexSnapshot,
  withPending,
  withSubtasks,
  withVertices,
} from '../storage/metadata.ts';

/** Begins the message of a job that cannot start from a checkpoint because of data that was in flight. */
export const IN_FLIGHT_NOT_RESTORABLE = 'InFlightDataNotRestorable';

/**
 * The checkpoint as the job restores it.
 *
 * @throws JobError that names the operator: it has state in the checkpoint and none of this kind in the job, or in-flight data
 * for an exchange that the job does not have.
 */
export function fittedTo(
  graph: PhysicalGraph,
  metadata: CheckpointMetadata,
  allowNonRestoredState = false,
): CheckpointMetadata {
  const edges = edgesOf(graph, metadata);
  const homes = sinkHomes(graph);
  const vertices = new Map<string, VertexSnapshot>();
  for (const vertex of metadata.vertices) {
    const lost = lostOf(graph, vertex);
    if (lost !== undefined && !allowNonRestoredState) throw notRestored(graph.job, metadata, vertex.uid, lost);
    const kept = lost === undefined ? vertex : withoutState(vertex);
    const fitted = withSubtasks(kept, (subtask) =>
      withPending(
        subtask,
        subtask.pending.filter(({ sink }) => homes.get(sink) === vertex.uid),
        subtask.channelState.map((handle) => renamed(handle, edges.get(handle.edge) ?? handle.edge, handle.object)),
      ),
    );
    vertices.set(vertex.uid, fitted);
  }
  for (const vertex of metadata.vertices) {
    vertex.subtasks.forEach(({ pending }, subtask) => {
      for (const committable of pending) {
        const home = homes.get(committable.sink);
        if (home === vertex.uid) continue;
        if (home !== undefined) moveTo(vertices, home, vertex, subtask, committable);
        else if (!allowNonRestoredState) throw notRestored(graph.job, metadata, committable.sink, 'committables');
      }
    });
  }
  for (const { edge, vertex } of metadata.exchanges) keepSenders(graph, vertices, vertex, edges.get(edge) ?? -1);
  return withVertices(metadata, [...vertices.values()]);
}

/** Old channels name the sender's subtasks: how many there were must be known of the vertex that runs the sender now. */
function keepSenders(graph: PhysicalGraph, vertices: Map<string, VertexSnapshot>, before: string, edge: number): void {
  const spec = graph.job.edges[edge];
  const old = vertices.get(before);
  if (spec === undefined || old === undefined) return;
  const { uid, maxParallelism } = graph.sender(spec);
  if (vertices.has(uid)) return;
  const subtasks = old.subtasks.map(() => emptySubtask(false));
  vertices.set(uid, { uid, parallelism: old.parallelism, maxParallelism, subtasks });
}

/** By uid of the sink: the vertex that runs it. Of sinks that commit: another one would pass over what is prepared. */
function sinkHomes(graph: PhysicalGraph): ReadonlyMap<string, string> {
  const homes = new Map<string, string>();
  for (const { uid, nodes } of graph.vertices)
    for (const { uid: sink, operator } of nodes)
      if (operator.kind === 'sink' && operator.sink.delivery === 'exactly-once') homes.set(sink, uid);
  return homes;
}

/** The committable of an old subtask, to the vertex that its sink has moved to: at the same place there. */
function moveTo(
  vertices: Map<string, VertexSnapshot>,
  home: string,
  from: VertexSnapshot,
  subtask: number,
  committable: SubtaskSnapshot['pending'][number],
): void {
  const { parallelism, maxParallelism } = from;
  const known = vertices.get(home) ?? { uid: home, parallelism, maxParallelism, subtasks: [] };
  const count = Math.max(known.subtasks.length, subtask + 1);
  const subtasks = Array.from({ length: count }, (_, i) => {
    const before = known.subtasks[i] ?? emptySubtask(false);
    return i === subtask ? withPending(before, [...before.pending, committable]) : before;
  });
  vertices.set(home, {
    uid: home,
    parallelism: Math.max(known.parallelism, count),
    maxParallelism: known.maxParallelism,
    subtasks,
  });
}

/** In words, what of the state of the vertex its operator cannot have in this job; undefined: it can have all of it. */
function lostOf(graph: PhysicalGraph, { uid, subtasks }: VertexSnapshot): string | undefined {
  const vertex = graph.vertices.find((candidate) => candidate.uid === uid);
  const operator = vertex?.nodes[0]?.operator.kind;
  const has = (part: (subtask: SubtaskSnapshot) => boolean): boolean => subtasks.some(part);
  if (vertex?.keyed !== true && has(({ keyed }) => keyed.length > 0)) return 'keyed state';
  if (operator !== 'source' && has(({ splits }) => splits.length > 0)) return 'splits';
  const isPlain = operator === 'broadcast' || operator === 'plainProcess';
  const isBroadcast = isPlain || operator === 'keyedBroadcast';
  if (!isBroadcast && has(({ broadcast }) => broadcast !== null)) return 'broadcast state';
  if (!isPlain && operator !== 'asyncWait' && has(({ operatorState }) => operatorState.length > 0))
    return 'operator state';
  return undefined;
}

/** In-flight data that it has sent is the receivers'. */
function withoutState(vertex: VertexSnapshot): VertexSnapshot {
  return withSubtasks(vertex, ({ checksums, pending, channelState, inline, finished, ended }) => ({
    keyed: [],
    checksums,
    splits: [],
    pending,
    broadcast: null,
    operatorState: [],
    channelState,
    inline,
    finished,
    ended,
  }));
}

function notRestored(
  { name, nodes }: JobSpec,
  { checkpoint }: CheckpointMetadata,
  uid: string,
  what: string,
): JobError {
  const is = nodes.some((node) => node.uid === uid)
    ? `which in job "${name}" has none of the kind`
    : `which job "${name}" does not have`;
  return new JobError(
    `checkpoint ${checkpoint} has state of operator ${uid} (${what}), ${is}; give the operator back its uid, or allow ` +
      'non-restored state to start without it',
  );
}

// ---- exchanges

/** What is written beside in-flight data, so that a job with other edges finds its own. */
export function exchangesOf(graph: PhysicalGraph, edges: Iterable<number>): readonly Exchange[] {
  return [...new Set(edges)]
    .sort((a, b) => a - b)
    .flatMap((id) => {
      const edge = graph.job.edges[id];
      return edge === undefined ? [] : [exchangeOf(graph, edge)];
    });
}

function exchangeOf(graph: PhysicalGraph, edge: EdgeSpec): Exchange {
  const { nodes, edges } = graph.job;
  const alike = edges.filter((other) => other.from === edge.from && other.to === edge.to && other.tag === edge.tag);
  return {
    edge: edge.id,
    vertex: graph.sender(edge).uid,
    from: uidOf(nodes, edge.from),
    to: uidOf(nodes, edge.to),
    tag: edge.tag ?? null,
    nth: alike.indexOf(edge),
    partition: edge.partition.kind,
    type: bytesOf((out) => {
      writeType(edge.type, out);
    }),
  };
}

function uidOf(nodes: readonly NodeSpec[], id: number): string {
  return nodes[id]?.uid ?? '';
}

/** By id of an edge of the job that took the checkpoint: the same one of this job. */
function edgesOf(graph: PhysicalGraph, { checkpoint, exchanges }: CheckpointMetadata): ReadonlyMap<number, number> {
  if (exchanges.length === 0) return new Map();
  const own = exchangesOf(
    graph,
    graph.job.edges.map(({ id }) => id),
  );
  return new Map(
    exchanges.map((exchange) => {
      const same = own.find((one) => isSame(one, exchange));
      const why =
        same === undefined
          ? 'which the job does not have'
          : whyOther(exchange, same, graph.receiver(edgeOf(graph, same)));
      if (same !== undefined && why === undefined) return [exchange.edge, same.edge];
      throw new JobError(
        `${IN_FLIGHT_NOT_RESTORABLE}: checkpoint ${checkpoint} has in-flight data between operators ${exchange.from} and ${exchange.to}, ${why}; start this ` +
          'version of the job from a savepoint, which has no in-flight data',
      );
    }),
  );
}

function edgeOf(graph: PhysicalGraph, { edge }: Exchange): EdgeSpec {
  const spec = graph.job.edges[edge];
  if (spec === undefined) throw new JobError(`the job has no edge ${edge}`);
  return spec;
}

function isSame(a: Exchange, b: Exchange): boolean {
  return a.from === b.from && a.to === b.to && a.tag === b.tag && a.nth === b.nth;
}

function whyOther(before: Exchange, now: Exchange, receiver: PhysicalVertex): string | undefined {
  if (receiver.uid !== now.to) return 'which run in one task now';
  if (before.partition !== now.partition) return `which was ${before.partition} and is ${now.partition} now`;
  const [written, declared] = [before.type, now.type].map((bytes) => readType(new ByteReader(bytes)));
  if (written === undefined || declared === undefined || compatibilityOf(written, declared).kind === 'as-is')
    return undefined;
  return `whose records were ${typeText(written)} and are ${typeText(declared)} now`;
}
