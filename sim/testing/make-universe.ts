/** A universe for a test: calm, without incidents, deaf, unless the test says otherwise. */
import { Universe, type UniverseOptions } from '../universe.ts';
import { calmWorld, type WorldConfig } from '../world-config.ts';

export type UniverseChanges = Partial<Omit<UniverseOptions, 'world'>> & { readonly world?: Partial<WorldConfig> };

export function makeUniverse(changes: UniverseChanges = {}): Universe {
  return new Universe({
    choices: { explicit: [] },
    incidents: [],
    listeners: [],
    ...changes,
    world: { ...calmWorld, ...changes.world },
  });
}
