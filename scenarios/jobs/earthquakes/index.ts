/**
 * The earthquakes in four variants of one job.
 *
 * | variant | splits                    | watermarks                 | what is decided by the schedule           |
 * |---------|---------------------------|----------------------------|-------------------------------------------|
 * | exact   | one, in order of arrival  | after each record          | nothing: panes and late records are a table |
 * | spread  | one for each network      | periodic, minimum over all | which records are late, never their number in all |
 * | sessions | as spread               | as spread                  | the same, and where sessions part         |
 * | sliding  | as spread               | as spread                  | the same, window by window                |
 *
 * *sessions* are those of a region, which is what a network reports on: shocks that are not further apart than the gap. Both are
 * drawn with no lateness, an hour, and two days. *exact* reads with one subtask, since the watermark of a reader without a split holds everything back until it ends;
 * its windows run in parallel. A plan takes so many records of the file as its workload says; the parameter `wholeFile`
 * takes all of them.
 */
import {
  boundedOutOfOrderness,
  sessionEventTime,
  slidingEventTime,
  type WindowAssigner,
  watermarkPerRecord,
} from '../../../core/api/index.ts';
import { topicsOf } from '../../../properties/plan/explicit.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { neverLate, neverLateForSessions } from '../../lateness.ts';
import { type ParameterTable, parameterTable, type Range } from '../../parameters.ts';
import { sampled } from '../../../properties/plan/sample.ts';
import { earthquakesJob, QUAKES_TOPIC } from './job.ts';
import { HOUR_MS, networks, type Quake, quakeArbitrary, quakes } from './quakes.ts';

const WEEK_HOURS = 168;
/** `wholeFile` at its largest value takes the whole file: about one generated plan in eighteen. */
const WHOLE_FILE = 8;

const timestamp = (q: Quake): number => q.time;

const exactParameters = parameterTable({
  delayHours: [0, WEEK_HOURS, 24],
  wholeFile: [0, WHOLE_FILE, 0],
});

const spreadParameters = parameterTable({
  delayHours: [0, WEEK_HOURS, 24],
  latenessHours: [0, 48, 0],
  periodMs: [1, 50, 5],
  wholeFile: [0, WHOLE_FILE, 0],
});

function taken(seed: string, count: number, wholeFile: number): readonly Quake[] {
  return wholeFile === WHOLE_FILE ? quakes() : sampled(quakes(), seed, count);
}

interface QuakesTopic {
  readonly [QUAKES_TOPIC]: Quake;
}

export const exact: Scenario<QuakesTopic> = {
  id: 'earthquakes/exact',
  has: ['batch'],
  states: 'The real file in one split with a watermark after each record: panes and late records are a table.',
  parameters: exactParameters.list,
  generate: (seed, count, numbers) => ({
    [QUAKES_TOPIC]: [taken(seed, count, exactParameters.from(numbers).wholeFile)],
  }),
  build: (plan) => {
    const delayMs = exactParameters.of(plan).delayHours * HOUR_MS;
    const topics = topicsOf(exact, plan);
    const job = earthquakesJob('earthquakes-exact', {
      watermarks: watermarkPerRecord({ timestamp, delayMs }),
      latenessMs: 0,
      readers: 1,
    });
    return { job, topics, confluent: neverLate(topics[QUAKES_TOPIC], timestamp, delayMs) };
  },
  recordArbitrary: (_topic, fc) => quakeArbitrary(fc),
  expects: { stateEndsEmpty: true },
};

export const spread: Scenario<QuakesTopic> = {
  id: 'earthquakes/spread',
  has: ['batch'],
  states:
    'The real file in a split for each network with periodic watermarks: what is late varies, nothing is lost or doubled.',
  parameters: spreadParameters.list,
  generate: (seed, count, numbers) => {
    const records = taken(seed, count, spreadParameters.from(numbers).wholeFile);
    return { [QUAKES_TOPIC]: networks().map((net) => records.filter((q) => q.net === net)) };
  },
  build: (plan) => {
    const { delayHours, latenessHours, periodMs } = spreadParameters.of(plan);
    const delayMs = delayHours * HOUR_MS;
    const topics = topicsOf(spread, plan);
    const watermarks = boundedOutOfOrderness({ timestamp, delayMs, periodMs });
    const job = earthquakesJob('earthquakes-spread', {
      watermarks,
      latenessMs: latenessHours * HOUR_MS,
      readers: undefined,
    });
    return { job, topics, confluent: neverLate(topics[QUAKES_TOPIC], timestamp, delayMs) };
  },
  recordArbitrary: (_topic, fc) => quakeArbitrary(fc),
  expects: { stateEndsEmpty: true },
};

/** Hours: records come into a pane that has fired, or do not. */
const LATENESS_HOURS = [0, 1, 48] as const;
const windowedParameters = {
  delayHours: [0, 48, 6],
  lateness: [0, LATENESS_HOURS.length - 1, 1],
  periodMs: [1, 50, 5],
} as const satisfies Readonly<Record<string, Range>>;

interface Windowed<N extends string> {
  readonly id: string;
  readonly states: string;
  readonly parameters: ParameterTable<N | keyof typeof windowedParameters>;
  assigner(numbers: Readonly<Record<N | keyof typeof windowedParameters, number>>): WindowAssigner;
  /** Whether all records come in time, so that the output is a function of the input alone. */
  readonly isOnTime: typeof neverLate;
}

/** By region, in a split for each. */
function windowed<N extends string>({
  id,
  states,
  parameters,
  assigner,
  isOnTime,
}: Windowed<N>): Scenario<QuakesTopic> {
  const scenario: Scenario<QuakesTopic> = {
    id,
    states,
    has: ['batch'],
    parameters: parameters.list,
    generate: (seed, count) => {
      const records = sampled(quakes(), seed, count);
      return { [QUAKES_TOPIC]: networks().map((net) => records.filter((q) => q.net === net)) };
    },
    build: (plan) => {
      const numbers = parameters.of(plan);
      const delayMs = numbers.delayHours * HOUR_MS;
      const topics = topicsOf(scenario, plan);
      const job = earthquakesJob(id.replace('/', '-'), {
        watermarks: boundedOutOfOrderness({ timestamp, delayMs, periodMs: numbers.periodMs }),
        latenessMs: (LATENESS_HOURS[numbers.lateness] ?? 0) * HOUR_MS,
        readers: undefined,
        assigner: assigner(numbers),
      });
      return { job, topics, confluent: isOnTime(topics[QUAKES_TOPIC], timestamp, delayMs) };
    },
    recordArbitrary: (_topic, fc) => quakeArbitrary(fc),
    expects: { stateEndsEmpty: true },
  };
  return scenario;
}

export const sessions = windowed({
  id: 'earthquakes/sessions',
  states: 'Swarms of the real file: sessions of a region, which merge as shocks are reported late.',
  parameters: parameterTable({ ...windowedParameters, gapMinutes: [5, 720, 60] }),
  assigner: ({ gapMinutes }) => sessionEventTime(gapMinutes * 60_000),
  isOnTime: neverLateForSessions,
});

export const sliding = {
  panesPerRecord: 6,
  ...windowed({
    id: 'earthquakes/sliding',
    states: 'The real file in sliding windows by region: a record may be late for one and on time for another.',
    parameters: parameterTable({ ...windowedParameters, slideHours: [1, 12, 3], panes: [1, 6, 4] }),
    assigner: ({ slideHours, panes }) => slidingEventTime(slideHours * panes * HOUR_MS, slideHours * HOUR_MS),
    isOnTime: neverLate,
  }),
};
