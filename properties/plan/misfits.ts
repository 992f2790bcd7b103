/** Whether a plan of the right shape is one of a scenario's: `schema.ts` knows the shape. */
import type { JobSpec } from '../../core/job/spec.ts';
import { string, type TypeInfo } from '../../core/job/types.ts';
import { serializerOf } from '../../core/values/serializers.ts';
import { topicsOf } from './explicit.ts';
import { KNOBS } from './knobs.ts';
import type { Plan, Topics } from './plan.ts';
import type { Scenario } from './scenario.ts';

/** What of a well-shaped plan does not fit this scenario: unknown knobs, values out of range, unknown topics. */
export function misfits(plan: Plan, scenario: Scenario): readonly string[] {
  const problems = [...configMisfits(plan, scenario), ...topicMisfits(plan, scenario)];
  // The job of a plan is asked for the types of its records only once the plan is one of the scenario's.
  return problems.length > 0 ? problems : recordMisfits(plan, scenario);
}

interface Range {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

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

const ONE_RECORD: Plan['workload'] = { kind: 'generated', seed: '', count: 1 };

function topicMisfits(plan: Plan, scenario: Scenario): readonly string[] {
  if (plan.workload.kind === 'generated') return [];
  const known = topicsOf(scenario, { ...plan, workload: ONE_RECORD });
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

/** By topic, or by prefix of the files. */
function recordTypes({ nodes }: JobSpec): ReadonlyMap<string, TypeInfo> {
  const sources = nodes.flatMap(({ operator }) => (operator.kind === 'source' ? [operator.source] : []));
  // A record of a file is its line, whatever the source makes of it.
  return new Map(sources.map(({ input, connector, type }) => [input, connector === 'file' ? string : type]));
}

/** Records that are written out and are none that the sources of the job read; the first one of each topic, since others are often wrong in the same way. */
function recordMisfits(plan: Plan, scenario: Scenario): readonly string[] {
  if (plan.workload.kind === 'generated') return [];
  const types = recordTypes(scenario.build({ ...plan, workload: ONE_RECORD }).job);
  return Object.entries(plan.workload.topics).flatMap(([topic, partitions]) => {
    const type = types.get(topic);
    return type === undefined ? [] : firstMisfit(`workload.topics.${topic}`, partitions, type);
  });
}

function firstMisfit(place: string, partitions: Topics[string], type: TypeInfo): readonly string[] {
  const { validate } = serializerOf(type);
  for (const [partition, records] of partitions.entries()) {
    for (const [offset, value] of records.entries()) {
      const wrong = validate(value);
      if (wrong !== undefined) return [`${place}[${partition}][${offset}]: ${wrong}`];
    }
  }
  return [];
}

/**
 * The plan of an earlier version of the job: what its records lack, and the job declares with a default, has that default, as
 * when a job reads what an earlier version has written. A plan that does not fit the scenario stays as it is.
 */
export function withAddedFields(plan: Plan, scenario: Scenario): Plan {
  const { workload } = plan;
  if (workload.kind === 'generated') return plan;
  if (configMisfits(plan, scenario).length > 0 || topicMisfits(plan, scenario).length > 0) return plan;
  const types = recordTypes(scenario.build({ ...plan, workload: ONE_RECORD }).job);
  const topics = Object.entries(workload.topics).map(([topic, partitions]) => {
    const type = types.get(topic);
    const filled =
      type === undefined ? partitions : partitions.map((records) => records.map((one) => filledIn(one, type)));
    return [topic, filled] as const;
  });
  return { ...plan, workload: { ...workload, topics: Object.fromEntries(topics) } };
}

/** Of what a tuple has no place for. */
const ANYTHING: TypeInfo = { kind: 'json' };

/** What is not of the type stays as it is: `recordMisfits` names it. */
function filledIn(value: unknown, type: TypeInfo): unknown {
  switch (type.kind) {
    case 'nullable':
      return value === null ? null : filledIn(value, type.of);
    case 'list':
      return isList(value) ? value.map((item) => filledIn(item, type.of)) : value;
    case 'tuple':
      return isList(value) ? value.map((item, at) => filledIn(item, type.of[at] ?? ANYTHING)) : value;
    case 'record': {
      if (!isObject(value)) return value;
      const fields = type.fields.flatMap(({ name, type: of }): (readonly [string, unknown])[] => {
        if (Object.hasOwn(value, name)) return [[name, filledIn(value[name], of)]];
        return of.default === undefined ? [] : [[name, of.default]];
      });
      return { ...value, ...Object.fromEntries(fields) };
    }
    case 'union': {
      if (!isObject(value)) return value;
      const found = type.cases.find(({ tag }) => tag === value['tag']);
      return found === undefined ? value : { ...value, value: filledIn(value['value'], found.type) };
    }
    default:
      return value;
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
