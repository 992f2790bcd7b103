/**
 * The author's fast-check arbitraries, as generators that can be asked again. All goes through `fc.check`, the public
 * door: with a seed and one run it makes one value, and makes it again with the context that its shrinker needs, which a
 * value alone does not have.
 *
 * An arbitrary may come from another copy of fast-check than ours, so nothing here asks for its class.
 */
import fc from 'fast-check';
import { messageOf } from '../../core/errors.ts';
import { CheckError } from './errors.ts';

/** Where a value comes from: 32 bits, and whether small and extreme values are preferred. */
export interface Draw {
  readonly seed: number;
  readonly unbiased: boolean;
}

export function isArbitrary(value: unknown): value is fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map(Object.entries({ generate: 0, shrink: 0, canShrinkWithoutContext: 0 }));
  return [...members.keys()].every((name) => typeof Reflect.get(value, name) === 'function');
}

const ONE_RUN = { numRuns: 1, endOnFailure: false, verbose: 0 } as const;

/** The value of a draw: the same one each time. `what` names it in errors. */
export function drawn(arbitrary: fc.Arbitrary<unknown>, { seed, unbiased }: Draw, what: string): unknown {
  let made: { readonly value: unknown } | undefined;
  const take = fc.property(arbitrary, (value) => {
    made = { value };
  });
  try {
    fc.check(take, { ...ONE_RUN, seed: seed | 0, unbiased });
  } catch (error) {
    throw new CheckError('usage', `${what}: the arbitrary threw: ${messageOf(error)}`, { cause: error });
  }
  if (made === undefined) throw new CheckError('usage', `${what}: the arbitrary made no value`);
  return made.value;
}

/** Offers smaller values than that of a draw, by context, as long as `accepts` takes one; it is offered that value itself first. */
export function shrinkDrawn(
  arbitrary: fc.Arbitrary<unknown>,
  { seed, unbiased }: Draw,
  accepts: (value: unknown) => boolean,
): void {
  fc.check(
    fc.property(arbitrary, (value) => !accepts(value)),
    { ...ONE_RUN, seed: seed | 0, unbiased },
  );
}

/** The same for a value that the arbitrary can shrink without knowing how it came about. */
export function shrinkValue(
  arbitrary: fc.Arbitrary<unknown>,
  value: unknown,
  accepts: (value: unknown) => boolean,
): void {
  fc.check(
    fc.property(arbitrary, (candidate) => !accepts(candidate)),
    { ...ONE_RUN, seed: 1, examples: [[value]] },
  );
}
