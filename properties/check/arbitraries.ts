/**
 * The author's fast-check arbitraries, as generators that can be asked again. Values are made through `fc.check`, the public
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

/** Who is offered smaller and smaller values. */
export interface Taker<T> {
  /** True: it goes on from this one. */
  accepts(value: T): boolean;
  /** Nothing is accepted any more: no further value need be made. */
  readonly ended: boolean;
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
  const value = withContext(arbitrary, draw);
  if (value !== undefined && taker.accepts(value.value)) walk(arbitrary, value, taker);
}

/** The same for a value that the arbitrary can shrink without knowing how it came about. */
export function shrinkValue(arbitrary: fc.Arbitrary<unknown>, value: unknown, taker: Taker<unknown>): void {
  if (!taker.ended && taker.accepts(value)) walk(arbitrary, new fc.Value(value, undefined), taker);
}

/** Not by `fc.check`: that would make each smaller value there is to the last, whether or not anybody still wants one. */
function walk(arbitrary: fc.Arbitrary<unknown>, from: fc.Value<unknown>, taker: Taker<unknown>): void {
  let best: fc.Value<unknown> | undefined = from;
  while (best !== undefined) best = firstAccepted(arbitrary.shrink(best.value, best.context), taker);
}

function firstAccepted(smaller: Iterable<fc.Value<unknown>>, taker: Taker<unknown>): fc.Value<unknown> | undefined {
  for (const candidate of smaller) {
    if (isAccepted(candidate.value, taker)) return candidate;
    if (taker.ended) return undefined;
  }
  return undefined;
}

/** One that does not fit the topic is refused: that is said when one is drawn, not in place of the failure that is made small. */
function isAccepted(value: unknown, taker: Taker<unknown>): boolean {
  try {
    return taker.accepts(value);
  } catch (error) {
    if (error instanceof CheckError) return false;
    throw error;
  }
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
