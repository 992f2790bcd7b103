/**
 * A task of one keyed operator for tests of operators: a heap backend over all key groups, floors, and everything that
 * the operator says, written down. It drives records, watermarks and the clock as a task does, one turn after the other.
 */
import type { Timestamp } from '../../job/functions.ts';
import type { NodeSpec } from '../../job/spec.ts';
import type { TypeInfo } from '../../job/types.ts';
import type { Facts, FactKind, Probe, TaskId } from '../../facts.ts';
import type { KeyedStateBackend } from '../../state/backend.ts';
import { imageOf, type KeyedImage, restoreNow } from '../../state/testing/image.ts';
import { createHeapBackend } from '../../state/heap/heap-backend.ts';
import { Floors } from '../../time/floors.ts';
import type { KeyedOperator, OperatorHost } from '../operator.ts';
import { json } from '../../job/types.ts';
import { UserCode } from '../../user-code.ts';
import { UserCalls } from '../user-calls.ts';

const MAX_PARALLELISM = 4;
/** Tags that the tests use. */
const SIDES = ['side', 'late', 'other'].map((tag) => ({ tag, type: json }));
const RANGE = { start: 0, end: MAX_PARALLELISM - 1 };

export interface Emitted {
  /** Undefined: the main output. */
  readonly tag: string | undefined;
  readonly value: unknown;
  readonly timestamp: Timestamp | undefined;
}
export type StatedFact = { [K in FactKind]: readonly [K, Facts[K]] }[FactKind];

export class OperatorTask implements OperatorHost {
  readonly task: TaskId = { vertex: 'op', subtask: 0, attempt: 1 };
  readonly backend: KeyedStateBackend;
  readonly probe: Probe;
  readonly calls: UserCalls;
  readonly facts: StatedFact[] = [];
  readonly armed: Timestamp[] = [];
  /** The wall clock. */
  clock: Timestamp = 0;
  readonly #floors = new Floors(RANGE);
  readonly #operator: KeyedOperator;
  #emitted: Emitted[] = [];

  constructor(
    keyType: TypeInfo,
    make: (host: OperatorHost) => KeyedOperator,
    restored?: KeyedImage,
    outputs: Pick<NodeSpec, 'outType' | 'sideOutputs'> = { outType: json, sideOutputs: SIDES },
  ) {
    this.calls = new UserCalls({ uid: 'op', ...outputs }, new UserCode());
    const now = (): Timestamp => this.clock;
    this.backend = createHeapBackend({ range: RANGE, maxParallelism: MAX_PARALLELISM, keyType, now });
    this.probe = {
      windowAdded: (fact) => this.facts.push(['windowAdded', fact]),
      recordLate: (fact) => this.facts.push(['recordLate', fact]),
      recordUnassigned: (fact) => this.facts.push(['recordUnassigned', fact]),
      paneFired: (fact) => this.facts.push(['paneFired', fact]),
      stateCleaned: (fact) => this.facts.push(['stateCleaned', fact]),
      timerRegistered: (fact) => this.facts.push(['timerRegistered', fact]),
      timerDeleted: (fact) => this.facts.push(['timerDeleted', fact]),
    };
    this.#operator = make(this);
    if (restored !== undefined) this.#restore(restored);
    this.#operator.open({ uid: 'op', subtask: 0, parallelism: 1 });
  }

  /** One record; returns what it made the operator emit. */
  process(key: unknown, value: unknown, timestamp: Timestamp | undefined, input: 1 | 2 = 1): readonly Emitted[] {
    this.backend.setCurrentKey(key);
    this.calls.user.atRecord(value);
    this.#operator.processElement(value, timestamp, input);
    return this.#drain();
  }

  /** Anything else that the operator does, as one turn. */
  turn(body: () => void): readonly Emitted[] {
    body();
    return this.#drain();
  }

  /** The watermark rises; fires the event-time timers that are due. */
  advance(watermark: Timestamp): readonly Emitted[] {
    const { eligible } = this.#floors.advance(watermark);
    const timers = this.backend.timers('event');
    for (let timer = timers.poll(watermark, eligible); timer !== undefined; timer = timers.poll(watermark, eligible)) {
      this.backend.setCurrentKey(timer.key);
      this.#operator.onEventTimer(timer);
    }
    return this.#drain();
  }

  /** The wall clock moves on; fires the processing-time timers that are due. */
  tick(now: Timestamp): readonly Emitted[] {
    this.clock = now;
    const timers = this.backend.timers('processing');
    for (let timer = timers.poll(now - 1); timer !== undefined; timer = timers.poll(now - 1)) {
      this.backend.setCurrentKey(timer.key);
      this.#operator.onProcessingTimer(timer);
    }
    return this.#drain();
  }

  snapshot(): KeyedImage {
    return imageOf(this.backend.snapshot(this.#floors.effectiveRanges()));
  }

  close(): void {
    this.#operator.close();
  }

  #restore(image: KeyedImage): void {
    for (const { start, end, floor } of restoreNow(this.backend, [image])) {
      for (let g = start; g <= end; g++) this.#floors.restore(g, floor);
    }
  }

  #drain(): readonly Emitted[] {
    const emitted = this.#emitted;
    this.#emitted = [];
    return emitted;
  }

  // ---- OperatorHost

  effectiveWatermark(): Timestamp {
    return this.#floors.effective(this.backend.currentKeyGroup);
  }
  emit(value: unknown, timestamp: Timestamp | undefined): void {
    this.#emitted.push({ tag: undefined, value, timestamp });
  }
  emitSide(tag: string, value: unknown, timestamp: Timestamp | undefined): void {
    this.#emitted.push({ tag, value, timestamp });
  }
  now(): Timestamp {
    return this.clock;
  }
  random(n: number): number {
    return n - 1;
  }
  processingTimerRegistered(timestamp: Timestamp): void {
    this.armed.push(timestamp);
  }
}
