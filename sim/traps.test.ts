import { expect, it } from 'vitest';
import { JobError } from '../core/errors.ts';
import { makeUniverse } from './testing/make-universe.ts';
import { withTraps } from './traps.ts';

const CALLS: Readonly<Record<string, () => unknown>> = {
  'Date.now()': () => Date.now(),
  'new Date()': () => new Date(),
  'Date()': () => Date(),
  'Math.random()': () => Math.random(),
  'setTimeout()': () => setTimeout(() => undefined, 0),
  'setInterval()': () => setInterval(() => undefined, 1000),
  'setImmediate()': () => setImmediate(() => undefined),
  'queueMicrotask()': () => queueMicrotask(() => undefined),
  'performance.now()': () => performance.now(),
  'crypto.randomUUID()': () => crypto.randomUUID(),
  'crypto.getRandomValues()': () => crypto.getRandomValues(new Uint8Array(4)),
};
const platform = (): unknown[] => [
  ...[Date, Date.now, Math.random, setTimeout, setInterval, setImmediate, queueMicrotask],
  ...[performance.now, crypto.randomUUID, crypto.getRandomValues],
];

it('refuses every trapped call with its name and what to use instead', () => {
  for (const [name, call] of Object.entries(CALLS)) {
    expect(() => withTraps(call), name).toThrow(JobError);
    expect(() => withTraps(call), name).toThrow(/^\S.* was called in a simulated run, .*: use .*ctx\..* instead$/);
    expect(() => withTraps(call), name).toThrow(name);
    // The author of a job has no ports.
    expect(() => withTraps(call), name).not.toThrow('ports');
  }
});

it('puts the platform back, also after an error and from within a nested run', () => {
  const before = platform();
  expect(withTraps(() => 7)).toBe(7);
  expect(() => withTraps(() => Date.now())).toThrow(JobError);
  withTraps(() => {
    const trapped = platform();
    withTraps(() => undefined);
    expect(platform()).toEqual(trapped);
    expect(() => Date.now()).toThrow(JobError);
  });
  expect(platform()).toEqual(before);
  platform().forEach((member, at) => expect(member).toBe(before[at]));
  expect(Date.now()).toBeGreaterThan(0);
  expect(crypto.randomUUID()).toHaveLength(36);
});

it('leaves alone what depends on its arguments only', () => {
  const outside = new Date(86_400_000);
  withTraps(() => {
    const date = new Date(86_400_000);
    expect(date.toISOString()).toBe('1970-01-02T00:00:00.000Z');
    expect([date instanceof Date, outside instanceof Date]).toEqual([true, true]);
    expect([Date.UTC(1970, 0, 2), Date.parse('1970-01-02T00:00:00Z')]).toEqual([86_400_000, 86_400_000]);
  });
});

it('lets a universe run in the traps: nothing of it asks the platform', () => {
  withTraps(() => {
    const universe = makeUniverse({ choices: { seed: 's' }, world: { networkJitterUs: 9, reorderPer1000: 100 } });
    universe.launch('host', 'p', ({ clock }) => void clock.timer(5, () => clock.now()));
    universe.launch('host', 'q', () => void Date.now());
    expect(universe.run(1e9)).toBe('dry');
    expect(universe.crashes).toMatchObject([
      { process: 'q', message: expect.stringContaining('JobFault: Date.now()') as string },
    ]);
  });
});
