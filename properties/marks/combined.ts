/**
 * Several probes as one: a kind that one probe wants goes straight to it, one that no probe wants stays `undefined`.
 */
import type { FactKind, Facts, Probe } from '../../core/facts.ts';

export function combined(probes: readonly Probe[]): Probe {
  const hears = new Map<FactKind, ((fact: never) => void)[]>();
  for (const probe of probes) {
    for (const [kind, hear] of Object.entries(probe) as [FactKind, ((fact: never) => void) | undefined][]) {
      if (hear !== undefined) hears.set(kind, [...(hears.get(kind) ?? []), hear]);
    }
  }
  return Object.fromEntries([...hears].map(([kind, all]) => [kind, one(all)]));
}

function one(all: readonly ((fact: never) => void)[]): (fact: Facts[FactKind]) => void {
  const [only] = all as readonly ((fact: Facts[FactKind]) => void)[];
  if (only !== undefined && all.length === 1) return only;
  return (fact) => {
    for (const hear of all as readonly ((fact: Facts[FactKind]) => void)[]) hear(fact);
  };
}
