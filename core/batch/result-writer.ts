/**
 * Writes what a task of a stage sends: the other end of its output channels.
 *
 *   channel -> bytes of the part -> [full parts] -> object store, one after the other
 *                                        '- more than a few wait: no credit, so the task waits, too
 *
 * Watermarks and statuses are dropped: a stage is read when it is complete, and its end is the only watermark.
 */
import { writeElement } from '../channels/elements.ts';
import type { Buffer } from '../channels/elements.ts';
import type { OutputChannel } from '../channels/output-channel.ts';
import { EngineBug } from '../errors.ts';
import type { Probe, TaskId } from '../facts.ts';
import type { ObjectStore } from '../ports.ts';
import { writeObject } from '../state/object-io.ts';
import { bytesOf, ByteWriter } from '../values/bytes.ts';
import type { TypeSerializer } from '../values/serializers.ts';
import { type Coroutine, Deferred, type Scope } from '../waiting.ts';
import { partName, type PartitionResult } from './results.ts';

/** Buffers that a channel may send before the first is taken; taking is immediate while few parts wait. */
const CREDITS = 2;
/** Full parts that may wait for the store before the task does. */
const PARTS_WAITING_MAX = 2;

export interface ResultWriterEnv {
  readonly job: string;
  readonly task: TaskId;
  readonly probe: Probe;
  readonly objects: ObjectStore;
  /** The coroutine that writes lives in it: an error of it fails the task. */
  readonly scope: Scope;
  readonly partBytes: number;
  readonly typeOf: (edge: number) => TypeSerializer<unknown>;
  /** A channel may have room again. */
  readonly wake: () => void;
}

interface Partition {
  readonly channel: OutputChannel;
  readonly type: TypeSerializer<unknown>;
  readonly out: ByteWriter;
  /** In `out`. */
  open: number;
  records: number;
  parts: number;
  ended: boolean;
  /** Credits that the channel gets when fewer parts wait. */
  owed: number;
}

interface FullPart {
  readonly partition: Partition;
  readonly name: string;
  readonly part: number;
  readonly bytes: Uint8Array;
}

export class ResultWriter {
  readonly #env: ResultWriterEnv;
  readonly #partitions: readonly Partition[];
  readonly #full: FullPart[] = [];
  #writing = false;
  #idle: Deferred<void> | undefined;

  constructor(channels: readonly OutputChannel[], env: ResultWriterEnv) {
    this.#env = env;
    this.#partitions = channels.map((channel) => ({
      channel,
      type: env.typeOf(channel.id.edge),
      out: new ByteWriter(),
      open: 0,
      records: 0,
      parts: 0,
      ended: false,
      owed: 0,
    }));
  }

  /** From here on the channels send. */
  open(): void {
    for (const partition of this.#partitions) {
      const deliver = (buffer: Buffer): void => {
        this.#take(partition, buffer);
      };
      partition.channel.connect({ deliver }, CREDITS);
    }
  }

  /** Once the ends have been sent on all channels: until everything is in the store. What there is then. */
  *finish(): Coroutine<readonly PartitionResult[]> {
    for (;;) {
      if (this.#isDone) break;
      this.#idle = new Deferred<void>('its results to be written');
      yield* this.#idle;
    }
    return this.#partitions.map(({ channel: { id }, parts, records }) => {
      const { edge, attempt, sender, receiver } = id;
      return { edge, attempt, sender, receiver, parts, records };
    });
  }

  get #isDone(): boolean {
    return !this.#writing && this.#full.length === 0 && this.#partitions.every(({ ended }) => ended);
  }

  #take(partition: Partition, { elements }: Buffer): void {
    let isData = false;
    for (const element of elements) {
      switch (element.kind) {
        case 'record':
          writeElement(element, partition.type, partition.out);
          partition.open++;
          partition.records++;
          isData = true;
          break;
        case 'watermark':
        case 'status':
          isData = true;
          break;
        case 'end-of-data':
          this.#seal(partition);
          partition.ended = true;
          this.#settle();
          return;
        default:
          throw new EngineBug(`a ${element.kind} in the result of a stage`);
      }
    }
    if (partition.out.length >= this.#env.partBytes) this.#seal(partition);
    if (!isData) return;
    if (this.#full.length <= PARTS_WAITING_MAX) partition.channel.addCredit(1);
    else partition.owed++;
  }

  /** The open part is full. */
  #seal(partition: Partition): void {
    if (partition.open === 0) return;
    const records = partition.out.take();
    const count = partition.open;
    partition.open = 0;
    const bytes = bytesOf((out) => {
      out.varint(count);
      out.raw(records);
    });
    const part = partition.parts++;
    this.#full.push({ partition, part, bytes, name: partName(this.#env.job, partition.channel.id, part) });
    if (this.#writing) return;
    this.#writing = true;
    this.#env.scope.spawn('results', this.#write());
  }

  *#write(): Coroutine<void> {
    const { objects, probe, task } = this.#env;
    for (let next = this.#full.shift(); next !== undefined; next = this.#full.shift()) {
      yield* writeObject(objects, next.name, next.bytes);
      probe.resultPartWritten?.({ task, channel: next.partition.channel.id, part: next.part });
      this.#payCredits();
    }
    this.#writing = false;
    this.#settle();
  }

  #payCredits(): void {
    if (this.#full.length > PARTS_WAITING_MAX) return;
    for (const partition of this.#partitions) {
      const { owed } = partition;
      partition.owed = 0;
      if (owed > 0) partition.channel.addCredit(owed);
    }
    this.#env.wake();
  }

  #settle(): void {
    const idle = this.#idle;
    if (idle === undefined || !this.#isDone) return;
    this.#idle = undefined;
    idle.resolve();
  }
}
