/**
 * What a plan is made of, as lists from which elements can be taken away: choice overrides, incidents, configuration
 * differences, records. Taking an element away always calms a plan, never invents anything.
 */
import { recordCount } from '../plan/records.ts';
import type { Plan, Topics } from '../plan/plan.ts';

export type PartName = 'incidents' | 'records' | 'config' | 'labels' | 'choices';

export interface Part {
  readonly name: PartName;
  count(plan: Plan): number;
  /** The plan with only the elements at these positions, ascending. */
  keep(plan: Plan, positions: readonly number[]): Plan;
}

/** How large a plan is, by part. Generated records and seeded choices count as what they stand for. */
export interface PlanSize {
  readonly records: number;
  readonly incidents: number;
  readonly config: number;
  /** Undefined: drawn from a seed and not counted. */
  readonly choices: number | undefined;
}

export function sizeOf(plan: Plan): PlanSize {
  return {
    records: plan.workload.kind === 'generated' ? plan.workload.count : recordCount(plan.workload.topics),
    incidents: plan.incidents.length,
    config: Object.keys(plan.config).length,
    choices: 'explicit' in plan.choices ? plan.choices.explicit.length : undefined,
  };
}

/** One number to compare plans by: everything that a reader has to look at. */
export function weightOf(plan: Plan): number {
  const size = sizeOf(plan);
  return size.records + size.incidents + size.config + (size.choices ?? 0);
}

const choices: Part = {
  name: 'choices',
  count: (plan) => ('explicit' in plan.choices ? plan.choices.explicit.length : 0),
  keep: (plan, positions) =>
    'explicit' in plan.choices ? { ...plan, choices: { explicit: pick(plan.choices.explicit, positions) } } : plan,
};

/** All choices of a label at once: there are few labels, and most of them do not matter. */
const labels: Part = {
  name: 'labels',
  count: (plan) => labelsOf(plan).length,
  keep: (plan, positions) => {
    if (!('explicit' in plan.choices)) return plan;
    const kept = new Set(pick(labelsOf(plan), positions));
    return { ...plan, choices: { explicit: plan.choices.explicit.filter(({ label }) => kept.has(label)) } };
  },
};

function labelsOf(plan: Plan): readonly string[] {
  return 'explicit' in plan.choices ? [...new Set(plan.choices.explicit.map(({ label }) => label))] : [];
}

const incidents: Part = {
  name: 'incidents',
  count: (plan) => plan.incidents.length,
  keep: (plan, positions) => ({ ...plan, incidents: pick(plan.incidents, positions) }),
};

const config: Part = {
  name: 'config',
  count: (plan) => Object.keys(plan.config).length,
  keep: (plan, positions) => ({ ...plan, config: Object.fromEntries(pick(Object.entries(plan.config), positions)) }),
};

export const records: Part = {
  name: 'records',
  count: (plan) => (plan.workload.kind === 'explicit' ? recordCount(plan.workload.topics) : 0),
  keep: (plan, positions) =>
    plan.workload.kind === 'explicit'
      ? { ...plan, workload: { kind: 'explicit', topics: pickRecords(plan.workload.topics, new Set(positions)) } }
      : plan,
};

/**
 * Few incidents make all later runs shorter. Knobs come after the records, since most of them decide how few records
 * will do, and choices last: on a short plan few are left that any draw asks for.
 */
export const PARTS: readonly Part[] = [incidents, records, config, labels, choices];
/** The parts whose elements are single: what 1-minimal is about. */
export const SINGLE_PARTS: readonly Part[] = [incidents, records, config, choices];

function pick<T>(list: readonly T[], positions: readonly number[]): readonly T[] {
  return positions.flatMap((position) => list.slice(position, position + 1));
}

/** Positions count through topics and partitions in their order; an emptied partition stays, empty. */
function pickRecords(topics: Topics, kept: ReadonlySet<number>): Topics {
  let position = 0;
  return Object.fromEntries(
    Object.entries(topics).map(([topic, partitions]) => [
      topic,
      partitions.map((list) => list.filter(() => kept.has(position++))),
    ]),
  );
}
