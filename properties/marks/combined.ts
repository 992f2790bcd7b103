/**
 * Several probes as one: a kind that one probe wants goes straight to it, one that no probe wants stays `undefined`.
 * Made once a universe, of some 135 probes: it goes through what each of them has, and never asks one for what it has not.
 */
import { type FactKind, type Facts, type Probe, probeOf } from '../../core/facts.ts';
import { tell } from '../witness/heard.ts';

export function combined(probes: readonly Probe[]): Probe {
  const hears = new Map<FactKind, ((fact: never) => void)[]>();
  for (const probe of probes) {
    for (const [kind, hear] of Object.entries(probe) as [FactKind, ((fact: never) => void) | undefined][]) {
      if (hear === undefined) continue;
      const all = hears.get(kind);
      if (all === undefined) hears.set(kind, [hear]);
      else all.push(hear);
    }
  }
  return probeOf((kind) => {
    const all = hears.get(kind);
    return all && one(all);
  });
}

function one(all: readonly ((fact: never) => void)[]): (fact: Facts[FactKind]) => void {
  const hears = all as readonly ((fact: Facts[FactKind]) => void)[];
  const [only] = hears;
  if (only !== undefined && hears.length === 1) return only;
  return (fact) => {
    tell(hears, fact);
  };
}
