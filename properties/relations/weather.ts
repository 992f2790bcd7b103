/** Faults must not be visible outside the engine: the same plan in calm weather, without incidents, commits the same output. */
import { RATES } from '../../sim/faults/index.ts';
import type { Relation } from './relation.ts';

const RATE_KNOBS: ReadonlySet<string> = new Set(RATES.flatMap(({ knobs }) => Object.keys(knobs)));

export const weather: Relation = {
  name: 'weather',
  states: 'The same plan without incidents, and with services that are kind, commits the same output.',
  variants(plan) {
    const config = Object.fromEntries(Object.entries(plan.config).filter(([name]) => !RATE_KNOBS.has(name)));
    const isCalm = plan.incidents.length === 0 && Object.keys(config).length === Object.keys(plan.config).length;
    return isCalm ? [] : [{ ...plan, config, incidents: [] }];
  },
};
