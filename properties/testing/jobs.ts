/** For tests of laws: the jobs that hand-made histories run, and a way to state that a law accepts and rejects. */
import { expect, it } from 'vitest';
import type { ProcessFunction } from '../../core/job/operator-states.ts';
import type { JobSpec, PartitionSpec, WatermarkSpec } from '../../core/job/spec.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import type { KeyedBroadcastProcessFunction, KeyedProcessFunction } from '../../core/job/functions.ts';
import {
  BY_KEY,
  event,
  type Event,
  FORWARD,
  job,
  type NodeDraft,
  process,
  sink,
  source,
  sums,
} from '../model/testing/turns.ts';
import type { MapDescriptor, ValueDescriptor } from '../../core/job/states.ts';
import type { Violation } from '../outcome.ts';
import type { Law } from '../laws/law.ts';
import { hear, type History, judge } from './listen.ts';
import type { ScriptOptions } from './cluster.ts';
import { Script } from './script.ts';

export function perRecord(delayMs: number): NodeDraft {
  return sourceWith({ kind: 'perRecord', delayMs });
}

function sourceWith(
  generator: WatermarkSpec['generator'],
  more: Pick<WatermarkSpec, 'idleTimeoutMs' | 'alignment'> = {},
): NodeDraft {
  return {
    operator: {
      kind: 'source',
      source: {
        connector: 'log',
        input: 'in',
        type: { kind: 'json' },
        bounded: true,
        startPosition: 0,
        rewindable: true,
      },
      watermarks: {
        timestamp: (value) => (value as Event).at,
        generator,
        ...more,
      },
    },
  };
}

/** in -> sums (tumbling 10 ms, lateness 5 ms) -> out. At parallelism 2, key 'a' belongs to sums[0] and key 'b' to sums[1]. */
export const WINDOWS: JobSpec = job(
  { in: perRecord(0), sums: { ...sums({ allowedLatenessMs: 5 }), maxParallelism: 4 }, out: sink('out') },
  [
    ['in', 'sums', BY_KEY],
    ['sums', 'out', { kind: 'rebalance' }],
  ],
);

/** in -> join (the right one up to 5 ms before or after) -> out. `n` even: left, odd: right. */
export const JOIN: JobSpec = job(
  {
    in: perRecord(0),
    lefts: { operator: { kind: 'filter', fn: (value) => (value as Event).n % 2 === 0 } },
    rights: { operator: { kind: 'filter', fn: (value) => (value as Event).n % 2 === 1 } },
    join: {
      operator: {
        kind: 'intervalJoin',
        firstInputs: 1,
        lowerMs: -5,
        upperMs: 5,
        leftType: { kind: 'json' },
        rightType: { kind: 'json' },
        lateLeftTag: undefined,
        lateRightTag: undefined,
        create: () => ({ processElement: (left, right, _ctx, out) => out.collect([left, right]) }),
      },
      maxParallelism: 4,
    },
    out: sink('out'),
  },
  [
    ['in', 'lefts', FORWARD],
    ['in', 'rights', FORWARD],
    ['lefts', 'join', BY_KEY],
    ['rights', 'join', BY_KEY],
    ['join', 'out', { kind: 'rebalance' }],
  ],
);

/** in -> ask (the service `plus`) -> out. Where there is no answer within a second, the element goes out as it is. */
export function asking(mode: 'ordered' | 'unordered'): JobSpec {
  const json: TypeInfo = { kind: 'json' };
  return job(
    {
      in: perRecord(0),
      ask: {
        operator: {
          kind: 'asyncWait',
          service: { name: 'plus', requestType: json, responseType: json },
          inType: json,
          mode,
          capacity: 4,
          timeoutMs: 1_000,
          retry: { retries: 2, delayMs: 10, multiplier: 3 },
          create: () => ({
            request: (value) => (value as Event).n,
            answer: (value, response, out) => out.collect([value, response]),
            timeout: (value, out) => out.collect(value),
          }),
        },
      },
      out: sink('out'),
    },
    [
      ['in', 'ask', { kind: 'rebalance' }],
      ['ask', 'out', { kind: 'rebalance' }],
    ],
  );
}

/** The same; a split that has had nothing for 50 ms is idle. */
export const IDLING: JobSpec = job(
  {
    in: sourceWith({ kind: 'perRecord', delayMs: 0 }, { idleTimeoutMs: 50 }),
    sums: { ...sums({ allowedLatenessMs: 5 }), maxParallelism: 4 },
    out: sink('out'),
  },
  [
    ['in', 'sums', BY_KEY],
    ['sums', 'out', { kind: 'rebalance' }],
  ],
);

/** Every element reads the clock and draws, and sets a timer in each domain; timers emit. */
function alarms(): KeyedProcessFunction<string, Event, unknown> {
  return {
    processElement(value, ctx, out) {
      const now = ctx.timerService.currentProcessingTime();
      out.collect({ key: value.key, now, draw: ctx.random(10) });
      ctx.timerService.registerEventTimeTimer(value.at + 5);
      ctx.timerService.registerProcessingTimeTimer(1_000 + value.n);
    },
    onTimer(timestamp, ctx, out) {
      const now = ctx.timeDomain === 'processing' ? ctx.timerService.currentProcessingTime() : 0;
      out.collect({ timer: timestamp, now, draw: now === 0 ? 0 : ctx.random(10) });
    },
  };
}

/** in -> alarms -> out, both ways of time. */
export const ALARMS: JobSpec = job(
  { in: perRecord(0), alarms: { ...process(alarms), maxParallelism: 4 }, out: sink('out') },
  [
    ['in', 'alarms', BY_KEY],
    ['alarms', 'out', { kind: 'rebalance' }],
  ],
);
export const ALARMS_TAPE = { clock: [5_000], random: [{ n: 10, value: 3 }] };

const last: ValueDescriptor<number> = {
  kind: 'value',
  name: 'last',
  type: { kind: 'int32' },
  ttl: { ms: 10, cleanup: 'full-snapshot' },
};
const recent: MapDescriptor<number, number> = {
  kind: 'map',
  name: 'recent',
  keyType: { kind: 'int32' },
  type: { kind: 'int32' },
  ttl: { ms: 10 },
};
/** Two states that live for 10 ms: `last` is cleaned up in snapshots, `recent` behind calls. */
function forgetful(): KeyedProcessFunction<string, Event, unknown> {
  return {
    processElement({ n }, ctx, out) {
      ctx.getState(last).update(n);
      ctx.getState(recent).put(n, n);
      out.collect(n);
    },
  };
}
/**
 * in -> forget -> out: 1 of 'a' at 0 ms, 2 of 'a' at 20 ms, behind which 1 is cleaned up in `recent`; snapshots at 40 ms, of
 * which `last` is left out. Another attempt goes on at 50 ms.
 */
export function expiring(): History {
  const clocks = [0, 20, 50];
  const cleaned = [[], [{ state: 'recent', key: 'a', after: 1 }], [{ state: 'recent', key: 'a', after: 1 }]];
  let turns = 0;
  const script = new Script({
    job: job({ in: perRecord(0), forget: { ...process(forgetful), maxParallelism: 4 }, out: sink('out') }, [
      ['in', 'forget', BY_KEY],
      ['forget', 'out', { kind: 'rebalance' }],
    ]),
    input: { in: [[event('a', 1, 1), event('a', 2, 2), event('a', 3, 3)]] },
    parallelism: {},
    tape: () => {
      const turn = turns++;
      return { clock: [clocks[turn] ?? 0], random: [], cleaned: cleaned[turn] ?? [] };
    },
    snapshotsAt: 40,
  });
  return script.start().read(0).read(0).drain().checkpoint(1).start(1).finish(2).history;
}

/** in -> out, each record to each subtask. */
export const BROADCAST: JobSpec = job({ in: source('in'), out: sink('out') }, [['in', 'out', { kind: 'broadcast' }]]);
/** in -> out, one to one. */
export const COPY: JobSpec = job({ in: perRecord(0), out: sink('out') }, [['in', 'out', FORWARD]]);
/** The same, with readers that keep step. */
export const ALIGNED: JobSpec = job(
  {
    in: sourceWith(
      { kind: 'perRecord', delayMs: 0 },
      { alignment: { group: 'g', maxDriftMs: 5, updateIntervalMs: 10 } },
    ),
    out: sink('out'),
  },
  [['in', 'out', { kind: 'rebalance' }]],
);
/** The same with a periodic generator. */
export const PERIODIC: JobSpec = job(
  { in: sourceWith({ kind: 'periodic', delayMs: 0, periodMs: 5 }), out: sink('out') },
  [['in', 'out', FORWARD]],
);

const rules = { kind: 'map', name: 'rules', keyType: { kind: 'string' }, type: { kind: 'int32' } } as const;
/** in -> apply <-broadcast- in, then out: rules by key; each element emits what the rule of its key is. */
export const RULES: JobSpec = job(
  {
    in: perRecord(0),
    apply: {
      operator: {
        kind: 'keyedBroadcast',
        firstInputs: 1,
        states: [rules],
        create: (): KeyedBroadcastProcessFunction<unknown, Event, Event, unknown> => ({
          processElement: (value, ctx, out) =>
            out.collect({ key: value.key, rule: ctx.getBroadcastState(rules).get(value.key) ?? 0 }),
          processBroadcastElement: (value, ctx) =>
            ctx
              .getBroadcastState(rules)
              .put(value.key, Math.max(value.n, Number(ctx.getBroadcastState(rules).get(value.key) ?? 0))),
        }),
      },
      maxParallelism: 4,
    },
    out: sink('out'),
  },
  [
    ['in', 'apply', BY_KEY],
    ['in', 'apply', { kind: 'broadcast' }],
    ['apply', 'out', { kind: 'rebalance' }],
  ],
);
const buffer = { kind: 'list', name: 'buffer', type: { kind: 'int32' } } as const;
const seen = { kind: 'unionList', name: 'seen', type: { kind: 'string' } } as const;
/**
 * in -> hold -> out, round robin: `hold` keeps numbers until it has three, and the keys that it has seen. At a restore it
 * keeps of the keys of all what begins at its own number.
 */
export const LISTS: JobSpec = job(
  {
    in: perRecord(0),
    hold: {
      operator: {
        kind: 'plainProcess',
        create: (): ProcessFunction<Event, unknown> => ({
          open(ctx) {
            ctx.getState(buffer);
            const state = ctx.getState(seen);
            state.update(state.get().filter((_, i) => i % ctx.parallelism === ctx.subtask));
          },
          processElement(value, ctx, out) {
            ctx.getState(seen).add(value.key);
            const items = [...ctx.getState(buffer).get(), value.n];
            ctx.getState(buffer).update(items.length < 3 ? items : []);
            if (items.length === 3) for (const n of items) out.collect({ n, seen: ctx.getState(seen).get().length });
          },
        }),
      },
    },
    out: sink('out'),
  },
  [
    ['in', 'hold', { kind: 'rebalance' }],
    ['hold', 'out', { kind: 'rebalance' }],
  ],
);
/** in -> out over the partitioning of your choice. */
export function dealtBy(partition: PartitionSpec): JobSpec {
  return job({ in: perRecord(0), out: sink('out') }, [['in', 'out', partition]]);
}

export function windows(input: readonly (readonly Event[])[], options: Partial<ScriptOptions> = {}): Script {
  return new Script({ job: WINDOWS, input: { in: input }, parallelism: { in: 2, sums: 2, out: 1 }, ...options });
}

export const INPUT = [
  [event('a', 1), event('b', 12), event('a', 31)],
  [event('b', 2), event('a', 13), event('b', 32)],
];

/** Two splits, a checkpoint in the middle, a final one; no failure. */
export function plain(): History {
  return windows(INPUT).start().read(0).read(1).drain().checkpoint(1).read(0).read(1).drain().finish(2).history;
}

/** A record and a pane after checkpoint 1, then a crash, a restore of 1, and the same again. */
export function crashed(parallelism: Readonly<Record<string, number>> = {}): History {
  return windows(INPUT)
    .start()
    .read(0)
    .read(1)
    .drain()
    .read(0)
    .checkpoint(1)
    .read(1)
    .drain()
    .start(1, parallelism)
    .read(1)
    .drain()
    .checkpoint(2)
    .finish(3).history;
}

/** The anomalies of one law in a history, in order. */
export function anomaliesOf(law: Law, history: History): readonly string[] {
  return judge(history)
    .filter((violation) => violation.law === law.name)
    .map((violation) => violation.anomaly);
}

export interface Pair {
  /** A smallest good history: no law has anything against it. */
  readonly accepts: () => History;
  /** The same with one clause broken. */
  readonly rejects: () => History;
  /** In the good one the law has nothing to compare: the clause is about something that must not be there at all. */
  readonly nothingToCompare?: true;
}

/** One pair for each anomaly of the law's closed list, and for nothing else. */
export function provesLaw(law: Law, pairs: Readonly<Record<string, Pair>>): void {
  it(`${law.name}: each anomaly has its pair of histories`, () => {
    expect(Object.keys(pairs).toSorted()).toEqual([...law.anomalies].sort());
  });
  for (const [anomaly, { accepts, rejects, nothingToCompare = false }] of Object.entries(pairs)) {
    it(`${law.name} accepts a good history and rejects one with ${anomaly}`, () => {
      const { violations, compared } = hear(accepts());
      expect(violations.map(textOf)).toEqual([]);
      // A law that accepts what it has not looked at would accept anything.
      expect(compared.includes(law.name)).toBe(!nothingToCompare);
      const bad = hear(rejects());
      // What else the law says follows from the first.
      expect(bad.violations.find((violation) => violation.law === law.name)?.anomaly).toBe(anomaly);
      expect(bad.compared).toContain(law.name);
    });
  }
}

function textOf(violation: Violation): string {
  return `${violation.law}/${violation.anomaly}/${violation.place}: ${violation.message} ${JSON.stringify(violation.evidence)}`;
}
