/**
 * The listeners of a witness, by kind: one array per kind, so that a fact costs a loop over those who want it.
 * Listeners are called as plain functions, without `this`.
 */
import { type FactKind, perFactKind } from '../../core/facts.ts';
import type { Hearing, WitnessListener } from './listener.ts';

type Hears<K extends keyof WitnessListener> = Exclude<WitnessListener[K], undefined>;
export type Heard = {
  readonly [K in keyof WitnessListener]-?: K extends FactKind
    ? readonly ((...hearing: Hearing<K>) => void)[]
    : readonly Hears<K>[];
};

export function heardBy(listeners: readonly WitnessListener[]): Heard {
  const all = <K extends keyof WitnessListener>(kind: K): readonly Hears<K>[] => {
    const hears: Hears<K>[] = [];
    for (const listener of listeners) {
      const hear = listener[kind];
      if (hear !== undefined) hears.push(hear as Hears<K>);
    }
    return hears;
  };
  return {
    ...(perFactKind(all) as Pick<Heard, FactKind>),
    irregular: all('irregular'),
    turn: all('turn'),
    fired: all('fired'),
    imaged: all('imaged'),
    completed: all('completed'),
    listUndecodable: all('listUndecodable'),
    committed: all('committed'),
    settled: all('settled'),
    stuck: all('stuck'),
    upgraded: all('upgraded'),
    forked: all('forked'),
    originalDeleted: all('originalDeleted'),
    hostsReleased: all('hostsReleased'),
  };
}
