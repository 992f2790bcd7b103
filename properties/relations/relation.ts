/**
 * Metamorphic relations: a plan and a variant of it must commit the same output. They hold for confluent jobs only, whose
 * output is a function of the input alone (DESIGN D10); what a law says of one run, a relation says of several.
 *
 * Not verified: the order within a topic (a sink promises none across its subtasks).
 */
import { canonical } from '../model/equal.ts';
import { type Observed, type Outcome, signatureOf } from '../outcome.ts';
import { configOf, disciplineOf, knobOf } from '../plan/knobs.ts';
import type { Plan, Workload } from '../plan/plan.ts';
import type { Scenario } from '../plan/scenario.ts';

export interface Relation {
  readonly name: string;
  /** One sentence. */
  readonly states: string;
  /** The plans that must commit the same output; none if the relation says nothing about this plan. */
  variants(plan: Plan, workload: Workload, scenario: Scenario): readonly Plan[];
}

/** Two runs that should have committed the same output and have not. */
export interface Difference {
  readonly relation: string;
  /** `laws` if the variant breaks one. */
  readonly topic: string;
  /** The first value that one has more often than the other, and how often each has it. */
  readonly what: string;
  /** What the variant changed. */
  readonly variant: string;
}

type RunVariant = (scenario: Scenario, plan: Plan) => Outcome;

/**
 * Runs the variants of a plan and compares them with its own outcome. Undefined: the same output everywhere, or nothing to
 * compare: the job is not confluent, the plan's own run did not pass (which its laws tell), or a variant is refused or
 * inconclusive. A variant that fails is a difference, because it is run here only.
 */
export function relate(
  relations: readonly Relation[],
  scenario: Scenario,
  plan: Plan,
  outcome: Outcome,
  run: RunVariant,
): { readonly compared: number; readonly difference: Difference | undefined } {
  let compared = 0;
  if (outcome.verdict !== 'pass' || !isConfluent(scenario, plan)) return { compared, difference: undefined };
  const workload = scenario.build(plan);
  for (const relation of relations) {
    for (const variant of relation.variants(plan, workload, scenario)) {
      if (!isConfluent(scenario, variant)) continue;
      const other = run(scenario, variant);
      if (other.verdict === 'fail') {
        const [violation] = other.violations;
        const what = `the variant breaks ${violation === undefined ? 'a law' : signatureOf(violation)}`;
        return {
          compared,
          difference: { relation: relation.name, topic: 'laws', what, variant: changedIn(plan, variant) },
        };
      }
      if (other.verdict !== 'pass') continue;
      compared++;
      const difference = differenceOf(outcome.observed, other.observed);
      if (difference === undefined) continue;
      return { compared, difference: { relation: relation.name, ...difference, variant: changedIn(plan, variant) } };
    }
  }
  return { compared, difference: undefined };
}

/**
 * What a scenario declares of its job holds if no record can be late. A split that is assigned, or added, long after its
 * neighbours can bring late ones with any delay of the watermarks: the reader's watermark did not know of it. At least
 * once, state may count a record twice, and a drain ends the job where its input happens to be.
 */
function isConfluent(scenario: Scenario, plan: Plan): boolean {
  if (disciplineOf(plan) === 'at-least-once' || configOf(plan).job.splitAssignmentIntervalMs > 0) return false;
  if (knobOf(plan, 'addedPartitionPer1000') > 0) return false;
  if (plan.incidents.some(({ what }) => what.kind === 'stop' && what.drain)) return false;
  return scenario.build(plan).confluent;
}

/** As multisets, topic by topic. */
export function differenceOf(a: Observed, b: Observed): { readonly topic: string; readonly what: string } | undefined {
  for (const topic of new Set([...Object.keys(a.committed), ...Object.keys(b.committed)])) {
    const left = countsOf(a.committed[topic] ?? []);
    const right = countsOf(b.committed[topic] ?? []);
    for (const value of new Set([...left.keys(), ...right.keys()])) {
      const [here, there] = [left.get(value) ?? 0, right.get(value) ?? 0];
      if (here !== there)
        return { topic, what: `${value} is committed ${here} times, and ${there} times in the variant` };
    }
  }
  return undefined;
}

function countsOf(values: readonly unknown[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) {
    const text = canonical(value);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

function changedIn(plan: Plan, variant: Plan): string {
  const names = new Set([...Object.keys(plan.config), ...Object.keys(variant.config)]);
  const changed = [...names].filter((name) => plan.config[name] !== variant.config[name]);
  return [
    ...changed.map((name) => `${name} ${plan.config[name] ?? 'calm'} -> ${variant.config[name] ?? 'calm'}`),
    ...(plan.incidents === variant.incidents ? [] : ['no incidents']),
    ...(plan.choices === variant.choices ? [] : ['another schedule']),
    ...(plan.workload === variant.workload ? [] : ['the records in other partitions']),
  ].join(', ');
}
