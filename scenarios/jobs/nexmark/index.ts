/** The Nexmark scenarios: one generator, twelve queries. */
import type { JobSpec } from '../../../core/api/index.ts';
import { topicsOf } from '../../../properties/plan/explicit.ts';
import type { Expectations } from '../../../properties/plan/expects.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { neverLate, neverLateForSessions } from '../../lateness.ts';
import { type ParameterTable, parameterTable, type Range } from '../../parameters.ts';
import { type Bid, bidEventArbitrary, type Event, nexmarkEvents } from './events.ts';
import { q3, q4, q6, q8, q9 } from './join-queries.ts';
import { EVENTS_TOPIC, q0, q1, q2, q7 } from './queries.ts';
import { q11, q12, q5 } from './window-queries.ts';

/** Parameters of the generator and of the watermarks. */
const COMMON = {
  partitions: [1, 4, 2],
  intervalMs: [1, 1_000, 100],
  disorderMs: [0, 5_000, 500],
  delayMs: [0, 6_000, 500],
  periodMs: [1, 50, 5],
} as const satisfies Readonly<Record<string, Range>>;

/** Event times lie further behind one another than the watermark waits for. */
const TURNED_UP = { ...COMMON, disorderMs: [0, 10_000, 2_000], delayMs: [0, 6_000, 1_000] } as const;

interface EventsTopic {
  readonly [EVENTS_TOPIC]: Event;
}

interface Query<N extends string> {
  readonly id: string;
  readonly states: string;
  readonly parameters: ParameterTable<N | keyof typeof COMMON>;
  job(numbers: Readonly<Record<N | keyof typeof COMMON, number>>): JobSpec;
  /** What the output is a function of beside the input: which records are late, for windows or for sessions; or the clock. */
  readonly minds: 'nothing' | 'late records' | 'ends of sessions' | 'the clock';
  /** Some of what it remembers is there to stay. */
  readonly keeps?: boolean;
  /** What an author could say of its output. */
  readonly expects?: Expectations;
}

function scenarioOf<N extends string>(query: Query<N>): Scenario<EventsTopic> {
  const { id, states, parameters, minds, keeps = false, expects = {} } = query;
  const scenario: Scenario<EventsTopic> = {
    id,
    states,
    has: ['batch'],
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
        confluent: isConfluent(minds, topics[EVENTS_TOPIC], numbers.delayMs),
      };
    },
    recordArbitrary: (_topic, fc) => bidEventArbitrary(fc),
    expects: { ...expects, ...(forgetsAtTheEnd(minds) && !keeps ? { stateEndsEmpty: true } : {}) },
  };
  return scenario;
}

function bidsIn({ bid }: Event): readonly Bid[] {
  return bid === null ? [] : [bid];
}

/** All that they remember goes with the end of event time: windows, or what a timer clears. */
function forgetsAtTheEnd(minds: Query<string>['minds']): boolean {
  return minds === 'late records' || minds === 'ends of sessions';
}

function isConfluent(minds: Query<string>['minds'], events: readonly (readonly Event[])[], delayMs: number): boolean {
  if (minds === 'nothing' || minds === 'the clock') return minds === 'nothing';
  return (minds === 'late records' ? neverLate : neverLateForSessions)(events, (e) => e.dateTime, delayMs);
}

export const nexmark: readonly Scenario[] = [
  scenarioOf({
    id: 'nexmark/q0',
    states: 'Decodes the bids and passes them on: source and sink alone.',
    parameters: parameterTable(COMMON),
    job: q0,
    minds: 'nothing',
    expects: {
      output: ({ [EVENTS_TOPIC]: events = [] }) => ({ q0: (events as readonly Event[]).flatMap(bidsIn) }),
      orderedBy: { q0: ({ bidder }: Bid) => bidder },
    },
  }),
  scenarioOf({
    id: 'nexmark/q1',
    states: 'The bids with their prices in another currency.',
    parameters: parameterTable(COMMON),
    job: q1,
    minds: 'nothing',
    expects: { confluent: true },
  }),
  scenarioOf({
    id: 'nexmark/q2',
    states: 'Keeps the bids for every k-th auction.',
    parameters: parameterTable({ ...COMMON, modulus: [1, 10, 3] }),
    job: (numbers) => q2(numbers, numbers.modulus),
    minds: 'nothing',
    // Of an auction and a price there may be several: nobody knows which of them is which.
    expects: { orderedBy: { q2: ({ auction }: Bid) => auction } },
  }),
  {
    panesPerRecord: 6,
    ...scenarioOf({
      id: 'nexmark/q5',
      states: 'The auctions with most bids in each sliding window: panes of one stage feed a second one.',
      parameters: parameterTable({
        ...TURNED_UP,
        slideMs: [1, 4_000, 500],
        panes: [1, 6, 4],
        latenessMs: [0, 4_000, 500],
      }),
      job: (numbers) => q5(numbers, numbers.slideMs * numbers.panes, numbers.slideMs, numbers.latenessMs),
      minds: 'late records',
    }),
  },
  scenarioOf({
    id: 'nexmark/q7',
    states: 'The highest bid of each tumbling window: a window stage per auction feeds a second one over all of them.',
    parameters: parameterTable({ ...COMMON, windowMs: [1, 20_000, 2_000], latenessMs: [0, 4_000, 0] }),
    job: (numbers) => q7(numbers, numbers.windowMs, numbers.latenessMs),
    minds: 'late records',
  }),
  scenarioOf({
    id: 'nexmark/q11',
    states: 'How many bids each bidder makes in a session: windows that merge, under disorder.',
    parameters: parameterTable({ ...TURNED_UP, gapMs: [1, 5_000, 400], latenessMs: [0, 4_000, 500] }),
    job: (numbers) => q11(numbers, numbers.gapMs, numbers.latenessMs),
    minds: 'ends of sessions',
  }),
  scenarioOf({
    id: 'nexmark/q12',
    states: 'How many bids each bidder makes in a stretch of the wall clock: no two runs agree.',
    parameters: parameterTable({ ...TURNED_UP, sizeMs: [1, 2_000, 100] }),
    job: (numbers) => q12(numbers, numbers.sizeMs),
    minds: 'the clock',
  }),
  scenarioOf({
    id: 'nexmark/q3',
    states: 'Who sells in some states and categories: a join for ever, in keyed state.',
    parameters: parameterTable({ ...COMMON, categories: [1, 5, 4] }),
    job: (numbers) => q3(numbers, numbers.categories),
    minds: 'nothing',
  }),
  scenarioOf({
    id: 'nexmark/q4',
    states:
      'The mean price at which auctions of a category close, by window: a join that feeds windows, under disorder.',
    parameters: parameterTable({ ...TURNED_UP, windowMs: [1, 40_000, 10_000] }),
    job: (numbers) => q4(numbers, numbers.windowMs),
    minds: 'late records',
  }),
  scenarioOf({
    id: 'nexmark/q6',
    states:
      'The mean of the last ten prices of each seller, as auctions close: state in order of event time, under disorder.',
    parameters: parameterTable(TURNED_UP),
    job: (numbers) => q6(numbers),
    minds: 'late records',
    keeps: true,
  }),
  scenarioOf({
    id: 'nexmark/q8',
    states: 'Who is new and sells in the same window: a window join, under disorder.',
    parameters: parameterTable({ ...TURNED_UP, windowMs: [1, 20_000, 4_000] }),
    job: (numbers) => q8(numbers, numbers.windowMs),
    minds: 'late records',
  }),
  scenarioOf({
    id: 'nexmark/q9',
    states: 'The winning bid of each auction when it closes: bids may come before their auction.',
    parameters: parameterTable(TURNED_UP),
    job: (numbers) => q9(numbers),
    minds: 'late records',
  }),
];
