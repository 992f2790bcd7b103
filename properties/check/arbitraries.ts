/**
 * The author's fast-check arbitraries, as generators that can be asked again. Values are made through `fc.check`, the public
 * door: with a seed and one run it makes one value, and makes it again with the context that its shrinker needs, which a
 * value alone does not have.
 *
 * An arbitrary may come from another copy of fast-check than ours, so nothing here asks for its class.
 */
import fc from 'fast-check';
import { thrownWithoutContext } from '../../core/job-fault.ts';
import { type Taker, walkShrinks } from '../shrink/walk.ts';
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
export function drawn(arbitrary: fc.Arbitrary<unknown>, draw: Draw, what: string): unknown {
  let made: fc.Value<unknown> | undefined;
  try {
    made = withContext(arbitrary, draw);
  } catch (error) {
    throw new CheckError('usage', `${what}: the arbitrary threw: ${thrownWithoutContext(error)}`, { cause: error });
  }
  if (made === undefined) throw new CheckError('usage', `${what}: the arbitrary made no value`);
  return made.value;
}

/** One who is offered something else, and ends when the other does. */
export function inFrontOf<T>(taker: Pick<Taker<never>, 'ended'>, accepts: (value: T) => boolean): Taker<T> {
  return {
    accepts,
    get ended() {
      return taker.ended;
    },
  };
}

/** Offers smaller values than that of a draw, by context, as long as one is accepted; it is offered that value itself first. */
export function shrinkDrawn(arbitrary: fc.Arbitrary<unknown>, draw: Draw, taker: Taker<unknown>): void {
  if (taker.ended) return;
  const made = withContext(arbitrary, draw);
  if (made !== undefined) shrinkFrom(arbitrary, made, taker);
}

/** The same for a value that the arbitrary can shrink without knowing how it came about. */
export function shrinkValue(arbitrary: fc.Arbitrary<unknown>, value: unknown, taker: Taker<unknown>): void {
  if (!taker.ended) shrinkFrom(arbitrary, { value, context: undefined }, taker);
}

/** A value that does not fit the topic is refused: that is said when one is drawn, not in place of the failure that is made small. */
function shrinkFrom(
  arbitrary: fc.Arbitrary<unknown>,
  from: Pick<fc.Value<unknown>, 'value' | 'context'>,
  taker: Taker<unknown>,
): void {
  const fitting = inFrontOf<unknown>(taker, (value) => {
    try {
      return taker.accepts(value);
    } catch (error) {
      if (error instanceof CheckError && error.problem === 'usage') return false;
      throw error;
    }
  });
  if (fitting.accepts(from.value)) walkShrinks(arbitrary, from, fitting);
}

function withContext(arbitrary: fc.Arbitrary<unknown>, { seed, unbiased }: Draw): fc.Value<unknown> | undefined {
  const overheard = new Overheard(arbitrary);
  fc.check(
    fc.property(overheard, () => true),
    { ...ONE_RUN, seed: seed | 0, unbiased },
  );
  return overheard.made;
}

/** Remembers what the inner one has made, with the context that the property keeps to itself. */
class Overheard extends fc.Arbitrary<unknown> {
  readonly #inner: fc.Arbitrary<unknown>;
  made: fc.Value<unknown> | undefined;

  constructor(inner: fc.Arbitrary<unknown>) {
    super();
    this.#inner = inner;
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<unknown> {
    this.made = this.#inner.generate(random, bias);
    return this.made;
  }

  override canShrinkWithoutContext(_value: unknown): _value is unknown {
    return false;
  }

  override shrink(): fc.Stream<fc.Value<unknown>> {
    return fc.Stream.nil();
  }
}
