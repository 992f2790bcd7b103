/**
 * Validation of plans that people wrote or edited. Every error names its place and what would be right there.
 */
import * as z from 'zod';
import { INCIDENTS } from '../../sim/faults/index.ts';
import { isWhat, type What } from '../../sim/faults/incident.ts';
import type { IncidentFault } from '../../sim/faults/vocabulary/define.ts';
import type { AnyWhat, Field } from '../../sim/faults/vocabulary/fields.ts';
import type { Trigger } from '../../sim/faults/vocabulary/trigger.ts';
import type { Scenario } from './scenario.ts';
import { FACT_KINDS, isFactKind } from '../../core/facts.ts';
import { InvalidInput } from './invalid-input.ts';
import { misfits } from './misfits.ts';
import type { Plan } from './plan.ts';

const text = (what: string): z.ZodString => z.string({ error: `expected ${what}, a string` });
const whole = (min: number, max: number, what: string): z.ZodInt =>
  z
    .int({ error: `expected ${what}, a whole number` })
    .min(min, { error: `expected ${what}, at least ${min}` })
    .max(max, { error: `expected ${what}, at most ${max}` });

/** No run of a plan gets that far; beyond it a clock in microseconds is no longer exact. */
const VIRTUAL_MS_MAX = 86_400_000;
const NTH_MAX = 1_000_000_000;
/** A run of so many takes some seconds. Larger inputs are read from files. */
const GENERATED_MAX = 20_000;
const PARTITIONS_MAX = 1_024;

const PROCESS = "a process: 'self', 'jobmanager', 'taskmanager-1' ...";

const factKind = z.custom<(typeof FACT_KINDS)[number]>((name) => typeof name === 'string' && isFactKind(name), {
  error: `expected a fact of core/facts.ts: ${FACT_KINDS.join(', ')}`,
});

/** What a field of an incident may hold. */
function fieldShape(of: Field): z.ZodType {
  switch (of.type) {
    case 'process':
      return text(PROCESS);
    case 'whole':
      return whole(of.min, of.max, of.what);
    case 'flag':
      return z.boolean({ error: `expected true or false, ${of.what}` });
    case 'optional fact':
      return factKind.optional();
  }
}

function incidentShape({ kind, fields }: IncidentFault): z.ZodType<AnyWhat> {
  const shapes = Object.entries(fields).map(([name, field]): [string, z.ZodType] => [name, fieldShape(field)]);
  return z.strictObject({ kind: z.literal(kind), ...Object.fromEntries(shapes) });
}

const KINDS = INCIDENTS.map(({ kind }) => `'${kind}'`);
const KIND = `expected kind ${KINDS.slice(0, -1).join(', ')} or ${KINDS.at(-1) ?? ''}`;

/** The shape of its own kind, so that an error names the field and not all kinds that it might have been. */
const what = z.looseObject({ kind: z.string({ error: KIND }) }).transform((value, context): What => {
  const fault = INCIDENTS.find(({ kind }) => kind === value.kind);
  const parsed = fault === undefined ? undefined : incidentShape(fault).safeParse(value);
  if (parsed?.success === true && isWhat(parsed.data)) return parsed.data;
  const issues = parsed?.error?.issues ?? [{ path: ['kind'], message: KIND }];
  for (const { path, message } of issues) context.addIssue({ code: 'custom', path: [...path], message });
  return z.NEVER;
});

const field = z.union([z.string(), z.number()], { error: 'expected a string or a number, the value of the field' });

const when = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('time'), ms: whole(0, VIRTUAL_MS_MAX, 'milliseconds of virtual time') }),
    z.strictObject({
      kind: z.literal('fact'),
      fact: factKind,
      nth: whole(1, NTH_MAX, 'which of them, counted from 1'),
      where: z.record(z.string(), field, { error: 'expected fields of the fact with their values' }).optional(),
    }),
    z.strictObject({
      kind: z.literal('port-call'),
      process: text(PROCESS),
      nth: whole(1, NTH_MAX, 'which call, counted from 1'),
    }),
  ],
  { error: "expected kind 'time', 'fact' or 'port-call'" },
);

const LIST_OF_RECORDS = 'expected topics, each a list of partitions, each a list of records';
const workload = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('generated'),
      seed: text('a seed'),
      count: whole(0, GENERATED_MAX, 'how many records'),
    }),
    z.strictObject({
      kind: z.literal('explicit'),
      topics: z.record(
        z.string(),
        z
          .array(z.array(z.unknown(), LIST_OF_RECORDS), LIST_OF_RECORDS)
          .min(1, { error: 'expected at least one partition; write [[]] for an empty one' })
          .max(PARTITIONS_MAX, { error: `expected at most ${PARTITIONS_MAX} partitions` }),
        LIST_OF_RECORDS,
      ),
    }),
  ],
  { error: "expected kind 'generated' or 'explicit'" },
);

const CHOICES = 'expected { seed } or { explicit: [{ label, k, value }, ...] }';
const draw = z.int().min(0);
const choices = z.union(
  [
    z.strictObject({ seed: z.string() }),
    z.strictObject({ explicit: z.array(z.strictObject({ label: z.string(), k: draw, value: draw })) }),
  ],
  { error: CHOICES },
);

/** The shape of a plan of any scenario. */
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

/** zod says `where?: T | undefined` where a plan says "there or not": a filter that is undefined is dropped. */
export function asPlan(plan: z.infer<typeof planShape>): Plan {
  const incidents = plan.incidents.map(({ what: happens, when: trigger }) => ({
    what: happens,
    when: asTrigger(trigger),
  }));
  return { ...plan, incidents };
}

function asTrigger(trigger: z.infer<typeof when>): Trigger {
  if (trigger.kind !== 'fact') return trigger;
  const { where, ...rest } = trigger;
  return where === undefined ? rest : { ...rest, where };
}
