/**
 * Input of a task of a stage, from the results of finished ones (SEMANTICS E3).
 *
 *   without key   part by part, in order of (edge, sender); the broadcast side first
 *   keyed         the broadcast side as it is, then everything else sorted by (key, timestamp, edge, sender, position): a key
 *                 after the other, and each has its end
 *
 * A source has splits, as in streaming, and no watermarks but the last one.
 */
import { ExternalSort } from '../batch/external-sort.ts';
import { readPart } from '../batch/results.ts';
import type { SortEntry } from '../batch/sorted-run.ts';
import type { RecordElement } from '../channels/elements.ts';
import type { SplitState } from '../connectors/connector-state.ts';
import { assert, EngineBug } from '../errors.ts';
import type { ChannelId } from '../facts.ts';
import { keyOfEdge } from '../graph/key-functions.ts';
import { MAX_TIMESTAMP } from '../job/functions.ts';
import type { WatermarkSpec } from '../job/spec.ts';
import { ByteReader, ByteWriter, compareBytes } from '../values/bytes.ts';
import { sortDirectory, taskPrefix } from '../state/host-files.ts';
import { serializerOf, type TypeSerializer } from '../values/serializers.ts';
import { type Coroutine, Deferred, type Scope } from '../waiting.ts';
import { type ReadPartition, readPartitions } from './batch-wiring.ts';
import type { Mailbox } from './mailbox.ts';
import { SourceInput } from './source-input.ts';
import type { BatchTaskEnv, SourceLetter } from './task-env.ts';
import type { TaskInput } from './task-input.ts';
import type { TaskOperators } from './task-operators.ts';
import { sourceOf } from './task-wiring.ts';

/** Sorted records that are taken from the sort at once. */
const SORTED_AT_ONCE = 64;

/** A record, and the key's bytes if it comes sorted. */
interface Taken {
  readonly channel: ChannelId;
  readonly element: RecordElement;
  readonly key: Uint8Array | undefined;
}

export function batchInputOf(env: BatchTaskEnv, scope: Scope, mailbox: Mailbox, operators: TaskOperators): TaskInput {
  const head = env.vertex.nodes[0]?.operator;
  if (head?.kind !== 'source') return new BatchInput(env, scope, mailbox, operators);
  const watermarks = withoutWatermarks(head.watermarks);
  const reader = sourceOf(env, { kind: 'source', source: head.source, watermarks }, operators.user, scope, mailbox);
  return new SourceInput(env, reader, watermarks, operators, mailbox);
}

/** No idleness, no alignment; records that are too far ahead of the clock still go to their side output. */
function withoutWatermarks({ timestamp, futureBound }: WatermarkSpec): WatermarkSpec {
  const generator = { kind: 'none' } as const;
  return futureBound === undefined ? { timestamp, generator } : { timestamp, generator, futureBound };
}

class BatchInput implements TaskInput {
  readonly hasOvertaking = false;
  readonly isReplaying = false;
  readonly #env: BatchTaskEnv;
  readonly #scope: Scope;
  readonly #mailbox: Mailbox;
  readonly #operators: TaskOperators;
  readonly #sort: ExternalSort;
  #taken: readonly Taken[] = [];
  #at = 0;
  /** Everything has been taken. */
  #ended = false;
  /** Of the record before. */
  #key: Uint8Array | undefined;
  /** Settles when all that was offered has been taken. */
  #consumed: Deferred<void> | undefined;

  constructor(env: BatchTaskEnv, scope: Scope, mailbox: Mailbox, operators: TaskOperators) {
    this.#env = env;
    this.#scope = scope;
    this.#mailbox = mailbox;
    this.#operators = operators;
    const { ports, job, task, config } = env;
    this.#sort = new ExternalSort({
      disk: ports.disk,
      prefix: `${sortDirectory(job.name)}/${taskPrefix(task)}.`,
      memoryBytes: config.sortMemoryBytes,
      spilled: (records) => ports.probe.sortSpilled?.({ task, records }),
      merged: (runs) => ports.probe.sortMerged?.({ task, runs }),
    });
  }

  get readable(): boolean {
    return this.#at < this.#taken.length || this.#ended;
  }

  get waitsFor(): string {
    return 'results of finished stages';
  }

  open(): void {
    this.#scope.spawn('input', this.#read());
  }

  /** One record, or the end of a key, or of everything. */
  read(): TaskInput {
    const next = this.#taken[this.#at];
    if (next === undefined && !this.#ended) return this;
    const endsKey = this.#key !== undefined && (next?.key === undefined || compareBytes(this.#key, next.key) !== 0);
    if (endsKey) {
      this.#key = undefined;
      this.#operators.endKey();
      return this;
    }
    if (next === undefined) {
      this.#operators.advance(MAX_TIMESTAMP);
      this.#operators.finish(false);
      return this;
    }
    this.#at++;
    this.#key = next.key;
    this.#operators.process(next.channel, next.element);
    if (this.#at === this.#taken.length) this.#consumed?.resolve();
    return this;
  }

  readOvertaking(): void {
    throw new EngineBug(`${this.#env.task.vertex} has no channels`);
  }

  onLetter({ kind }: SourceLetter): void {
    throw new EngineBug(`a ${kind} letter for ${this.#env.task.vertex}, which is no source`);
  }

  snapshot(): readonly SplitState[] {
    return [];
  }

  close(): void {
    this.#sort.close();
  }

  // ---- what is offered to the steps, in order

  *#read(): Coroutine<void> {
    const { job, vertex, inputs, ports } = this.#env;
    const { plain, sorted } = readPartitions(job, vertex, inputs);
    for (const { result, channel, type } of plain) {
      for (let part = 0; part < result.parts; part++) {
        const records = yield* readPart(ports.objects, job.name, result, part, type);
        yield* this.#offer(records.map((element) => ({ channel, element, key: undefined })));
      }
    }
    if (sorted.length > 0) yield* this.#readSorted(sorted);
    this.#ended = true;
    this.#mailbox.wake();
  }

  *#readSorted(partitions: readonly ReadPartition[]): Coroutine<void> {
    for (const partition of partitions) yield* this.#load(partition);
    yield* this.#sort.finish();
    const by = new Map(partitions.map((one) => [`${one.channel.edge}/${one.channel.sender}`, one]));
    for (;;) {
      const entries = yield* this.#sort.next(SORTED_AT_ONCE);
      if (entries.length === 0) return;
      yield* this.#offer(entries.map((entry) => takenOf(entry, by)));
    }
  }

  /** Into the sort. */
  *#load({ result, edge, channel, type }: ReadPartition): Coroutine<void> {
    const { job, ports, task } = this.#env;
    assert(edge.partition.kind === 'hash', () => `edge ${edge.id} into ${task.vertex} is not keyed`);
    const keyOf = keyOfEdge(edge.partition, this.#operators.user, task.vertex);
    const keyType: TypeSerializer<unknown> = serializerOf(edge.partition.keyType);
    const out = new ByteWriter();
    const { sender } = channel;
    for (let part = 0; part < result.parts; part++) {
      for (const { value, timestamp, seq } of yield* readPart(ports.objects, job.name, result, part, type)) {
        keyType.write(keyOf.once(value), out);
        const key = out.take();
        type.write(value, out);
        if (this.#sort.add({ key, timestamp, edge: edge.id, sender, seq, value: out.take() }))
          yield* this.#sort.spill();
      }
    }
  }

  /** Until the steps have taken them. */
  *#offer(records: readonly Taken[]): Coroutine<void> {
    if (records.length === 0) return;
    this.#taken = records;
    this.#at = 0;
    this.#consumed = new Deferred<void>('its records to be processed');
    this.#mailbox.wake();
    yield* this.#consumed;
  }
}

function takenOf(
  { key, timestamp, edge, sender, seq, value }: SortEntry,
  partitions: ReadonlyMap<string, ReadPartition>,
): Taken {
  const from = partitions.get(`${edge}/${sender}`);
  assert(from !== undefined, () => `a sorted record of edge ${edge} from subtask ${sender}, which is no input`);
  const element: RecordElement = { kind: 'record', value: from.type.read(new ByteReader(value)), timestamp, seq };
  return { channel: from.channel, element, key };
}
