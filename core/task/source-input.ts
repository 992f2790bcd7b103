/** Input of a source: records of its splits, and the watermarks of its generator. */
import type { WatermarkSpec } from '../job/spec.ts';
import type { SplitState } from '../connectors/connector-state.ts';
import type { SourceOperator } from '../operators/source-operator.ts';
import { EngineBug } from '../errors.ts';
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
    this.#operators.outputs.sendWatermark(this.#reader.pollWatermark());
    this.#armPeriod();
  }

  read(): TaskInput {
    if (this.#operators.finished) return this;
    const record = this.#reader.take();
    if (record === undefined) {
      this.#finishSplits();
      return this;
    }
    const { ports, task } = this.#env;
    const { split, offset, value, timestamp } = record;
    ports.probe.sourceRecord?.({ task, split, offset, value, timestamp });
    this.#operators.emit(value, timestamp);
    this.#reader.taken(record);
    this.#operators.outputs.sendWatermark(this.#reader.pollWatermark());
    return this;
  }

  readOvertaking(): void {
    throw new EngineBug(`source ${this.#env.task.vertex} has no channels`);
  }

  onLetter(letter: SourceLetter): void {
    switch (letter.kind) {
      case 'add-splits':
        this.#reader.addSplits(letter.splits, false);
        return;
      case 'no-more-splits':
        this.#reader.noMoreSplits();
        return;
      case 'watermark-period':
        this.#periodTimer = undefined;
        if (this.#operators.finished) return;
        this.#reader.onPeriod();
        this.#operators.outputs.sendWatermark(this.#reader.pollWatermark());
        this.#armPeriod();
    }
  }

  snapshot(): readonly SplitState[] {
    return this.#reader.snapshot();
  }

  close(): void {
    this.#periodTimer?.cancel();
  }

  /** Nothing was there to take: splits may have come to their end, and with the last of them the source. */
  #finishSplits(): void {
    this.#reader.finishSplits();
    this.#operators.outputs.sendWatermark(this.#reader.pollWatermark());
    if (this.#reader.finished) this.#operators.finish(true);
  }

  #armPeriod(): void {
    const { generator } = this.#watermarks;
    if (generator.kind !== 'periodic') return;
    this.#periodTimer = this.#env.ports.clock.timer(generator.periodMs, () => {
      this.#mailbox.post({ kind: 'watermark-period' });
    });
  }
}
