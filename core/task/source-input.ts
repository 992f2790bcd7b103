/** Input of a source: records of its splits, and the watermarks of its generator. */
import { MAX_TIMESTAMP, MIN_TIMESTAMP, type Timestamp } from '../job/functions.ts';
import type { WatermarkSpec } from '../job/spec.ts';
import type { SplitState } from '../connectors/connector-state.ts';
import type { SourceOperator } from '../operators/source-operator.ts';
import { EngineBug } from '../errors.ts';
import { lookPeriodMs } from '../time/idleness.ts';
import type { Timer } from '../ports.ts';
import type { Mailbox } from './mailbox.ts';
import type { SourceLetter, TaskEnv } from './task-env.ts';
import type { TaskInput } from './task-input.ts';
import type { TaskOperators } from './task-operators.ts';

export class SourceInput implements TaskInput {
  readonly hasOvertaking = false;
  readonly isReplaying = false;
  readonly waitsFor = 'records or splits';
  readonly #env: TaskEnv;
  readonly #reader: SourceOperator;
  readonly #watermarks: WatermarkSpec;
  readonly #operators: TaskOperators;
  readonly #mailbox: Mailbox;
  #periodTimer: Timer | undefined;
  #alignmentTimer: Timer | undefined;
  /** The last status that was sent. */
  #idle = false;

  constructor(
    env: TaskEnv,
    reader: SourceOperator,
    watermarks: WatermarkSpec,
    operators: TaskOperators,
    mailbox: Mailbox,
  ) {
    this.#env = env;
    this.#reader = reader;
    this.#watermarks = watermarks;
    this.#operators = operators;
    this.#mailbox = mailbox;
  }

  get readable(): boolean {
    return !this.#operators.finished && (this.#reader.readable || this.#reader.finished);
  }

  open(): void {
    const { restore } = this.#env;
    if (restore.finished) return;
    this.#reader.addSplits(restore.splits, true);
    this.#announce();
    this.#armPeriod();
    this.#armAlignment();
  }

  read(): TaskInput {
    if (this.#operators.finished) return this;
    const record = this.#reader.take();
    this.#announce();
    if (record === undefined) {
      if (this.#reader.finished) this.#operators.finish(true);
      return this;
    }
    const { ports, task } = this.#env;
    const { split, offset, value, timestamp } = record;
    ports.probe.sourceRecord?.({ task, split, offset, value, timestamp });
    const side = this.#sideOf(timestamp);
    this.#operators.emit(value, timestamp, side);
    if (side === undefined) this.#reader.taken(record);
    else ports.probe.recordAhead?.({ task, split, timestamp });
    this.#reader.lookFurther();
    this.#announce();
    return this;
  }

  readOvertaking(): void {
    throw new EngineBug(`source ${this.#env.task.vertex} has no channels`);
  }

  onLetter(letter: SourceLetter): void {
    switch (letter.kind) {
      case 'add-splits':
        this.#reader.addSplits(letter.splits, false);
        this.#announce();
        return;
      case 'no-more-splits':
        this.#reader.noMoreSplits();
        return;
      case 'idle-arrived':
        if (this.#operators.finished) return;
        this.#reader.endIdleness();
        this.#announce();
        return;
      case 'watermark-period':
        this.#periodTimer = undefined;
        if (this.#operators.finished) return;
        this.#reader.onPeriod(this.#env.ports.clock.monotonic(), !this.#operators.outputs.hasRoom);
        this.#announce();
        this.#armPeriod();
        return;
      case 'alignment-period':
        this.#alignmentTimer = undefined;
        if (this.#operators.finished) return;
        this.#report();
        this.#armAlignment();
        return;
      case 'alignment-limit':
        this.#env.ports.probe.alignmentLimited?.({ task: this.#env.task, limit: letter.limit });
        this.#reader.limit(letter.limit);
    }
  }

  snapshot(): readonly SplitState[] {
    return this.#reader.snapshot();
  }

  close(): void {
    this.#periodTimer?.cancel();
    this.#alignmentTimer?.cancel();
    this.#reader.close();
  }

  /** What the splits have come to: that the source is active goes before its watermark, that it is idle after it. */
  #announce(): void {
    const { outputs } = this.#operators;
    const watermark = this.#reader.pollWatermark();
    const { idle } = this.#reader;
    if (!idle && this.#idle) outputs.sendStatus(false);
    outputs.sendWatermark(watermark);
    if (idle && !this.#idle) outputs.sendStatus(true);
    this.#idle = idle;
  }

  /** The side output for records that are too far ahead of the clock; undefined: this one is not. */
  #sideOf(timestamp: Timestamp): string | undefined {
    const { futureBound } = this.#watermarks;
    if (futureBound === undefined) return undefined;
    const { ports, task } = this.#env;
    const now = ports.clock.now();
    ports.probe.clockRead?.({ task, now });
    return timestamp > now + futureBound.maxAheadMs ? futureBound.output.tag : undefined;
  }

  /** To the group: where this reader stands, once it stands anywhere. */
  #report(): void {
    const { task, ports, report } = this.#env;
    const watermark = this.#idle ? MAX_TIMESTAMP : this.#reader.watermark;
    if (watermark === MIN_TIMESTAMP) return;
    ports.probe.alignmentReported?.({ task, watermark });
    report('watermarkReport', -1, { vertex: task.vertex, subtask: task.subtask, watermark });
  }

  #armAlignment(): void {
    const { alignment } = this.#watermarks;
    if (alignment === undefined) return;
    this.#alignmentTimer = this.#env.ports.clock.timer(alignment.updateIntervalMs, () => {
      this.#mailbox.post({ kind: 'alignment-period' });
    });
  }

  #armPeriod(): void {
    const periodMs = lookPeriodMs(this.#watermarks);
    if (periodMs === 0) return;
    this.#periodTimer = this.#env.ports.clock.timer(periodMs, () => {
      this.#mailbox.post({ kind: 'watermark-period' });
    });
  }
}
