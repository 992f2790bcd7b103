/** Plans, incidents and records in words. Apart from `words.ts`: the words of a fault stand in its file, and so bring all of them along. */
import { type Incident, type What, wordsOf } from '../sim/faults/incident.ts';
import type { Trigger } from '../sim/faults/vocabulary/trigger.ts';
import type { Plan } from '../properties/plan/plan.ts';
import type { PlanSize } from '../properties/shrink/parts.ts';
import { count, ordinal, plural } from './words.ts';

export function incidentInWords(incident: Incident): string {
  return `${wordsOf(incident.what)} ${whenInWords(incident.when, incident.what)}`;
}

function whenInWords(when: Trigger, what: What): string {
  switch (when.kind) {
    case 'time':
      return `at ${count(when.ms)} ms`;
    case 'fact': {
      const where = Object.entries(when.where ?? {}).map(([field, value]) => ` with ${field} ${value}`);
      return `at the ${ordinal(when.nth)} ${when.fact}${where.join(' and')}`;
    }
    case 'port-call': {
      const whose = 'process' in what && what.process === when.process ? 'its' : `${when.process}'s`;
      return `before ${whose} ${ordinal(when.nth)} port call`;
    }
  }
}

/** "records 31 -> 4, incidents 5 -> 1, choices 212 -> 0": only what there was. */
export function shrunkInWords(from: PlanSize, to: PlanSize): string {
  const change = (name: string, before: number | undefined, after: number | undefined): string[] =>
    before === undefined || (before === 0 && after === 0)
      ? []
      : [`${name} ${count(before)} -> ${after === undefined ? 'a seed' : count(after)}`];
  return [
    ...change('records', from.records, to.records),
    ...change('incidents', from.incidents, to.incidents),
    ...change('knobs', from.config, to.config),
    ...change('choices', from.choices, to.choices),
  ].join(', ');
}

/** One line per record, with its value as text. */
export function recordLines(plan: Plan): readonly string[] {
  const { workload } = plan;
  if (workload.kind === 'generated') return [`${plural(workload.count, 'record')} from seed ${workload.seed}`];
  return Object.entries(workload.topics).flatMap(([topic, partitions]) =>
    partitions.flatMap((records, partition) =>
      records.map((record) => `${topic}[${partition}]  ${valueInWords(record)}`),
    ),
  );
}

/** `{ net: 'ak', time: 10 }` -> "net=ak time=10"; anything else as JSON. */
export function valueInWords(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return scalar(value);
  return Object.entries(value)
    .map(([field, of]: [string, unknown]) => `${field}=${scalar(of)}`)
    .join(' ');
}

function scalar(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:-]+$/.test(value)) return value;
  if (typeof value === 'number') return String(value);
  return JSON.stringify(value) ?? String(value);
}
