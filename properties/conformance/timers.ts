/**
 * The process function of the timer vectors, at the engine's operator and at the model: its elements register and delete
 * timers, and so does each timer when it fires for the first time for its key; then it says what it sees.
 */
import type { Collector, KeyedContext, OnTimerContext, Timestamp } from '../../core/job/functions.ts';
import { string } from '../../core/job/types.ts';
import { CoProcessOperator } from '../../core/operators/co-process-operator.ts';
import { ProcessOperator } from '../../core/operators/process-operator.ts';
import { type Emitted, OperatorTask } from '../../core/operators/testing/operator-host.ts';
import { createModel } from '../model/model.ts';
import { FORWARD, job, NO_TAPE, type NodeDraft, source } from '../model/testing/turns.ts';
import type { ModelInstance, ModelTurn } from '../model/types.ts';
import type { Output } from './family.ts';

/** 'rp' and 'dp': of processing time. */
export type TimerOp = readonly ['r' | 'd' | 'rp' | 'dp', number];
export type SubjectKind = 'engine' | 'model';

interface Element {
  readonly key: string;
  readonly ops: readonly TimerOp[];
  readonly label: string;
}
const elementOf = (value: unknown): Element => value as Element;
const keyOf = (value: unknown): string => elementOf(value).key;
const BY_KEY = { kind: 'hash', key: keyOf, keyType: string } as const;

/** What a turn emits: [what was said, the output's timestamp]. */
type Said = readonly (readonly [readonly unknown[], Timestamp | undefined])[];

/** The vectors' clock: a time t means that all of t has passed. */
interface VectorClock {
  now: Timestamp;
}

/** `onTimer`: by 'p' and the time, or the time. */
class TimerFunction {
  readonly #onTimer: ReadonlyMap<string, readonly TimerOp[]>;
  readonly #clock: VectorClock;
  readonly #fired = new Set<string>();

  constructor(onTimer: ReadonlyMap<string, readonly TimerOp[]>, clock: VectorClock) {
    this.#onTimer = onTimer;
    this.#clock = clock;
  }

  processElement(value: unknown, ctx: KeyedContext, out: Collector<unknown>): void {
    const { ops, label } = elementOf(value);
    this.#do(ops, ctx);
    out.collect([label, ctx.currentKey, ctx.timestamp ?? null, ctx.timerService.currentWatermark(), this.#clock.now]);
  }

  onTimer(timestamp: Timestamp, ctx: OnTimerContext, out: Collector<unknown>): void {
    const isProcessing = ctx.timeDomain === 'processing';
    const name = `${isProcessing ? 'p' : ''}${timestamp}`;
    const mark = `${String(ctx.currentKey)} ${name}`;
    if (!this.#fired.has(mark)) this.#do(this.#onTimer.get(name) ?? [], ctx);
    this.#fired.add(mark);
    const what = isProcessing ? 'pt' : 't';
    out.collect([what, ctx.currentKey, timestamp, ctx.timerService.currentWatermark(), this.#clock.now]);
  }

  #do(ops: readonly TimerOp[], { timerService }: KeyedContext): void {
    for (const [op, at] of ops) {
      if (op === 'r') timerService.registerEventTimeTimer(at);
      else if (op === 'd') timerService.deleteEventTimeTimer(at);
      else if (op === 'dp') timerService.deleteProcessingTimeTimer(at);
      else if (at > this.#clock.now) timerService.registerProcessingTimeTimer(at);
    }
  }
}

/** An operator, driven turn by turn. */
export interface KeyedSubject {
  element(input: 1 | 2, element: Element, timestamp: Timestamp | undefined): Said;
  /** The watermark rose. */
  advance(watermark: Timestamp): Said;
  /** All of this millisecond has passed. */
  time(now: Timestamp): Said;
}

const said = (emitted: readonly Emitted[]): Said =>
  emitted.map(({ value, timestamp }) => [value as readonly unknown[], timestamp]);

class EngineSubject implements KeyedSubject {
  readonly #task: OperatorTask;

  constructor(task: OperatorTask) {
    this.#task = task;
    task.clock = 1;
  }

  element(input: 1 | 2, element: Element, timestamp: Timestamp | undefined): Said {
    return said(this.#task.process(element.key, element, timestamp, input));
  }

  advance(watermark: Timestamp): Said {
    return said(this.#task.advance(watermark));
  }

  time(now: Timestamp): Said {
    return said(this.#task.tick(now + 1));
  }
}

/** The edge of the first input is 0, that of the second 1; what the operator sends leaves on edge `out`. */
class ModelSubject implements KeyedSubject {
  readonly #instance: ModelInstance;
  #watermark: Timestamp = Number.MIN_SAFE_INTEGER;

  constructor(instance: ModelInstance) {
    this.#instance = instance;
  }

  element(input: 1 | 2, element: Element, timestamp: Timestamp | undefined): Said {
    return this.#sent(this.#instance.record(input - 1, element, timestamp, this.#watermark, NO_TAPE));
  }

  advance(watermark: Timestamp): Said {
    this.#watermark = watermark;
    return this.#sent(this.#instance.advance(watermark, NO_TAPE));
  }

  time(now: Timestamp): Said {
    const all: Said[] = [];
    for (;;) {
      // In order: the first is the least.
      const timer = this.#instance.content().timers.find(({ domain }) => domain === 'processing');
      if (timer === undefined || timer.timestamp > now) return all.flat();
      all.push(this.#sent(this.#instance.processingTimer(timer, this.#watermark, NO_TAPE)));
    }
  }

  #sent({ sends, mismatch }: ModelTurn): Said {
    if (mismatch !== undefined) throw new Error(mismatch);
    return sends.map(({ value, timestamp }) => [value as readonly unknown[], timestamp]);
  }
}

/** A downstream operator that is not chained, so that the sends show with their timestamps. */
const DOWNSTREAM: NodeDraft = { operator: { kind: 'map', fn: (value) => value }, parallelism: 2 };

function modelOf(operator: NodeDraft, inputs: 1 | 2): ModelInstance {
  const spec = job({ first: source('first'), second: source('second'), operator, out: DOWNSTREAM }, [
    ['first', 'operator', BY_KEY],
    ...(inputs === 2 ? [['second', 'operator', BY_KEY] as const] : []),
    ['operator', 'out', { kind: 'rebalance' }],
    ...(inputs === 1 ? [['second', 'out', FORWARD] as const] : []),
  ]);
  // The function of the vectors remembers what it has done, as in Flink's harness, whose function objects live on.
  return createModel(spec, 'task').vertex('operator').instance();
}

export function keyedProcess(
  kind: SubjectKind,
  onTimer: ReadonlyMap<string, readonly TimerOp[]>,
  clock: VectorClock,
): KeyedSubject {
  const create = (): TimerFunction => new TimerFunction(onTimer, clock);
  if (kind === 'model') return new ModelSubject(modelOf({ operator: { kind: 'process', create } }, 1));
  return new EngineSubject(new OperatorTask(string, (host) => new ProcessOperator(create, host)));
}

/** Says of an element and of a timer what the two-input vectors have: no clock. */
class TwoInputFunction {
  processElement1(value: unknown, ctx: KeyedContext, out: Collector<unknown>): void {
    this.#element('e1', value, ctx, out);
  }

  processElement2(value: unknown, ctx: KeyedContext, out: Collector<unknown>): void {
    this.#element('e2', value, ctx, out);
  }

  onTimer(timestamp: Timestamp, ctx: OnTimerContext, out: Collector<unknown>): void {
    out.collect(['t', ctx.currentKey, timestamp, ctx.timerService.currentWatermark()]);
  }

  #element(label: string, value: unknown, { timerService, currentKey }: KeyedContext, out: Collector<unknown>): void {
    for (const [op, at] of elementOf(value).ops) {
      if (op === 'r') timerService.registerEventTimeTimer(at);
      else timerService.deleteEventTimeTimer(at);
    }
    out.collect([label, currentKey, timerService.currentWatermark()]);
  }
}

/** For the family of two inputs: elements have no timestamps there. */
export function keyedCoProcess(kind: SubjectKind): {
  element(input: 1 | 2, key: string, ops: readonly TimerOp[]): readonly Output[];
  advance(watermark: Timestamp): readonly Output[];
} {
  const create = (): TwoInputFunction => new TwoInputFunction();
  const subject: KeyedSubject =
    kind === 'model'
      ? new ModelSubject(modelOf({ operator: { kind: 'coProcess', create, firstInputs: 1 } }, 2))
      : new EngineSubject(new OperatorTask(string, (host) => new CoProcessOperator(create, host)));
  const values = (turn: Said): readonly Output[] => turn.map(([value]) => value);
  return {
    element: (input, key, ops) => values(subject.element(input, { key, ops, label: '' }, undefined)),
    advance: (watermark) => values(subject.advance(watermark)),
  };
}
