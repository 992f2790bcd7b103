import {
  type CoGroupFunction,
  defineJob,
  int64,
  logSink,
  logSource,
  nullable,
  record,
  string,
  tumblingEventTime,
  type TypeOf,
  watermarkPerRecord,
} from 'millrace';
import { check } from 'millrace/testing';
import fc from 'fast-check';
import { it } from 'vitest';
import { fullOuterJoin, leftOuterJoin } from './outer-joins.ts';

const event = record({ user: string, at: int64 });
type Event = TypeOf<typeof event>;
const matched = record({ user: string, shown: nullable(int64), clicked: nullable(int64) });
type Matched = TypeOf<typeof matched>;
const SIZE_MS = 10;

function jobOf(name: string, fn: CoGroupFunction<string, Event, Event, Matched>) {
  return defineJob(name, (env) => {
    const from = (topic: string) =>
      env.fromSource(logSource({ topic, type: event }), {
        uid: topic,
        watermarks: watermarkPerRecord({ timestamp: ({ at }: Event) => at, delayMs: 20 }),
      });
    from('shown')
      .coGroup(from('clicked'))
      .where(({ user }) => user, string)
      .equalTo(({ user }) => user)
      .window(tumblingEventTime(SIZE_MS))
      .apply(fn, matched, { uid: 'join' })
      .sinkTo(logSink({ topic: 'matched', type: matched }), { uid: 'out' });
  });
}

const pair = (shown: Event | null, clicked: Event | null): Matched => ({
  user: shown?.user ?? clicked?.user ?? '',
  shown: shown?.at ?? null,
  clicked: clicked?.at ?? null,
});

const events = fc.record({ user: fc.constantFrom('ann', 'bob'), at: fc.nat(200) }, { noNullPrototype: true });
const input = { shown: events, clicked: events };
const meet = (a: Event, b: Event): boolean =>
  a.user === b.user && Math.floor(a.at / SIZE_MS) === Math.floor(b.at / SIZE_MS);

/** Written down a second time, element by element. */
function leftOf(shown: readonly Event[], clicked: readonly Event[]): readonly Matched[] {
  return shown.flatMap((one) => {
    const partners = clicked.filter((other) => meet(one, other));
    return partners.length === 0 ? [pair(one, null)] : partners.map((other) => pair(one, other));
  });
}

it('a left outer join has every left element, and null only where there is no partner', () => {
  check(jobOf('left', leftOuterJoin(pair)), {
    input,
    output: ({ shown, clicked }) => ({ matched: leftOf(shown, clicked) }),
    runs: 10,
    seed: 'outer',
    timeLimitMs: 50_000,
  });
});

it('a full outer join has those of the right side, too', () => {
  check(jobOf('full', fullOuterJoin(pair)), {
    input,
    output: ({ shown, clicked }) => {
      const alone = clicked.filter((other) => !shown.some((one) => meet(one, other)));
      return { matched: [...leftOf(shown, clicked), ...alone.map((one) => pair(null, one))] };
    },
    runs: 10,
    seed: 'outer',
    timeLimitMs: 50_000,
  });
});
