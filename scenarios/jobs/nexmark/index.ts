/** The Nexmark scenarios: one generator, three queries. */
import type { JobSpec } from '../../../core/api/index.ts';
import { topicsOf } from '../../../properties/plan/explicit.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { neverLate } from '../../lateness.ts';
import { type ParameterTable, parameterTable, type Range } from '../../parameters.ts';
import { bidEventArbitrary, type Event, nexmarkEvents } from './events.ts';
import { EVENTS_TOPIC, q0, q2, q7 } from './queries.ts';

/** Parameters of the generator and of the watermarks. */
const COMMON = {
  partitions: [1, 4, 2],
  intervalMs: [1, 1_000, 100],
  disorderMs: [0, 5_000, 500],
  delayMs: [0, 6_000, 500],
  periodMs: [1, 50, 5],
} as const satisfies Readonly<Record<string, Range>>;

interface EventsTopic {
  readonly [EVENTS_TOPIC]: Event;
}

interface Query<N extends string> {
  readonly id: string;
  readonly states: string;
  readonly parameters: ParameterTable<N | keyof typeof COMMON>;
  job(numbers: Readonly<Record<N | keyof typeof COMMON, number>>): JobSpec;
  /** Whether the output is a function of the input alone, if nothing can be late; else it always is. */
  readonly minds: 'late records' | 'nothing';
}

function scenarioOf<N extends string>(query: Query<N>): Scenario<EventsTopic> {
  const { id, states, parameters, minds } = query;
  const scenario: Scenario<EventsTopic> = {
    id,
    states,
    parameters: parameters.list,
    generate: (seed, count, numbers) => ({
      [EVENTS_TOPIC]: nexmarkEvents(seed, count, parameters.from(numbers)),
    }),
    build: (plan) => {
      const numbers = parameters.of(plan);
      const topics = topicsOf(scenario, plan);
      return {
        job: query.job(numbers),
        topics,
        confluent: minds === 'nothing' || neverLate(topics[EVENTS_TOPIC], (e) => e.dateTime, numbers.delayMs),
      };
    },
    recordArbitrary: () => bidEventArbitrary,
  };
  return scenario;
}

export const nexmark: readonly Scenario[] = [
  scenarioOf({
    id: 'nexmark/q0',
    states: 'Decodes the bids and passes them on: source and sink alone.',
    parameters: parameterTable(COMMON),
    job: q0,
    minds: 'nothing',
  }),
  scenarioOf({
    id: 'nexmark/q2',
    states: 'Keeps the bids for every k-th auction.',
    parameters: parameterTable({ ...COMMON, modulus: [1, 10, 3] }),
    job: (numbers) => q2(numbers, numbers.modulus),
    minds: 'nothing',
  }),
  scenarioOf({
    id: 'nexmark/q7',
    states: 'The highest bid of each tumbling window: a window stage per auction feeds a second one over all of them.',
    parameters: parameterTable({ ...COMMON, windowMs: [1, 20_000, 2_000], latenessMs: [0, 4_000, 0] }),
    job: (numbers) => q7(numbers, numbers.windowMs, numbers.latenessMs),
    minds: 'late records',
  }),
];
