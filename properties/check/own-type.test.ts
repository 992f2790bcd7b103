import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  defineJob,
  defineType,
  int64,
  type JobEnvironment,
  listState,
  logSink,
  logSource,
  noWatermarks,
  record,
  string,
  valueState,
} from '../../core/api/index.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { firstFailure } from './testing/first-failure.ts';

const ping = record({ host: string, at: int64 });

/** Instants that are kept in so many milliseconds. */
const instantOf = (unitMs: number) =>
  defineType<Date>({
    name: 'instant',
    version: 1,
    write: (date) => {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, Math.floor(date.getTime() / unitMs));
      return bytes;
    },
    read: (bytes) => new Date(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) * unitMs),
  });

/** Time since the last ping of a host. */
function gaps(unitMs: number): JobSpec {
  const last = valueState('last', instantOf(unitMs));
  return defineJob('gaps', (env) => {
    env
      .fromSource(logSource({ topic: 'pings', type: ping, bounded: true }), {
        uid: 'pings',
        watermarks: noWatermarks({ timestamp: ({ at }) => at }),
      })
      .keyBy(({ host }) => host, string)
      .process(
        () => ({
          processElement: ({ at }, ctx, out) => {
            const state = ctx.getState(last);
            const before = state.value();
            if (before !== undefined) out.collect(at - before.getTime());
            state.update(new Date(at));
          },
        }),
        int64,
      )
      .uid('gaps')
      .sinkTo(logSink({ topic: 'gaps', type: int64 }))
      .uid('out');
  });
}

const input = { pings: fc.record({ host: fc.constantFrom('a', 'b'), at: fc.integer({ min: 1, max: 999 }) }) };

it('a type that loses something is named where the engine and the model differ by it', () => {
  const failure = firstFailure(gaps(1_000), { input, seed: 'lossy' }, 60);
  expect(failure?.signature).toMatch(/^re-execution\//);
  const [own] = failure?.evidence.filter(({ label }) => label === 'own type') ?? [];
  expect(own).toMatchObject({
    kind: 'text',
    text: expect.stringMatching(
      /^instant reads 1970-01-01T00:00:00\.\d{3}Z back as 1970-01-01T00:00:00\.000Z: state differs once it was stored; /,
    ) as string,
  });
});

const pings = (env: JobEnvironment) =>
  env.fromSource(logSource({ topic: 'pings', type: ping, bounded: true }), {
    uid: 'pings',
    watermarks: noWatermarks({ timestamp: ({ at }) => at }),
  });

/** The instants go from one operator to another. */
function sent(unitMs: number): JobSpec {
  const seen = record({ host: string, at: instantOf(unitMs) });
  return defineJob('sent', (env) => {
    pings(env)
      .map(({ host, at }) => ({ host, at: new Date(at) }), seen, { uid: 'seen' })
      .keyBy(({ host }) => host, string)
      .process(() => ({ processElement: ({ at }, _ctx, out) => out.collect(at.getTime()) }), int64)
      .uid('times')
      .sinkTo(logSink({ topic: 'times', type: int64 }))
      .uid('out');
  });
}

/** They go out. */
function written(unitMs: number): JobSpec {
  const instant = instantOf(unitMs);
  return defineJob('written', (env) => {
    pings(env)
      .map(({ at }) => new Date(at), instant, { uid: 'seen' })
      .sinkTo(logSink({ topic: 'times', type: instant }))
      .uid('out');
  });
}

/** They are kept beside a function without key, and its state is dealt out. */
function listed(unitMs: number): JobSpec {
  const instants = listState('instants', instantOf(unitMs));
  return defineJob('listed', (env) => {
    pings(env)
      .process(
        () => ({
          open: (ctx) => void ctx.getState(instants),
          processElement: ({ at }, ctx, out) => {
            const state = ctx.getState(instants);
            state.add(new Date(at));
            if (state.get().length < 4) return;
            out.collect(state.get().reduce((sum, instant) => sum + instant.getTime(), 0));
            state.clear();
          },
        }),
        int64,
        { uid: 'listed' },
      )
      .sinkTo(logSink({ topic: 'sums', type: int64 }))
      .uid('out');
  });
}

it.each([
  ['sent', sent, 'job/lossy-type/seen'],
  ['written', written, 'job/lossy-type/out'],
])('what is %s is a mistake of the job, by the name of the type', (_, job, signature) => {
  const failure = firstFailure(job(1_000), { input, seed: 'lossy' }, 20);
  expect(failure?.signature).toBe(signature);
  expect(failure?.message).toMatch(
    /type "instant" keeps a part only: it reads \S+\d{3}Z back as \S+000Z; mend its write or read/,
  );
});

it('a list of an operator without key shows the loss at a restore, as the state of a key does', () => {
  const failure = firstFailure(listed(1_000), { input, seed: 'lossy' }, 60);
  expect(failure?.signature).toMatch(/^re-execution\//);
  expect(failure?.evidence.map(({ label }) => label)).toContain('own type');
});

it.each([gaps, sent, written, listed])('a type that loses nothing fails by nothing: %o', (job) => {
  expect(firstFailure(job(1), { input, seed: 'whole' }, 8)).toBeUndefined();
});
