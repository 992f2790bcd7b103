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
