/**
 * The head of a source task (Flink: `SourceOperator`): takes records from the readers of its splits in turn, assigns event
 * time, and keeps the watermarks of the splits. The position of a split is the reader's, its generator state is ours.
 *
 * With a timeout for idleness it looks at its splits from time to time. A split is quiet only while its reader has nothing to
 * read: a source is never idle while there is an unread record, so one that arrives ends idleness before it is read. A reader
 * that has no split is idle after the same time (SEMANTICS V9).
 */
import { MAX_TIMESTAMP, type Timestamp } from '../job/functions.ts';
import type { Erased, WatermarkSpec } from '../job/spec.ts';
import type { ConnectorPorts } from '../connectors/connector.ts';
import { type SplitState, splitOf } from '../connectors/connector-state.ts';
import { SplitGenerator } from './split-generator.ts';
import type { Source, SourceSplit, SplitReader } from '../connectors/source.ts';
import { assert } from '../errors.ts';
import type { UserCode } from '../user-code.ts';
import { deepFreeze } from '../values/freeze.ts';
import { showValue } from '../values/show.ts';
import type { Probe, TaskId } from '../facts.ts';
import { IdleTimer } from '../time/idleness.ts';
import { SourceWatermarks, type SplitWatermarks } from '../time/watermark-generators.ts';
import type { Pending, Scope } from '../waiting.ts';

export interface SourceOperatorEnv {
  readonly task: TaskId;
  readonly probe: Probe;
  readonly ports: ConnectorPorts;
  /** Scope of the task: its readers' coroutines live here. */
  readonly scope: Scope;
  readonly fetchMaxRecords: number;
  /** Whether a restored split stands where it stood (SEMANTICS W6). */
  readonly keepsWatermarks: boolean;
  readonly user: UserCode;
  /** Something to take has arrived, or a split has ended. */
  readonly wake: () => void;
  /** The same at a split that is idle: call `endIdleness` in a step, whether the outputs have room or not. */
  readonly idleArrived: () => void;
}

export interface TakenRecord {
  readonly split: string;
  /** Its position in the split. */
  readonly offset: number;
  readonly value: unknown;
  readonly timestamp: Timestamp;
}

interface ReadSplit {
  readonly id: string;
  readonly reader: SplitReader<unknown, SourceSplit>;
  readonly watermarks: SplitWatermarks;
  /** Undefined: it is never idle. */
  readonly idleTimer: IdleTimer | undefined;
  /**
   *   ready      `poll` may have something
   *   waiting    it had nothing; `available` says when to ask again
   *   released   it has nothing any more
   */
  state: 'ready' | 'waiting' | 'released';
}

export class SourceOperator {
  readonly #source: Source;
  readonly #timestampOf: Erased<Timestamp>;
  readonly #env: SourceOperatorEnv;
  readonly #idleTimeoutMs: number | undefined;
  readonly #generator: SplitGenerator;
  readonly #watermarks: SourceWatermarks;
  readonly #splits: ReadSplit[] = [];
  /** Of the time in which there is no split to read; undefined: the reader is not idle for that. */
  readonly #vacancy: IdleTimer | undefined;
  #next = 0;
  #noMoreSplits = false;
  /** The split of the last record, until it is looked at. */
  #given: ReadSplit | undefined;
  #closed = false;
  /** Splits whose watermark is above it are paused (SEMANTICS J2). */
  #limit: Timestamp = MAX_TIMESTAMP;

  constructor(source: Source, watermarks: WatermarkSpec, env: SourceOperatorEnv) {
    this.#source = source;
    this.#timestampOf = watermarks.timestamp;
    this.#env = env;
    this.#idleTimeoutMs = watermarks.idleTimeoutMs;
    this.#vacancy = this.#idleTimer();
    this.#generator = new SplitGenerator(watermarks.generator, env.task.vertex, env.user);
    this.#watermarks = new SourceWatermarks(
      this.#generator.spec,
      (split, watermark) => {
        env.probe.watermarkGenerated?.({ task: env.task, split, watermark });
      },
      (split, idle) => {
        env.probe.splitStatus?.({ task: env.task, split, idle });
      },
    );
  }

  /** All splits that arrive together, so that no restored watermark runs ahead of the others. */
  addSplits(states: readonly SplitState[], restored: boolean): void {
    const { task, probe, ports, scope, fetchMaxRecords, keepsWatermarks } = this.#env;
    for (const state of states) {
      const split = splitOf(this.#source, state);
      const { id } = split;
      assert(!this.#splits.some((other) => other.id === id), () => `split ${id} was given to the same reader twice`);
      probe.splitAdded?.({ task, split: id, offset: split.position, restored });
      this.#splits.push({
        id,
        watermarks: this.#watermarks.add(id, keepsWatermarks ? this.#generator.restored(state) : undefined),
        idleTimer: this.#idleTimer(),
        reader: this.#source.createReader(split, { ports, scope, fetchMaxRecords }),
        state: 'ready',
      });
    }
    this.#env.wake();
  }

  noMoreSplits(): void {
    this.#noMoreSplits = true;
    this.#env.wake();
  }

  /** The next record; undefined if nothing is there now. Moves the split's position behind it. */
  take(): TakenRecord | undefined {
    const count = this.#splits.length;
    const first = this.#next;
    for (let i = 0; i < count; i++) {
      const at = (first + i) % count;
      const split = this.#splits[at];
      if (split?.state !== 'ready' || this.#isPaused(split)) continue;
      const polled = split.reader.poll();
      if (polled === 'end') this.#release(split);
      else if (polled === 'nothing') this.#await(split, split.reader.available());
      else {
        this.#next = (at + 1) % count;
        this.#given = split;
        // The input may come before the letter that says so.
        split.watermarks.setIdle(false);
        const { position, value } = polled;
        return { split: split.id, offset: position, value, timestamp: this.#timestampAt(split.id, position, value) };
      }
    }
    return undefined;
  }

  /** Behind `take`: a split that has given all that it had waits, without a step that finds nothing. */
  lookFurther(): void {
    const split = this.#given;
    this.#given = undefined;
    if (split?.state !== 'ready' || this.#isPaused(split)) return;
    const available = split.reader.available();
    if (!available.settled) this.#await(split, available);
  }

  /** The task has ended: whatever comes now is nobody's. */
  close(): void {
    this.#closed = true;
  }

  /** After the record has been emitted: its event time counts for the split's watermark. */
  taken(record: TakenRecord): void {
    const split = this.#splits.find(({ id }) => id === record.split);
    assert(split !== undefined, () => `reader has no split ${record.split}`);
    split.watermarks.onRecord(record.timestamp, record.value);
  }

  /** `take` may have a record, or a split to release. */
  get readable(): boolean {
    const splits = this.#splits;
    for (let i = 0; i < splits.length; i++) {
      const split = splits[i];
      if (split?.state === 'ready' && !this.#isPaused(split)) return true;
    }
    return false;
  }

  /** The group's limit has changed: splits above it wait, others may be read again. */
  limit(limit: Timestamp): void {
    this.#limit = limit;
    this.#env.wake();
  }

  /** The watermark that the reader has said last; MIN before. */
  get watermark(): Timestamp {
    return this.#watermarks.combined;
  }

  /** Every split has been assigned and read to its end. */
  get finished(): boolean {
    return this.#noMoreSplits && this.#splits.every(({ state }) => state === 'released');
  }

  /**
   * A look at the splits, at this time of the monotonic clock: which are idle, then what the periodic generators of the others
   * emit. `heldUp`: the task cannot read now, which is not the splits' doing.
   */
  onPeriod(nowMs: number, heldUp: boolean): void {
    for (const split of this.#splits) {
      const { idleTimer, state, watermarks } = split;
      if (idleTimer === undefined || state === 'released') continue;
      if (state === 'ready') idleTimer.activity();
      if (idleTimer.isIdle(nowMs, heldUp || this.#isPaused(split))) watermarks.setIdle(true);
    }
    if (this.#vacancy !== undefined) {
      if (!this.#watermarks.isEmpty) this.#vacancy.activity();
      if (this.#vacancy.isIdle(nowMs, heldUp)) this.#watermarks.vacate();
      this.#env.probe.splitsLooked?.({ task: this.#env.task, heldUp });
    }
    this.#watermarks.onPeriod();
  }

  /** Splits that are idle and have something to read are active again. */
  endIdleness(): void {
    for (const { state, watermarks } of this.#splits) if (state === 'ready') watermarks.setIdle(false);
  }

  /** All its splits are idle, or it has had none for the timeout; as of the last `pollWatermark`. */
  get idle(): boolean {
    return this.#watermarks.idle;
  }

  /** The task's watermark, if it rose since the last call. */
  pollWatermark(): Timestamp | undefined {
    return this.#watermarks.poll();
  }

  snapshot(): SplitState[] {
    const { splitSerializer } = this.#source;
    return this.#splits.map(({ reader, watermarks }) => ({
      version: splitSerializer.version,
      split: splitSerializer.serialize(reader.snapshot()),
      ...this.#generator.snapshot(watermarks.state()),
    }));
  }

  #idleTimer(): IdleTimer | undefined {
    return this.#idleTimeoutMs === undefined ? undefined : new IdleTimer(this.#idleTimeoutMs);
  }

  #isPaused({ watermarks }: ReadSplit): boolean {
    return watermarks.lastWatermark > this.#limit;
  }

  #await(split: ReadSplit, available: Pending<void>): void {
    const { probe, task, wake, idleArrived } = this.#env;
    const { id, idleTimer } = split;
    split.state = 'waiting';
    if (idleTimer !== undefined) probe.splitDrained?.({ task, split: id });
    available.onSettled(() => {
      if (this.#closed) return;
      split.state = 'ready';
      idleTimer?.activity();
      if (idleTimer !== undefined) probe.splitArrived?.({ task, split: id });
      if (split.watermarks.idle) idleArrived();
      wake();
    });
  }

  /** It has been read to its end. */
  #release(split: ReadSplit): void {
    split.state = 'released';
    this.#vacancy?.activity();
    const { position } = split.reader.snapshot();
    this.#env.probe.splitFinished?.({ task: this.#env.task, split: split.id, offset: position });
    split.watermarks.finish();
  }

  /** Of a record, which is frozen here. */
  #timestampAt(split: string, position: number, value: unknown): Timestamp {
    const { user, task } = this.#env;
    const where = 'watermarks.timestamp';
    let timestamp: unknown;
    deepFreeze(value);
    user.atRecord(value);
    user.enter(task.vertex);
    try {
      timestamp = this.#timestampOf(value);
    } catch (error) {
      throw user.thrown(error, task.vertex, where);
    }
    user.leave();
    if (typeof timestamp === 'number' && Number.isSafeInteger(timestamp)) return timestamp;
    throw (
      user.promised(timestamp, where, task.vertex) ??
      user.fault(
        'bad-result',
        `${where} returned ${showValue(timestamp)} for ${split}@${position}; it must return whole milliseconds`,
        task.vertex,
      )
    );
  }
}
