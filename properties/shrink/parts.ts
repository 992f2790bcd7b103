/**
 * What a plan is made of, as lists from which elements can be taken away: choice overrides, incidents, configuration
 * differences, records. Taking an element away always calms a plan, never invents anything.
 */
import { isKnobName, knobNamed, knobOf } from '../plan/knobs.ts';
import { recordCount } from '../plan/records.ts';
import type { Plan, Topics } from '../plan/plan.ts';

export type PartName = 'incidents' | 'records' | 'swarms' | 'config' | 'labels' | 'choices';

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

/** All knobs of a swarm at once, and all of the scenario's own: what shapes the job and the cluster, what delays, what fails. */
const swarms: Part = {
  name: 'swarms',
  count: (plan) => swarmsOf(plan).length,
  keep: (plan, positions) => {
    const kept = new Set(pick(swarmsOf(plan), positions));
    const entries = Object.entries(plan.config).filter(([name]) => kept.has(swarmOf(name)));
    return { ...plan, config: Object.fromEntries(entries) };
  },
};

function swarmOf(name: string): string {
  return isKnobName(name) ? knobNamed(name).swarm.name : 'scenario';
}

function swarmsOf(plan: Plan): readonly string[] {
  return [...new Set(Object.keys(plan.config).map(swarmOf))];
}

export const records: Part = {
  name: 'records',
  count: (plan) => (plan.workload.kind === 'explicit' ? recordCount(plan.workload.topics) : 0),
  keep: (plan, positions) =>
    plan.workload.kind === 'explicit'
      ? { ...plan, workload: { kind: 'explicit', topics: pickRecords(plan.workload.topics, new Set(positions)) } }
      : plan,
};

/** What is seen at the end of a run of each record is known: those that become visible behind `atUs` are left out. */
export function visibleBy(plan: Plan, atUs: number): Plan {
  const { workload } = plan;
  const most = atUs / knobOf(plan, 'recordIntervalUs');
  if (workload.kind !== 'explicit' || !Number.isFinite(most)) return plan;
  const topics = Object.entries(workload.topics).map(([topic, partitions]): [string, Topics[string]] => [
    topic,
    partitions.map((list) => list.slice(0, Math.floor(most) + 1)),
  ]);
  return { ...plan, workload: { kind: 'explicit', topics: Object.fromEntries(topics) } };
}

/** Every record of a topic is the same one: the first (0) to the last (1) of its first partition that has any. */
export function uniform(plan: Plan, part: number): Plan {
  const { workload } = plan;
  if (workload.kind !== 'explicit') return plan;
  const topics = Object.entries(workload.topics).map(([topic, partitions]): [string, Topics[string]] => {
    const longest = partitions.find((list) => list.length > 0) ?? [];
    const one = longest[Math.round(part * (longest.length - 1))];
    return [topic, partitions.map((list) => list.map(() => one))];
  });
  return { ...plan, workload: { kind: 'explicit', topics: Object.fromEntries(topics) } };
}

/**
 * Orders in which parts are reduced; where several processes shrink one failure, each goes its own way, and the smallest plan
 * counts. Few incidents make all later runs shorter, and choices come last: on a short plan few are left that any draw asks for.
 *
 * The first: knobs come before the records: of many records some always meet in time, of few none may, once the pace is
 * another. The second: records come first, since knobs may decide how few of them will do.
 */
export const WAYS: readonly [readonly Part[], ...(readonly Part[])[]] = [
  [incidents, labels, swarms, config, records, choices],
  [incidents, records, labels, swarms, config, choices],
];
/** Other draws take the place of choices: those are no part. Whole swarms first, since each candidate costs many runs. */
export const REDRAWN_PARTS: readonly Part[] = [swarms, incidents, records, config];
/** The parts whose elements are single: what 1-minimal is about. */
export const SINGLE_PARTS: readonly Part[] = [incidents, records, config, choices];

function pick<T>(list: readonly T[], positions: readonly number[]): readonly T[] {
  return positions.flatMap((position) => list.slice(position, position + 1));
}

/**
 * Positions count in the order in which records become visible, so that neighbours are near to each other in time: the
 * first of every partition, then the second. An emptied partition stays, empty.
 */
function pickRecords(topics: Topics, kept: ReadonlySet<number>): Topics {
  const positions = positionsIn(topics);
  return Object.fromEntries(
    Object.entries(topics).map(([topic, partitions]) => [
      topic,
      partitions.map((list, partition) =>
        list.filter((_, index) => kept.has(positions.get(keyOf(topic, partition, index)) ?? -1)),
      ),
    ]),
  );
}

function positionsIn(topics: Topics): ReadonlyMap<string, number> {
  const places = Object.entries(topics).flatMap(([topic, partitions]) =>
    partitions.flatMap((list, partition) => list.map((_, index) => ({ index, key: keyOf(topic, partition, index) }))),
  );
  places.sort((a, b) => a.index - b.index);
  return new Map(places.map(({ key }, position) => [key, position]));
}

function keyOf(topic: string, partition: number, index: number): string {
  return `${topic} ${partition} ${index}`;
}
