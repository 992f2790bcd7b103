/**
 * The way from a value to smaller and smaller ones, along the shrinks of a fast-check arbitrary.
 *
 * It is walked here, not by `fc.check`: that cannot be told to stop (an interrupted property counts as passed), and behind the
 * end of a budget it would still build each of the shrinks of a large value, for minutes, to have it turned down.
 */
import type fc from 'fast-check';

/** Who is offered smaller and smaller values. */
export interface Taker<T> {
  /** True: it goes on from this one. */
  accepts(value: T): boolean;
  /** Nothing is accepted any more: no further value need be made. */
  readonly ended: boolean;
}

/** Offers what is smaller than `from`, as long as one is accepted. */
export function walkShrinks<T>(
  arbitrary: fc.Arbitrary<T>,
  from: Pick<fc.Value<T>, 'value' | 'context'>,
  taker: Taker<T>,
): void {
  let best: Pick<fc.Value<T>, 'value' | 'context'> | undefined = from;
  while (best !== undefined) best = firstAccepted(arbitrary.shrink(best.value, best.context), taker);
}

/** Undefined: none is, or the taker has ended. */
function firstAccepted<T>(smaller: Iterable<fc.Value<T>>, taker: Taker<T>): fc.Value<T> | undefined {
  for (const candidate of smaller) {
    if (taker.accepts(candidate.value)) return candidate;
    if (taker.ended) return undefined;
  }
  return undefined;
}
