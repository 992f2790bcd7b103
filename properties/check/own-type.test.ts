import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  defineJob,
  defineType,
  int64,
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

/** Time since the last ping of a host, whose instant is kept in so many milliseconds. */
function gaps(unitMs: number): JobSpec {
  const instant = defineType<Date>({
    name: 'instant',
    version: 1,
    write: (date) => {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, Math.floor(date.getTime() / unitMs));
      return bytes;
    },
    read: (bytes) => new Date(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) * unitMs),
  });
  const last = valueState('last', instant);
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

it('one that loses nothing fails by nothing', () => {
  expect(firstFailure(gaps(1), { input, seed: 'whole' }, 8)).toBeUndefined();
});
