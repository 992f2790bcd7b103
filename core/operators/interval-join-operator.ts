/**
 * The interval join (SEMANTICS J1; Flink: `IntervalJoinOperator`): each element waits in the buffer of its side until no
 * partner in time can come any more, and meets the partners that wait already.
 *
 *     element at t    late (t < watermark): its late output, or dropped
 *                     else   into its buffer;  a pair with each element of the other buffer within the bounds;  timer at cleanUp(t)
 *     timer at c      what has c as its clean-up time leaves, from both buffers
 *
 *                     partners of t            cleanUp(t)
 *     left            [t + lower, t + upper]   t + max(0, upper)
 *     right           [t - upper, t - lower]   t + max(0, -lower)
 *
 * Flink has a namespace for the timers of each side. One timer for both does the same: what is to go at c goes at c.
 */
import type { JoinContext, ProcessJoinFunction } from '../job/join-functions.ts';
import { MAX_TIMESTAMP, type OpenContext, type Timestamp } from '../job/functions.ts';
import type { IntervalJoinSpec } from '../job/spec.ts';
import { int64, list, type TypeInfo } from '../job/types.ts';
import { assert, EngineBug } from '../errors.ts';
import type { KeyedMapTable, TimerEntry } from '../state/backend.ts';
import { saturatingAdd } from '../time/timestamps.ts';
import type { KeyedOperator, OperatorHost } from './operator.ts';
import { OutputContext } from './output-context.ts';
import { callFunction, createFunction } from './user-functions.ts';

type UserFunction = ProcessJoinFunction<unknown, unknown, unknown>;
type SideName = 'left' | 'right';

interface Side {
  readonly name: SideName;
  readonly type: TypeInfo;
  /** Where its partners lie, from its own timestamp. */
  readonly fromMs: number;
  readonly toMs: number;
  /** How long after its timestamp a partner may come in time. */
  readonly waitsMs: number;
  readonly lateTag: string | undefined;
}

export class IntervalJoinOperator implements KeyedOperator {
  readonly #spec: IntervalJoinSpec;
  readonly #host: OperatorHost;
  readonly #left: Side;
  readonly #right: Side;
  readonly #context: PairContext;
  #fn: UserFunction | undefined;

  constructor(spec: IntervalJoinSpec, host: OperatorHost) {
    const { lowerMs, upperMs, leftType, rightType, lateLeftTag, lateRightTag } = spec;
    this.#spec = spec;
    this.#host = host;
    this.#left = {
      name: 'left',
      type: leftType,
      fromMs: lowerMs,
      toMs: upperMs,
      lateTag: lateLeftTag,
      waitsMs: Math.max(0, upperMs),
    };
    this.#right = {
      name: 'right',
      type: rightType,
      fromMs: -upperMs,
      toMs: -lowerMs,
      lateTag: lateRightTag,
      waitsMs: Math.max(0, -lowerMs),
    };
    this.#context = new PairContext(host);
  }

  open(ctx: OpenContext): void {
    this.#fn = createFunction(this.#spec.create, ['processElement'], this.#host.calls);
    callFunction(this.#host.calls, this.#fn, 'open', (fn) => fn.open?.(ctx));
  }

  close(): void {
    if (this.#fn !== undefined) callFunction(this.#host.calls, this.#fn, 'close', (fn) => fn.close?.());
  }

  processElement(value: unknown, timestamp: Timestamp | undefined, input: 1 | 2): void {
    const [own, other] = input === 1 ? [this.#left, this.#right] : [this.#right, this.#left];
    const { calls, backend } = this.#host;
    if (timestamp === undefined) {
      throw calls.user.fault(
        'no-timestamp',
        'the interval join got a record without a timestamp, such as one that was emitted by a processing-time timer: it needs one',
        calls.uid,
      );
    }
    const watermark = this.#host.effectiveWatermark();
    if (timestamp < watermark) return this.#late(own, value, timestamp, watermark);
    const buffer = this.#buffer(own);
    buffer.put(timestamp, Object.freeze([...(buffer.get(timestamp) ?? []), value]));
    const [from, to] = [timestamp + own.fromMs, timestamp + own.toMs];
    const partners = this.#buffer(other)
      .entries()
      .filter(([at]) => from <= at && at <= to)
      .sort(([a], [b]) => a - b);
    for (const [at, elements] of partners) {
      for (const partner of elements) this.#pair(own.name, value, timestamp, partner, at);
    }
    const cleanUp = saturatingAdd(timestamp, own.waitsMs);
    if (!backend.timers('event').add(cleanUp, undefined)) return;
    const { task, probe } = this.#host;
    const key = backend.currentKey;
    probe.timerRegistered?.({ task, domain: 'event', timestamp: cleanUp, key, namespace: undefined });
  }

  onEventTimer({ timestamp }: TimerEntry): void {
    for (const side of [this.#left, this.#right]) {
      const buffer = this.#buffer(side);
      const last = timestamp - side.waitsMs;
      // Whose clean-up time would be after the end of time has that end; all others have gone before.
      const due = timestamp === MAX_TIMESTAMP ? buffer.entries() : [[last, buffer.get(last)] as const];
      for (const [at, elements] of due) if (elements !== undefined) this.#cleanUp(side, at, elements.length, timestamp);
    }
  }

  onProcessingTimer(_timer: TimerEntry): void {
    throw new EngineBug(`operator ${this.#host.task.vertex}: an interval join has no timers of processing time`);
  }

  #late({ name: side, lateTag }: Side, value: unknown, timestamp: Timestamp, watermark: Timestamp): void {
    const { task, probe, backend } = this.#host;
    const output = lateTag === undefined ? 'dropped' : 'late-output';
    probe.recordLate?.({ task, key: backend.currentKey, timestamp, watermark, output, side });
    if (lateTag !== undefined) this.#host.emitSide(lateTag, value, timestamp);
  }

  /** `by`: the side of the element that has come; its partner was there. */
  #pair(by: SideName, value: unknown, timestamp: Timestamp, partner: unknown, at: Timestamp): void {
    const { task, probe, backend, calls } = this.#host;
    const [left, right] = by === 'left' ? [value, partner] : [partner, value];
    const [leftTimestamp, rightTimestamp] = by === 'left' ? [timestamp, at] : [at, timestamp];
    const { lowerMs, upperMs } = this.#spec;
    const times = { leftTimestamp, rightTimestamp, lowerMs, upperMs };
    probe.pairJoined?.({ task, key: backend.currentKey, by, left, right, ...times });
    calls.user.show('the element that waited', partner);
    const context = this.#context;
    context.at(leftTimestamp, rightTimestamp);
    assert(this.#fn !== undefined, () => `operator ${calls.uid} is used before it is open`);
    callFunction(calls, this.#fn, 'processElement', (fn) => fn.processElement(left, right, context, context));
  }

  #cleanUp(side: Side, timestamp: Timestamp, elements: number, at: Timestamp): void {
    this.#buffer(side).remove(timestamp);
    const { task, probe, backend } = this.#host;
    const watermark = this.#host.effectiveWatermark();
    probe.bufferCleaned?.({ task, key: backend.currentKey, side: side.name, timestamp, elements, at, watermark });
  }

  /** By timestamp the elements, in order of arrival. */
  #buffer({ name, type }: Side): KeyedMapTable<Timestamp, readonly unknown[]> {
    return this.#host.backend.mapTable<Timestamp, readonly unknown[]>(`${name}-buffer`, int64, list(type));
  }
}

class PairContext extends OutputContext implements JoinContext {
  leftTimestamp = 0;
  rightTimestamp = 0;
  override timestamp = 0;

  at(left: Timestamp, right: Timestamp): void {
    this.leftTimestamp = left;
    this.rightTimestamp = right;
    this.timestamp = Math.max(left, right);
  }
}
