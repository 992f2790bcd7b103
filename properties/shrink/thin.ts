/**
 * The first step of shrinking: the same story with far fewer records.
 *
 * Delta debugging walks downhill. A failure that needs a coincidence (a record on the way just when a barrier comes) is
 * lost on the way, since each record that is taken away shifts the others. So a few thin plans are tried at once: 3
 * evenly spread records of 200, then 6, 12 ..., spaced out so that the input lasts as long as before and incidents find
 * their moments; with other records, with more frequent checkpoints; and only when no calm one fails, with choices of
 * some seeds, which then have to be reduced as well.
 */
import type { Incident } from '../../sim/faults/incident.ts';
import type { KnobName } from '../plan/knobs.ts';
import type { Plan } from '../plan/plan.ts';
import { records } from './parts.ts';

const SIZES = [3, 6, 12, 25, 50] as const;
const INTERVAL_US_MAX = 1_000_000;
const INTERVAL: KnobName = 'recordIntervalUs';

interface Variant {
  /** Which record of each share is kept, 0 to 1. */
  readonly part: number;
  readonly config: Plan['config'];
}
const VARIANTS: readonly Variant[] = [
  { part: 0, config: {} },
  { part: 0.33, config: { checkpointIntervalMs: 20 } },
  { part: 0.67, config: { checkpointIntervalMs: 20, bufferRecords: 1 } },
];

/** Thin variants of a plan with explicit records, the best to have first; each has at most half of the plan's records. */
export function* thinned(plan: Plan): Generator<Plan, void, void> {
  yield* all(plan, () => ({ explicit: [] }));
  const isCalm = 'explicit' in plan.choices && plan.choices.explicit.length === 0;
  if (!isCalm) yield* all(plan, (variant) => ({ seed: `thin-${variant}` }), VARIANTS.slice(1, 2));
}

function* all(
  plan: Plan,
  choicesOf: (variant: number) => Plan['choices'],
  variants = VARIANTS,
): Generator<Plan, void, void> {
  const count = records.count(plan);
  for (const size of SIZES) {
    if (2 * size > count) return;
    for (const [index, { part, config }] of variants.entries()) {
      const thin = asLong(records.keep(plan, evenly(count, size, part)), plan);
      yield {
        ...thin,
        config: { ...thin.config, ...config },
        incidents: plan.incidents.map((incident) => sooner(incident, size / count)),
        choices: choicesOf(index),
      };
    }
  }
}

/** `size` positions below `count`, each in the same part (0 to 1) of its share. */
function evenly(count: number, size: number, part: number): readonly number[] {
  return Array.from({ length: size }, (_, index) => Math.floor(((index + part) * count) / size));
}

/** The plan, with fewer records than `before`, at such a pace that its input lasts as long. */
export function asLong(plan: Plan, before: Plan): Plan {
  const interval = before.config[INTERVAL];
  const [longest, shorter] = [longestIn(before), longestIn(plan)];
  if (interval === undefined || shorter === 0 || shorter >= longest) return plan;
  const stretched = Math.min(INTERVAL_US_MAX, Math.round((interval * longest) / shorter));
  return { ...plan, config: { ...plan.config, [INTERVAL]: stretched } };
}

function longestIn({ workload }: Plan): number {
  const lists = workload.kind === 'explicit' ? Object.values(workload.topics).flat() : [];
  return Math.max(0, ...lists.map(({ length }) => length));
}

/** The n-th of something comes earlier where there is less of everything; the n-th of one checkpoint does not. */
function sooner({ what, when }: Incident, share: number): Incident {
  if (when.kind === 'time' || (when.kind === 'fact' && when.where !== undefined)) return { what, when };
  return { what, when: { ...when, nth: Math.max(1, Math.round(when.nth * share)) } };
}
