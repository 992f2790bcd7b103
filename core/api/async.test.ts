import { describe, expect, it } from 'vitest';
import type { AsyncSettings } from './index.ts';
import { defineJob, externalService, int64, logSink, logSource, noWatermarks, string } from './index.ts';

const service = externalService({ name: 's', requestType: int64, responseType: string });
const GOOD: AsyncSettings = { mode: 'ordered', capacity: 2, timeoutMs: 10 };

function jobWith(settings: AsyncSettings, create?: () => never, uid?: string) {
  return defineJob('asking', (env) => {
    const stream = env
      .fromSource(logSource({ topic: 'in', type: int64 }), {
        uid: 'in',
        watermarks: noWatermarks({ timestamp: () => 0 }),
      })
      .asyncWait(
        service,
        create ?? (() => ({ request: (n: number) => n, answer: (_n, text, out) => out.collect(text) })),
        string,
        settings,
      );
    (uid === undefined ? stream : stream.uid(uid)).sinkTo(logSink({ topic: 'out', type: string }), { uid: 'out' });
  });
}

describe('asyncWait', () => {
  it('is recorded as data', () => {
    const retry = { retries: 3, delayMs: 5, multiplier: 2 };
    const { nodes } = jobWith({ ...GOOD, retry }, undefined, 'ask');
    const { create: _, ...operator } = nodes[1]?.operator.kind === 'asyncWait' ? nodes[1].operator : { create: 0 };
    expect(operator).toEqual({ kind: 'asyncWait', service, inType: int64, ...GOOD, retry });
    expect(nodes[1]?.uid).toBe('ask');
  });

  it.each<readonly [Partial<AsyncSettings>, string]>([
    [{ mode: 'fast' as 'ordered' }, 'asyncWait: the mode is "fast"; give'],
    [{ capacity: 0 }, 'asyncWait: the capacity is 0; give a whole number >= 1'],
    [{ timeoutMs: 1.5 }, 'asyncWait: timeoutMs is 1.5; give a whole number >= 1'],
    [{ retry: { retries: 0, delayMs: 1 } }, 'asyncWait: retry.retries is 0; give a whole number >= 1'],
    [{ retry: { retries: 1, delayMs: 0 } }, 'asyncWait: retry.delayMs is 0; give a whole number >= 1'],
    [{ retry: { retries: 1, delayMs: 1, multiplier: 0.5 } }, 'asyncWait: retry.multiplier is 0.5; give a number >= 1'],
    [{ retry: { retries: 1, delayMs: 1, delayMaxMs: -1 } }, 'retry.delayMaxMs is -1; give a whole number >= 1'],
  ])('refuses %o', (wrong, message) => {
    expect(() => jobWith({ ...GOOD, ...wrong }, undefined, 'ask')).toThrow(message);
  });

  it('needs a uid, a factory, a name of the service, and types', () => {
    expect(() => jobWith(GOOD)).toThrow(/asyncWait-1.*has state, so it needs a name of its own/);
    expect(() => jobWith(GOOD, 7 as unknown as () => never, 'ask')).toThrow('asyncWait needs a factory, and got 7');
    expect(() => externalService({ name: '', requestType: int64, responseType: string })).toThrow('needs a name');
    const untyped = externalService({
      name: 's',
      requestType: int64,
      responseType: undefined as unknown as typeof string,
    });
    expect(() =>
      defineJob('untyped', (env) => {
        env
          .fromSource(logSource({ topic: 'in', type: int64 }), {
            uid: 'in',
            watermarks: noWatermarks({ timestamp: () => 0 }),
          })
          .asyncWait(untyped, () => ({ request: (n) => n, answer: () => undefined }), string, { uid: 'ask', ...GOOD });
      }),
    ).toThrow('the type of answers of the service "s" is missing');
  });
});
