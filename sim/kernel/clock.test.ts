import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeUniverse } from '../testing/make-universe.ts';
import { calmWorld, type WorldConfig } from '../world-config.ts';
import { SimChoices } from './choices.ts';
import { EventQueue } from './event-queue.ts';
import { Host } from './host.ts';
import { SimKernel } from './kernel.ts';
import type { Override } from './types.ts';

/** A host whose clocks are off by what the overrides say. */
function hostWith(
  overrides: readonly Override[],
  config: Partial<WorldConfig>,
): { readonly kernel: SimKernel; readonly host: Host } {
  const kernel = new SimKernel(new EventQueue());
  return {
    kernel,
    host: new Host('h', kernel, new SimChoices({ explicit: overrides }, kernel), { ...calmWorld, ...config }),
  };
}

it('shows virtual time since the epoch when calm', () => {
  const { kernel, host } = hostWith([], { clockOffsetMs: 500, clockDriftPpm: 200, startEpochMs: 1_000_000 });
  kernel.nowUs = 7_999;
  expect([host.wallMs(), host.monotonicMs(), host.delayUs(3)]).toEqual([1_000_007, 7, 3000]);
});

it('is off by a draw that counts 0, +1, -1, +2, -2', () => {
  const offsets = [0, 1, 2, 3, 4].map((value) => {
    const { host } = hostWith([{ label: 'clock-offset/h', k: 0, value }], { clockOffsetMs: 2, startEpochMs: 100 });
    return host.wallMs() - 100;
  });
  expect(offsets).toEqual([0, 1, -1, 2, -2]);
});

it('gains or loses its millionths on both clocks', () => {
  const at1000s = (value: number): readonly number[] => {
    const { kernel, host } = hostWith([{ label: 'clock-drift/h', k: 0, value }], {
      clockDriftPpm: 300,
      startEpochMs: 0,
    });
    kernel.nowUs = 1_000_000_000;
    return [host.wallMs(), host.monotonicMs()];
  };
  expect([at1000s(2 * 300 - 1), at1000s(2 * 300)]).toEqual([
    [1_000_300, 1_000_300],
    [999_700, 999_700],
  ]);
});

it('is never early by the clock that the owner reads, and late by less than a millisecond', () => {
  fc.assert(
    fc.property(fc.nat(2000), fc.nat(2 ** 40), fc.nat(10_000_000), (value, start, delay) => {
      const { kernel, host } = hostWith([{ label: 'clock-drift/h', k: 0, value }], {
        clockDriftPpm: 1000,
        clockOffsetMs: 50,
      });
      kernel.nowUs = start;
      const [wall, monotonic] = [host.wallMs(), host.monotonicMs()];
      kernel.nowUs += host.delayUs(delay);
      expect(host.monotonicMs() - monotonic).toBeGreaterThanOrEqual(delay);
      expect(host.monotonicMs() - monotonic).toBeLessThanOrEqual(delay + 1);
      expect(host.wallMs() - wall).toBe(host.monotonicMs() - monotonic);
    }),
    { seed: 6, numRuns: 2000 },
  );
});

it('refuses a delay that is negative or endless', () => {
  const { host } = hostWith([], {});
  for (const delay of [-1, NaN, Infinity, 1e300]) expect(() => host.delayUs(delay)).toThrow('cannot wait');
});

it('fires a timer once, in an event of its own, unless it was cancelled', () => {
  const log: string[] = [];
  const universe = makeUniverse();
  universe.launch('host', 'p', ({ clock }) => {
    clock.timer(0, () => log.push(`now ${clock.monotonic()}`));
    const cancelled = clock.timer(5, () => log.push('cancelled'));
    const late = clock.timer(3, () => log.push(`late ${clock.monotonic()}`));
    clock.timer(4, () => {
      cancelled.cancel();
      late.cancel();
    });
    log.push('main');
  });
  expect(universe.run(1e9)).toBe('dry');
  expect(log).toEqual(['main', 'now 0', 'late 3']);
});

it('reorders the timers of one instant only when asked to', () => {
  const orders = (reorderPer1000: number): Set<string> => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const universe = makeUniverse({ choices: { seed: String(seed) }, world: { reorderPer1000 } });
      const log: number[] = [];
      universe.launch('host', 'p', ({ clock }) => [1, 2, 3].forEach((n) => clock.timer(5, () => log.push(n))));
      universe.run(1e9);
      seen.add(log.join(' '));
    }
    return seen;
  };
  expect([...orders(0)]).toEqual(['1 2 3']);
  expect(orders(500).size).toBe(6);
});
