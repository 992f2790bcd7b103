/**
 * One keyed function without a cluster, in the manner of Hazelcast Jet's `TestSupport`: after every step it is snapshotted,
 * thrown away and restored into a new function object, and a twin that was never restored must emit the same. What a function
 * remembers outside of its state shows at the first step at which it matters.
 *
 * The twins see the same elements, watermarks and clock, and draw no random numbers (`ctx.random(n)` gives n - 1). Left out:
 * parallelism, rescaling, channels, sinks; a whole job under faults is `check`, a script of one is `testStream`.
 */
import type { KeyedProcessFunction, OutputTag, Timestamp } from '../../core/job/functions.ts';
import { MAX_TIMESTAMP } from '../../core/job/functions.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import { type Emitted, OperatorTask } from '../../core/operators/testing/operator-host.ts';
import { ProcessOperator } from '../../core/operators/process-operator.ts';
import { sameValue } from '../model/equal.ts';

/** What the function emitted in one step. */
export interface HarnessOutput {
  /** Name of the side output; undefined: the main output. */
  readonly tag: string | undefined;
  /** The value. */
  readonly value: unknown;
  /** Its event time; undefined of what a processing-time timer collects. */
  readonly timestamp: Timestamp | undefined;
}

/** What the function is, beside its code. */
export interface HarnessOptions<K, I, O> {
  /** Key of an element. */
  readonly key: (value: I) => K;
  readonly keyType: TypeInfo<K>;
  readonly outType: TypeInfo<O>;
  /** Side outputs that it declares. */
  readonly sideOutputs?: readonly OutputTag[];
  /** Wall clock at the beginning, epoch ms; 0 by default. */
  readonly startAtMs?: number;
}

/** Drives the function; each call is a step, and gives what the function emitted in it. */
export interface OperatorHarness<I> {
  /** An element, with its event time. */
  process(value: I, timestamp?: Timestamp): readonly HarnessOutput[];
  /** The watermark rises; event-time timers that are due fire. */
  advanceWatermarkTo(watermark: Timestamp): readonly HarnessOutput[];
  /** The clock goes on; processing-time timers whose millisecond is over fire. */
  advanceProcessingTime(ms: number): readonly HarnessOutput[];
  /** The input ends: the watermark is MAX. */
  end(): readonly HarnessOutput[];
}

/** The restored twin did something else than the one that was never restored. */
export class HarnessError extends Error {
  override readonly name = 'HarnessError';
}

/**
 * Makes the harness.
 *
 * @param create makes a function object, as in `stream.process(create, ...)`.
 * @throws HarnessError by a step after which the twins differ: the function keeps something outside of its state.
 * @throws JobFault by a step in which the function breaks a rule (another type, a promise, a change of what was handed over).
 * @example
 * ```ts
 * const counts = valueState('count', int32);
 * const counter = (): KeyedProcessFunction<string, string, number> => ({
 *   processElement(_user, ctx, out) {
 *     const count = (ctx.getState(counts).value() ?? 0) + 1;
 *     ctx.getState(counts).update(count);
 *     out.collect(count);
 *   },
 * });
 * const harness = operatorHarness(counter, { key: (user: string) => user, keyType: string, outType: int32 });
 * harness.process('ann', 1);
 * const [second] = harness.process('ann', 2);
 * ```
 */
export function operatorHarness<K, I, O>(
  create: () => KeyedProcessFunction<K, I, O>,
  options: HarnessOptions<K, I, O>,
): OperatorHarness<I> {
  const { key, keyType, outType, sideOutputs = [], startAtMs = 0 } = options;
  const make = (restored?: ReturnType<OperatorTask['snapshot']>): OperatorTask =>
    new OperatorTask(keyType, (host) => new ProcessOperator(create, host), restored, { outType, sideOutputs });
  const plain = make();
  let twin = make();
  let now = startAtMs;
  let steps = 0;
  plain.tick(now);
  twin.tick(now);
  const step = (what: string, act: (task: OperatorTask) => readonly Emitted[]): readonly HarnessOutput[] => {
    steps++;
    const image = twin.snapshot();
    twin.close();
    twin = make(image);
    twin.clock = now;
    const expected = act(plain);
    const actual = act(twin);
    if (sameOutputs(expected, actual)) return expected;
    throw new HarnessError(
      `step ${steps}, ${what}: restored from its snapshot the function emits ${shown(actual)}, without a restore ` +
        `${shown(expected)}; keep what it remembers in state (ctx.getState), not in a field or a closure`,
    );
  };
  let watermark: Timestamp | undefined;
  const advance = (to: Timestamp): readonly HarnessOutput[] => {
    if (watermark !== undefined && to <= watermark) return [];
    watermark = to;
    return step(`watermark ${to}`, (task) => task.advance(to));
  };
  return {
    process: (value, timestamp) =>
      step(`element ${JSON.stringify(value)}`, (task) => task.process(key(value), value, timestamp)),
    advanceWatermarkTo: advance,
    advanceProcessingTime(ms) {
      now += ms;
      return step(`clock + ${ms} ms`, (task) => task.tick(now));
    },
    end: () => advance(MAX_TIMESTAMP),
  };
}

function sameOutputs(a: readonly Emitted[], b: readonly Emitted[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, i) => {
      const other = b[i];
      if (other === undefined) return false;
      return other.tag === one.tag && other.timestamp === one.timestamp && sameValue(other.value, one.value);
    })
  );
}

function shown(outputs: readonly Emitted[]): string {
  if (outputs.length === 0) return 'nothing';
  return outputs
    .map(({ tag, value }) => `${JSON.stringify(value)}${tag === undefined ? '' : ` to "${tag}"`}`)
    .join(', ');
}
