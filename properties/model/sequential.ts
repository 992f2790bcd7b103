/**
 * A confluent job, run the plainest way there is: vertex by vertex, one instance for all keys, each input element once,
 * the watermark at MIN until the input is used up and then at MAX. So nothing is late and every pane fires once.
 * Elements keep the order of their split, splits follow one another, and so do the edges into one vertex.
 *
 * What depends on anything but the input is refused, not approximated: the clock, random draws, processing-time timers,
 * unbounded sources, broadcast state. That the job really is confluent is its author's declaration, which the laws test.
 */
import type { Timestamp } from '../../core/job/functions.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { nodeAt } from './chain.ts';
import { canonical } from './equal.ts';
import { createModel } from './model.ts';
import { EARLIEST, LATEST } from './time.ts';
import type { ModelTurn, ModelVertex, Tape } from './types.ts';

/** Canonical value -> how often. */
export type Multiset = ReadonlyMap<string, number>;

const EMPTY_TAPE: Tape = { clock: [], random: [], place: { attempt: 1, subtask: 0, parallelism: 1 } };

interface Element {
  readonly value: unknown;
  readonly timestamp: Timestamp | undefined;
}

/**
 * What every sink topic must hold in the end; topics that stay empty are there too.
 * @param topics topic -> partition -> records in order of offset.
 * @throws Error if the job is of a refused kind, if a source topic is missing, or if a user function throws.
 */
export function sequentialOutput(
  job: JobSpec,
  topics: Readonly<Record<string, readonly (readonly unknown[])[]>>,
): ReadonlyMap<string, Multiset> {
  const model = createModel(job);
  const edges = job.edges.map((): Element[] => []);
  const written = new Map<string, Map<string, number>>();
  const multisetOf = new Map<string, Map<string, number>>();
  for (const { uid, operator } of job.nodes) {
    if (operator.kind !== 'sink') continue;
    const { output: topic } = operator.sink;
    const multiset = written.get(topic) ?? new Map<string, number>();
    written.set(topic, multiset);
    multisetOf.set(uid, multiset);
  }
  const take = (turn: ModelTurn): void => {
    if (turn.mismatch !== undefined) throw new Error(`job '${job.name}' has no sequential output: ${turn.mismatch}`);
    for (const { edge, value, timestamp } of turn.sends) edges[edge]?.push({ value, timestamp });
    for (const { sink, value } of turn.sinkWrites) count(multisetOf.get(sink), value);
  };
  for (const vertex of model.vertices) {
    if (vertex.broadcast !== undefined) {
      throw new Error(
        `job '${job.name}' has no sequential output: at '${vertex.uid}' it depends on when broadcast elements come`,
      );
    }
    if (vertex.kind === 'source') readSource(job, vertex, topics, take);
    else if (vertex.kind === 'keyed') runKeyed(job, vertex, edges, take);
    else
      for (const [edge, element] of arrivals(vertex, edges))
        take(vertex.record(edge, element.value, element.timestamp));
  }
  return written;
}

function readSource(
  job: JobSpec,
  vertex: ModelVertex,
  topics: Readonly<Record<string, readonly (readonly unknown[])[]>>,
  take: (turn: ModelTurn) => void,
): void {
  const { operator } = nodeAt(job, vertex.nodes[0] ?? -1);
  if (operator.kind !== 'source') return;
  const { input: topic, bounded, startPosition } = operator.source;
  if (!bounded) throw new Error(`job '${job.name}' has no sequential output: source '${vertex.uid}' never ends`);
  const partitions = topics[topic];
  if (partitions === undefined) throw new Error(`no records given for topic '${topic}' of source '${vertex.uid}'`);
  for (const records of partitions) for (const value of records.slice(startPosition)) take(vertex.sourceRecord(value));
}

function runKeyed(
  job: JobSpec,
  vertex: ModelVertex,
  edges: readonly (readonly Element[])[],
  take: (turn: ModelTurn) => void,
): void {
  const instance = vertex.instance();
  for (const [edge, { value, timestamp }] of arrivals(vertex, edges)) {
    take(instance.record(edge, value, timestamp, EARLIEST, EMPTY_TAPE));
  }
  take(instance.advance(LATEST, EMPTY_TAPE));
  if (instance.content().timers.some((timer) => timer.domain === 'processing')) {
    throw new Error(`job '${job.name}' has no sequential output: '${vertex.uid}' waits for processing time`);
  }
}

function* arrivals(
  vertex: ModelVertex,
  edges: readonly (readonly Element[])[],
): Generator<readonly [number, Element], void> {
  for (const edge of vertex.inEdges) for (const element of edges[edge] ?? []) yield [edge, element];
}

function count(multiset: Map<string, number> | undefined, value: unknown): void {
  const text = canonical(value);
  multiset?.set(text, (multiset.get(text) ?? 0) + 1);
}
