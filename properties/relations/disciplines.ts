/**
 * The discipline of the barriers must not be visible outside the engine: aligned, unaligned, and aligned with timeout
 * commit the same output. At-least-once is left out, because its state may count a record twice.
 */
import { DISCIPLINES, disciplineOf, isBatch } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';
import type { Relation } from './relation.ts';

const EXACTLY_ONCE = ['aligned', 'unaligned', 'timeout'] as const;

export const disciplines: Relation = {
  name: 'disciplines',
  states: 'The same plan under aligned, unaligned and timeout commits the same output.',
  variants(plan) {
    if (isBatch(plan)) return [];
    const own = disciplineOf(plan);
    return EXACTLY_ONCE.filter((discipline) => discipline !== own).map((discipline): Plan => ({
      ...plan,
      config: { ...plan.config, discipline: DISCIPLINES.indexOf(discipline) },
    }));
  },
};
