/** Joins under construction: what has been said of them so far, and the operators that come of it. */
import { JobError } from '../errors.ts';
import type { OutputTag, TimeWindow } from '../job/functions.ts';
import type { IntervalJoinSpec } from '../job/spec.ts';
import type { TypeInfo } from '../job/types.ts';
import type { WindowAssigner } from '../job/windows.ts';
import type { ProcessWindowFunction } from '../job/window-functions.ts';
import { describe } from '../values/refusal.ts';
import type { Sided } from './sided.ts';

/** Bounds of an interval join, ms, as they were given. @internal */
export interface IntervalSettings<L, R> {
  readonly lowerMs: number;
  readonly upperMs: number;
  readonly lowerExclusive: boolean;
  readonly upperExclusive: boolean;
  readonly lateLeft: OutputTag<L> | undefined;
  readonly lateRight: OutputTag<R> | undefined;
}

/** @internal */
export function intervalSettings<L, R>(lowerMs: number, upperMs: number): IntervalSettings<L, R> {
  for (const [name, bound] of [
    ['lower', lowerMs],
    ['upper', upperMs],
  ] as const) {
    if (!Number.isSafeInteger(bound))
      throw new JobError(`between: the ${name} bound is ${describe(bound)}; give a whole number of milliseconds`);
  }
  if (lowerMs > upperMs) {
    throw new JobError(
      `between(${lowerMs}, ${upperMs}): the lower bound is above the upper one; no pair would lie within`,
    );
  }
  return { lowerMs, upperMs, lowerExclusive: false, upperExclusive: false, lateLeft: undefined, lateRight: undefined };
}

/** @internal */
export function intervalSpec<L, R>(
  settings: IntervalSettings<L, R>,
  { left, right }: { readonly left: TypeInfo<L>; readonly right: TypeInfo<R> },
  firstInputs: number,
  create: IntervalJoinSpec['create'],
): IntervalJoinSpec {
  const { lowerMs, upperMs, lowerExclusive, upperExclusive, lateLeft, lateRight } = settings;
  return {
    kind: 'intervalJoin',
    firstInputs,
    lowerMs: lowerMs + (lowerExclusive ? 1 : 0),
    upperMs: upperMs - (upperExclusive ? 1 : 0),
    leftType: left,
    rightType: right,
    lateLeftTag: lateLeft?.tag,
    lateRightTag: lateRight?.tag,
    create,
  };
}

// ---- windows

/** The left stream has its key; the right one is next. `W`: what there is to say of the windows then. */
export interface EqualTo<R, K, W> {
  /** @param key a function of the right element alone: elements with equal keys meet. */
  equalTo(key: (right: R) => K): Windowed<W>;
}
/** Both streams have their keys. */
export interface Windowed<W> {
  /** Groups the elements of both sides into windows, in which they meet: any assigner. */
  window(assigner: WindowAssigner): W;
}

/** Of a pane: whose elements they are, and when. */
export interface PaneOf<K> {
  /** Key of the elements. */
  readonly key: K;
  /** Their window. */
  readonly window: TimeWindow;
}
/** Makes the output of a pane of two streams; the elements of each side are in order of arrival. */
export type CoGroupFunction<K, L, R, O> = (lefts: readonly L[], rights: readonly R[], pane: PaneOf<K>) => Iterable<O>;

/** The function of a window over both. @internal */
export function coGrouping<K, L, R, O>(
  fn: CoGroupFunction<K, L, R, O>,
): () => ProcessWindowFunction<K, Sided<L, R>, O> {
  return () => ({
    process(elements, { currentKey: key, window }, out) {
      const lefts = elements.flatMap((one) => (one.tag === 'left' ? [one.value] : []));
      const rights = elements.flatMap((one) => (one.tag === 'right' ? [one.value] : []));
      for (const result of fn(lefts, rights, { key, window })) out.collect(result);
    },
  });
}
