/** Jobs that misbehave in ways that only show outside of the engine, a scenario each, for tests of those who run campaigns. */
import fc from 'fast-check';
import {
  type DataStream,
  defineJob,
  int64,
  type KeyedProcessFunction,
  logSink,
  logSource,
  record,
  string,
  type TypeOf,
  watermarkPerRecord,
} from '../../core/api/index.ts';
import { topicsOf } from '../../properties/plan/explicit.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';

const event = record({ key: string, ts: int64 });
type Event = TypeOf<typeof event>;
type Stream = (events: DataStream<Event>) => DataStream<Event>;
/** Both records, so that some have been processed before. */
const TOPICS = {
  in: [
    [
      { key: 'a', ts: 1 },
      { key: 'b', ts: 3 },
    ],
  ],
};
const isTheOne = (e: Event): boolean => e.ts === 3;

function keyed(fn: KeyedProcessFunction<string, Event, Event>): (events: DataStream<Event>) => DataStream<Event> {
  return (events) => events.keyBy((e) => e.key, string).process(() => fn, event, { uid: 'culprit' });
}

function mapped(fn: (e: Event) => void): (events: DataStream<Event>) => DataStream<Event> {
  return (events) =>
    events.map(
      (e) => {
        if (isTheOne(e)) fn(e);
        return e;
      },
      event,
      { uid: 'culprit' },
    );
}

const escaping = async (): Promise<void> => {
  await Promise.resolve();
  throw new RangeError('too late');
};

/** In the order in which a campaign of them takes them. */
const JOBS: Readonly<Record<string, Stream>> = {
  honest: mapped(() => undefined),
  'loop in a map': mapped(() => {
    for (let i = 0; i >= 0; i ^= 1);
  }),
  'loop that catches what the engine says': keyed({
    processElement: (e, _ctx, out) => {
      while (isTheOne(e)) {
        try {
          out.collect(e);
        } catch {
          // It goes on.
        }
      }
    },
  }),
  'regular expression': mapped(() => /^(?:(?:a+)+)+$/.test(`${'a'.repeat(40)}!`)),
  'flatMap that never yields': (events) =>
    events.flatMap(
      function* (e) {
        let n = 0;
        while (isTheOne(e)) n++;
        yield { ...e, ts: n };
      },
      event,
      { uid: 'culprit' },
    ),
  'loop in a timer': keyed({
    processElement: (e, ctx) => {
      ctx.timerService.registerEventTimeTimer(e.ts);
    },
    onTimer: () => {
      for (let i = 0; i >= 0; i ^= 1);
    },
  }),
  'promise that nobody waits for': mapped(() => {
    void escaping();
  }),
  'end of the process': mapped(() => process.exit(0)),
  'later tick': mapped(() => {
    process.nextTick(() => {
      throw new Error('later');
    });
  }),
  'kill of the process': mapped(() => process.kill(process.pid)),
  'promise that is waited for': mapped(() => {
    void Promise.resolve(1).then(() => undefined);
  }),
};

/** `end`: of the process, in a way that no trap sees, such as a want of memory. */
export function dyingWith(end: () => void): readonly Scenario[] {
  return [scenarioOf(['honest', mapped(() => undefined)]), scenarioOf(['dies', mapped(end)])];
}

export const misbehaving: readonly Scenario[] = Object.entries(JOBS).map(scenarioOf);

function scenarioOf([id, stream]: readonly [string, Stream]): Scenario {
  const job = defineJob('misbehaving', (env) => {
    const events = env.fromSource(logSource({ topic: 'in', type: event }), {
      uid: 'in',
      watermarks: watermarkPerRecord({ timestamp: (e) => e.ts, delayMs: 0 }),
    });
    stream(events).sinkTo(logSink({ topic: 'out', type: event }), { uid: 'out' });
  });
  const scenario: Scenario = {
    id,
    states: '',
    parameters: [],
    generate: () => TOPICS,
    build: (plan) => ({ job, topics: topicsOf(scenario, plan), confluent: false }),
    recordArbitrary: () => fc.constant(TOPICS.in[0]?.[0]),
  };
  return scenario;
}

/** A job that is the same in each process, and two that are not: `here` stands for what a process has of its own. */
export function differingBy(here: () => number, onceElsewhere: () => void): readonly Scenario[] {
  const differing: Stream = (events) => events.map((e) => ({ ...e, ts: e.ts + here() }), event, { uid: 'culprit' });
  return [
    scenarioOf(['honest', mapped(() => undefined)]),
    scenarioOf(['differs', differing]),
    scenarioOf(['interrupts', mapped(onceElsewhere)]),
  ];
}
