/**
 * Validation of plans that people wrote or edited. Every error names its place and what would be right there.
 */
import { z } from 'zod';
import type { Incident } from '../../sim/faults/incident.ts';
import type { Scenario } from './scenario.ts';
import { topicsOf } from './explicit.ts';
import { FACT_KINDS, isFactKind } from '../../core/facts.ts';
import type { Knob } from './knobs.ts';
import { KNOBS } from './knobs.ts';
import type { Plan } from './plan.ts';

/** What is wrong with a plan, a case or another input of a person, one line per place. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  readonly problems: readonly string[];

  constructor(what: string, problems: readonly string[]) {
    super(`${what}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const text = (what: string): z.ZodString => z.string({ error: `expected ${what}, a string` });
const whole = (min: number, what: string): z.ZodInt =>
  z.int({ error: `expected ${what}, a whole number` }).min(min, { error: `expected ${what}, at least ${min}` });

const PROCESS = "a process: 'self', 'jobmanager', 'taskmanager-1' ...";

const factKind = z.custom<(typeof FACT_KINDS)[number]>((name) => typeof name === 'string' && isFactKind(name), {
  error: `expected a fact of core/facts.ts: ${FACT_KINDS.join(', ')}`,
});

const what = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('kill'),
      process: text(PROCESS),
      restartAfterMs: whole(0, 'milliseconds until it starts again'),
    }),
    z.strictObject({ kind: z.literal('reset-connections'), process: text(PROCESS) }),
    z.strictObject({
      kind: z.literal('isolate'),
      process: text(PROCESS),
      forMs: whole(0, 'milliseconds until it is reachable again'),
      untilFact: factKind.optional(),
    }),
    z.strictObject({ kind: z.literal('rescale'), parallelism: whole(1, 'subtasks') }),
    z.strictObject({ kind: z.literal('savepoint') }),
    z.strictObject({
      kind: z.literal('stop'),
      drain: z.boolean({ error: 'expected true or false, whether event time ends first' }),
    }),
  ],
  { error: "expected kind 'kill', 'reset-connections', 'isolate', 'rescale', 'savepoint' or 'stop'" },
);

const field = z.union([z.string(), z.number()], { error: 'expected a string or a number, the value of the field' });

const when = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('time'), ms: whole(0, 'milliseconds of virtual time') }),
    z.strictObject({
      kind: z.literal('fact'),
      fact: factKind,
      nth: whole(1, 'which of them, counted from 1'),
      where: z.record(z.string(), field, { error: 'expected fields of the fact with their values' }).optional(),
    }),
    z.strictObject({
      kind: z.literal('port-call'),
      process: text(PROCESS),
      nth: whole(1, 'which call, counted from 1'),
    }),
  ],
  { error: "expected kind 'time', 'fact' or 'port-call'" },
);

const LIST_OF_RECORDS = 'expected topics, each a list of partitions, each a list of records';
const workload = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('generated'), seed: text('a seed'), count: whole(0, 'how many records') }),
    z.strictObject({
      kind: z.literal('explicit'),
      topics: z.record(z.string(), z.array(z.array(z.unknown(), LIST_OF_RECORDS), LIST_OF_RECORDS), LIST_OF_RECORDS),
    }),
  ],
  { error: "expected kind 'generated' or 'explicit'" },
);

const CHOICES = 'expected { seed } or { explicit: [{ label, k, value }, ...] }';
const choices = z.union(
  [
    z.strictObject({ seed: z.string() }),
    z.strictObject({ explicit: z.array(z.strictObject({ label: z.string(), k: z.int(), value: z.int() })) }),
  ],
  { error: CHOICES },
);

/** The shape of a plan, whatever the scenario. */
export const planShape = z.strictObject({
  scenario: text('the id of a scenario'),
  config: z.record(z.string(), z.number({ error: 'expected a number' }), { error: 'expected knobs by name' }),
  workload,
  incidents: z.array(z.strictObject({ what, when }), { error: 'expected a list of incidents' }),
  choices,
});

/** One line per issue: "incidents[2].when.nth: expected which of them, counted from 1, at least 1". */
export function problemsOf(error: z.ZodError): readonly string[] {
  return error.issues.map((issue) => `${placeOf(issue.path)}: ${issue.message}`);
}

function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return place.replace(/^\./, '') || 'the whole';
}

/** What of a well-shaped plan does not fit this scenario: unknown knobs, values out of range, unknown topics. */
export function misfits(plan: Plan, scenario: Scenario): readonly string[] {
  return [...configMisfits(plan, scenario), ...topicMisfits(plan, scenario)];
}

type Range = Pick<Knob, 'name' | 'min' | 'max'>;

function configMisfits(plan: Plan, scenario: Scenario): readonly string[] {
  const known = new Map<string, Range>([...KNOBS, ...scenario.parameters].map((range) => [range.name, range]));
  return Object.entries(plan.config).flatMap(([name, value]) => {
    const range = known.get(name);
    if (range === undefined) {
      return [`config.${name}: there is no such knob; there are ${[...known.keys()].join(', ')}`];
    }
    const fits = Number.isSafeInteger(value) && value >= range.min && value <= range.max;
    return fits ? [] : [`config.${name}: expected a whole number from ${range.min} to ${range.max}, found ${value}`];
  });
}

function topicMisfits(plan: Plan, scenario: Scenario): readonly string[] {
  if (plan.workload.kind === 'generated') return [];
  const known = topicsOf(scenario, { ...plan, workload: { kind: 'generated', seed: '', count: 1 } });
  const topics = plan.workload.topics;
  const unknown = Object.keys(topics).filter((topic) => !Object.hasOwn(known, topic));
  const missing = Object.keys(known).filter((topic) => !Object.hasOwn(topics, topic));
  return [
    ...unknown.map(
      (topic) =>
        `workload.topics.${topic}: ${scenario.id} reads no such topic; it reads ${Object.keys(known).join(', ')}`,
    ),
    ...missing.map((topic) => `workload.topics.${topic}: is missing; write [[]] for one empty partition`),
  ];
}

/** A plan from outside. Throws `InvalidInput` with every place that is wrong. */
export function parsePlan(value: unknown, scenarioOf: (id: string) => Scenario | undefined): Plan {
  const result = planShape.safeParse(value);
  if (!result.success) throw new InvalidInput('this is not a plan', problemsOf(result.error));
  const plan = asPlan(result.data);
  const scenario = scenarioOf(plan.scenario);
  if (scenario === undefined)
    throw new InvalidInput('this plan cannot run', [`scenario: there is no ${plan.scenario}`]);
  const problems = misfits(plan, scenario);
  if (problems.length > 0) throw new InvalidInput('this plan cannot run', problems);
  return plan;
}

/** zod says `where?: T | undefined` where a plan says "there or not": fields that are undefined are dropped. */
export function asPlan(plan: z.infer<typeof planShape>): Plan {
  return { ...plan, incidents: plan.incidents.map(asIncident) };
}

function asIncident({ what: happens, when: trigger }: z.infer<typeof planShape>['incidents'][number]): Incident {
  return { what: asWhat(happens), when: asTrigger(trigger) };
}

function asWhat(happens: z.infer<typeof what>): Incident['what'] {
  if (happens.kind !== 'isolate') return happens;
  const { untilFact, ...rest } = happens;
  return untilFact === undefined ? rest : { ...rest, untilFact };
}

function asTrigger(trigger: z.infer<typeof when>): Incident['when'] {
  if (trigger.kind !== 'fact') return trigger;
  const { where, ...rest } = trigger;
  return where === undefined ? rest : { ...rest, where };
}
