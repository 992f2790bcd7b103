/**
 * The listeners of a witness, by kind: one array per kind, so that a fact costs a loop over those who want it.
 * Listeners are called as plain functions, without `this`.
 *
 * Made once a universe, of some 60 listeners that want five of some 120 kinds each: it goes through what each listener has, and never
 * asks one for what it has not. So a listener has its kinds as properties of its own: methods of a class would not be found.
 * The kinds that nobody hears share one empty array.
 */
import { type FactKind, perFactKind } from '../../core/facts.ts';
import type { Hearing, WitnessListener } from './listener.ts';

type Hears<K extends keyof WitnessListener> = Exclude<WitnessListener[K], undefined>;
export type Heard = {
  readonly [K in keyof WitnessListener]-?: K extends FactKind
    ? readonly ((...hearing: Hearing<K>) => void)[]
    : readonly Hears<K>[];
};

const NOBODY: readonly never[] = [];
const UNHEARD: Heard = {
  ...(perFactKind(() => NOBODY) as Pick<Heard, FactKind>),
  irregular: NOBODY,
  turn: NOBODY,
  fired: NOBODY,
  imaged: NOBODY,
  completed: NOBODY,
  listUndecodable: NOBODY,
  committed: NOBODY,
  settled: NOBODY,
  stuck: NOBODY,
  upgraded: NOBODY,
  forked: NOBODY,
  originalDeleted: NOBODY,
  hostsReleased: NOBODY,
};

export function heardBy(listeners: readonly WitnessListener[]): Heard {
  const heard = { ...UNHEARD };
  // That a listener hears under a name what belongs to the name is beyond the types.
  const byName: Record<string, readonly unknown[]> = heard;
  const lists = new Map<string, unknown[]>();
  for (const listener of listeners) {
    for (const [kind, hear] of Object.entries(listener)) {
      if (hear === undefined) continue;
      const list = lists.get(kind);
      if (list !== undefined) list.push(hear);
      else lists.set(kind, (byName[kind] = [hear]));
    }
  }
  return heard;
}

/** What a listener may be told: nothing with more parts. */
type Told = readonly [a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown];

/**
 * Tells all of them, in their order. Facts of all kinds come this way, so it is optimized after a few universes; a loop of its own
 * in each of the sixty handlers stays interpreted for long, where `for of` makes an iterator and an object a turn.
 */
export function tell<T extends Told>(hears: readonly ((...told: T) => void)[], ...told: T): void;
export function tell(
  hears: readonly ((...told: Told) => void)[],
  a?: unknown,
  b?: unknown,
  c?: unknown,
  d?: unknown,
  e?: unknown,
): void {
  for (let i = 0; i < hears.length; i++) {
    // Called in its place it would have the list as `this`.
    const hear = hears[i];
    hear?.(a, b, c, d, e);
  }
}
