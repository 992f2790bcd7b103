/** How elements become one value: what reducing and aggregating states, running reductions and windows are given. Types only. */

/**
 * Folds the elements of a pane into an accumulator. Accumulators are immutable.
 *
 * @example
 * ```ts
 * const mean: AggregateFunction<number, readonly [number, number], number> = {
 *   createAccumulator: () => [0, 0],
 *   add: (value, [sum, count]) => [sum + value, count + 1],
 *   getResult: ([sum, count]) => Math.round(sum / count),
 * };
 * ```
 */
export interface AggregateFunction<I, A, O> {
  /** The accumulator of no element. */
  createAccumulator(): A;
  /** Returns the new accumulator; never changes the old one. */
  add(value: I, accumulator: A): A;
  /** The result of the elements so far. */
  getResult(accumulator: A): O;
  /** The accumulator of both: for windows that merge (none do yet, so it is optional). */
  merge?(a: A, b: A): A;
}
/** Combines two elements into one of the same type; it should be associative, and must not change its arguments. */
export type ReduceFunction<T> = (a: T, b: T) => T;
