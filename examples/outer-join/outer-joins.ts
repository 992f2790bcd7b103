/** Outer joins, made of `coGroup`: what has no partner in its window goes out with null in the partner's place. */
import type { CoGroupFunction } from 'millrace';

/** Every left element: with each right one of its window, or alone. */
export function leftOuterJoin<K, L, R, O>(fn: (left: L, right: R | null) => O): CoGroupFunction<K, L, R, O> {
  return (lefts, rights) => lefts.flatMap((left) => orNull(rights).map((right) => fn(left, right)));
}

/** Every element of either side: each pair of a window, and those without a partner. */
export function fullOuterJoin<K, L, R, O>(fn: (left: L | null, right: R | null) => O): CoGroupFunction<K, L, R, O> {
  // A pane has an element at least, so that both are never null.
  return (lefts, rights) => orNull(lefts).flatMap((left) => orNull(rights).map((right) => fn(left, right)));
}

function orNull<T>(elements: readonly T[]): readonly (T | null)[] {
  return elements.length === 0 ? [null] : elements;
}
