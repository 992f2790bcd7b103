/**
 * The head of a source task (Flink: `SourceOperator`): takes records from the readers of its splits in turn, assigns event
 * time, and keeps the watermarks of the splits. The position of a split is the reader's, its generator state is ours.
 */
import type { Timestamp } from '../job/functions.ts';
import type { Erased, WatermarkSpec } from '../job/spec.ts';
import type { ConnectorPorts } from '../connectors/connector.ts';
import { type SplitState, splitOf } from '../connectors/connector-state.ts';
import type { Source, SourceSplit, SplitReader } from '../connectors/source.ts';
import { assert } from '../errors.ts';
import { isThenable, type UserCode } from '../user-code.ts';
import { deepFreeze } from '../values/freeze.ts';
import { showValue } from '../values/show.ts';
import type { Probe, TaskId } from '../facts.ts';
import { SourceWatermarks, type SplitWatermarks } from '../time/watermark-generators.ts';
import type { Scope } from '../waiting.ts';

export interface SourceOperatorEnv {
  readonly task: TaskId;
  readonly probe: Probe;
  readonly ports: ConnectorPorts;
  /** Scope of the task: its readers' coroutines live here. */
  readonly scope: Scope;
  readonly fetchMaxRecords: number;
  readonly user: UserCode;
  /** Something to take has arrived, or a split has ended. */
  readonly wake: () => void;
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
  /**
   *   ready     `poll` may have something
   *   waiting   it had nothing; `available` says when to ask again
   *   ended     it has nothing any more; to be released
   */
  state: 'ready' | 'waiting' | 'ended' | 'released';
}

export class SourceOperator {
  readonly #source: Source;
  readonly #timestampOf: Erased<Timestamp>;
  readonly #env: SourceOperatorEnv;
  readonly #watermarks: SourceWatermarks;
  readonly #splits: ReadSplit[] = [];
  #next = 0;
  #noMoreSplits = false;

  constructor(source: Source, watermarks: WatermarkSpec, env: SourceOperatorEnv) {
    this.#source = source;
    this.#timestampOf = watermarks.timestamp;
    this.#env = env;
    this.#watermarks = new SourceWatermarks(watermarks.generator, (split, watermark) => {
      env.probe.watermarkGenerated?.({ task: env.task, split, watermark });
    });
  }

  /** All splits that arrive together, so that no restored watermark runs ahead of the others. */
  addSplits(states: readonly SplitState[], restored: boolean): void {
    const { task, probe, ports, scope, fetchMaxRecords } = this.#env;
    for (const state of states) {
      const split = splitOf(this.#source, state);
      const { id } = split;
      assert(!this.#splits.some((other) => other.id === id), () => `split ${id} was given to the same reader twice`);
      probe.splitAdded?.({ task, split: id, offset: split.position, restored });
      this.#splits.push({
        id,
        watermarks: this.#watermarks.add(id, state),
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
      if (split?.state !== 'ready') continue;
      const polled = split.reader.poll();
      if (polled === 'end') split.state = 'ended';
      else if (polled === 'nothing') this.#await(split);
      else {
        this.#next = (at + 1) % count;
        return { split: split.id, offset: polled.position, ...this.#timed(split.id, polled.position, polled.value) };
      }
    }
    return undefined;
  }

  /** After the record has been emitted: its event time counts for the split's watermark. */
  taken(record: TakenRecord): void {
    const split = this.#splits.find(({ id }) => id === record.split);
    assert(split !== undefined, () => `reader has no split ${record.split}`);
    split.watermarks.onRecord(record.timestamp);
  }

  /** `take` may have a record, or `finishSplits` a split to release. */
  get readable(): boolean {
    return this.#splits.some(({ state }) => state === 'ready' || state === 'ended');
  }

  /** Releases splits that have been read to their end; call when nothing was there to take. */
  finishSplits(): void {
    for (const split of this.#splits) {
      if (split.state !== 'ended') continue;
      split.state = 'released';
      const { position } = split.reader.snapshot();
      this.#env.probe.splitFinished?.({ task: this.#env.task, split: split.id, offset: position });
      split.watermarks.finish();
    }
  }

  /** Every split has been assigned and read to its end. */
  get finished(): boolean {
    return this.#noMoreSplits && this.#splits.every(({ state }) => state === 'released');
  }

  onPeriod(): void {
    this.#watermarks.onPeriod();
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
      maxTimestamp: watermarks.maxTimestamp,
      lastWatermark: watermarks.lastWatermark,
    }));
  }

  #await(split: ReadSplit): void {
    split.state = 'waiting';
    split.reader.available().onSettled(() => {
      split.state = 'ready';
      this.#env.wake();
    });
  }

  #timed(split: string, position: number, value: unknown): Pick<TakenRecord, 'value' | 'timestamp'> {
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
    if (typeof timestamp === 'number' && Number.isSafeInteger(timestamp)) return { value, timestamp };
    throw user.fault(
      isThenable(timestamp) ? 'async' : 'bad-result',
      `${where} returned ${showValue(timestamp)} for ${split}@${position}; it must return whole milliseconds`,
      task.vertex,
    );
  }
}
