/**
 * A confluent job, run the plainest way there is: vertex by vertex, one instance for all keys, each input element once,
 * the watermark at MIN until the input is used up and then at its end: MAX, or behind a source that never ends what the
 * newest records of its splits give. So nothing is late and every pane fires once.
 * Elements keep the order of their split, splits follow one another, and so do the edges into one vertex.
 *
 * What depends on anything but the input is refused, not approximated: the clock, random draws, processing-time timers,
 * broadcast state. A source that never ends has at most as many readers as splits. That the job really is confluent is its author's declaration, which the laws test.
 */
import type { Timestamp } from '../../core/job/functions.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { nodeAt } from './chain.ts';
import { canonical } from './equal.ts';
import { createModel } from './model.ts';
import { EARLIEST, LATEST } from './time.ts';
import type { FunctionLife, ModelTurn, ModelVertex, Tape } from './types.ts';

type Services = Readonly<Record<string, (request: unknown) => unknown>>;

/** Canonical value -> how often. */
export type Multiset = ReadonlyMap<string, number>;

const EMPTY_TAPE: Tape = { clock: [], random: [], cleaned: [], place: { attempt: 1, subtask: 0, parallelism: 1 } };

interface Element {
  readonly value: unknown;
  readonly timestamp: Timestamp | undefined;
}

/**
 * What every sink topic must hold in the end; topics that stay empty are there too.
 * @param topics topic -> partition -> records in order of offset.
 * @param services by name, what external services answer.
 * @param life how long function objects live; without hidden memory it makes no difference.
 * @throws Error if the job is of a refused kind, if a source topic is missing, or if a user function throws.
 */
export function sequentialOutput(
  job: JobSpec,
  topics: Readonly<Record<string, readonly (readonly unknown[])[]>>,
  life: FunctionLife = 'turn',
  services: Services = {},
): ReadonlyMap<string, Multiset> {
  const model = createModel(job, life);
  const edges = job.edges.map((): Element[] => []);
  /** By edge: the watermark at the end of the input. */
  const ends = job.edges.map((): Timestamp => LATEST);
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
    const asks = job.nodes.find(({ uid }) => uid === vertex.uid)?.operator.kind === 'asyncWait';
    if (vertex.broadcast !== undefined && !asks) {
      throw new Error(
        `job '${job.name}' has no sequential output: at '${vertex.uid}' it depends on when broadcast elements come`,
      );
    }
    const end =
      vertex.kind === 'source'
        ? readSource(job, vertex, topics, take)
        : Math.min(...vertex.inEdges.map((edge) => ends[edge] ?? LATEST));
    for (const { id, from } of job.edges) if (vertex.nodes.includes(from)) ends[id] = end;
    if (vertex.kind === 'source') continue;
    if (asks) runAsking(job, vertex, { edges, services }, take);
    else if (vertex.kind === 'keyed') runKeyed(job, vertex, { edges, end }, take);
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
): Timestamp {
  const { operator } = nodeAt(job, vertex.nodes[0] ?? -1);
  const { generator } = vertex;
  if (operator.kind !== 'source' || generator === undefined) return LATEST;
  if (operator.watermarks.futureBound !== undefined) {
    throw new Error(`job '${job.name}' has no sequential output: '${vertex.uid}' sorts records out by the clock`);
  }
  const { input: topic, bounded, startPosition } = operator.source;
  const partitions = topics[topic];
  if (partitions === undefined) throw new Error(`no records given for topic '${topic}' of source '${vertex.uid}'`);
  let end = LATEST;
  for (const records of partitions) {
    let maxTimestamp = EARLIEST;
    let own = generator.start();
    for (const value of records.slice(startPosition)) {
      const turn = vertex.sourceRecord(value, EMPTY_TAPE);
      maxTimestamp = Math.max(maxTimestamp, turn.timestamp);
      own = generator.next(own, value, turn.timestamp);
      take(turn);
    }
    end = Math.min(end, generator.earned({ maxTimestamp, own }));
  }
  return bounded ? LATEST : end;
}

function runKeyed(
  job: JobSpec,
  vertex: ModelVertex,
  { edges, end }: { readonly edges: readonly (readonly Element[])[]; readonly end: Timestamp },
  take: (turn: ModelTurn) => void,
): void {
  const instance = vertex.instance();
  for (const [edge, { value, timestamp }] of arrivals(vertex, edges)) {
    take(instance.record(edge, value, timestamp, EARLIEST, EMPTY_TAPE));
  }
  take(instance.advance(end, EMPTY_TAPE));
  if (instance.content().timers.some((timer) => timer.domain === 'processing')) {
    throw new Error(`job '${job.name}' has no sequential output: '${vertex.uid}' waits for processing time`);
  }
}

/** Each element is answered at once. */
function runAsking(
  job: JobSpec,
  vertex: ModelVertex,
  { edges, services }: { readonly edges: readonly (readonly Element[])[]; readonly services: Services },
  take: (turn: ModelTurn) => void,
): void {
  const { operator } = nodeAt(job, vertex.nodes[0] ?? -1);
  const answer = operator.kind === 'asyncWait' ? services[operator.service.name] : undefined;
  const instance = vertex.broadcast?.();
  if (answer === undefined || instance?.async === undefined)
    throw new Error(`job '${job.name}' has no sequential output: '${vertex.uid}' asks a service that is not there`);
  for (const [edge, { value, timestamp }] of arrivals(vertex, edges)) {
    const asked = instance.record(edge, value, timestamp, EMPTY_TAPE, () => []);
    take(asked);
    for (const { element, request } of asked.requests) {
      instance.async.answered(element, 1, 'answered', answer(request));
      take(instance.async.completed(element, 'answer', EMPTY_TAPE));
    }
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
