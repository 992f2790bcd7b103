import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SimChoices } from './choices.ts';
import { EventQueue } from './event-queue.ts';
import { SimKernel } from './kernel.ts';
import type { ChoicesSpec } from './types.ts';

function make(spec: ChoicesSpec, recording = false): { readonly kernel: SimKernel; readonly choices: SimChoices } {
  const kernel = new SimKernel(new EventQueue());
  return { kernel, choices: new SimChoices(spec, kernel, recording) };
}
const seeded = (seed: string): SimChoices => make({ seed }).choices;
const times = <T>(count: number, draw: (k: number) => T): T[] => Array.from({ length: count }, (_, k) => draw(k));

it('draws what it always drew: golden vectors', () => {
  const stream = seeded('9c1e0b7742d5a0f3').stream('network/host-1>host-2');
  expect(times(8, () => stream.below(1000))).toMatchInlineSnapshot(`
    [
      91,
      75,
      576,
      218,
      133,
      899,
      366,
      87,
    ]
  `);
  expect(
    times(8, (k) =>
      seeded('')
        .stream('empty seed')
        .at(k, 1 << 30),
    ),
  ).toMatchInlineSnapshot(`
    [
      56140720,
      9005376,
      302365000,
      403328163,
      438504770,
      881936538,
      86858882,
      286579031,
    ]
  `);
  const byIdentity = seeded('a').stream('b');
  expect([byIdentity.at(0, 100), byIdentity.at(2 ** 32, 100), byIdentity.at(2 ** 53 - 1, 100)]).toMatchInlineSnapshot(`
    [
      49,
      68,
      36,
    ]
  `);
  const rare = seeded('rare').stream('order');
  expect(times(12, () => rare.rarely(300, 8))).toMatchInlineSnapshot(`
    [
      0,
      6,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      1,
      0,
    ]
  `);
});

it('depends on key, label and k only: other labels and their draws do not matter', () => {
  const alone = seeded('s').stream('b');
  const both = seeded('s');
  const other = both.stream('a');
  const mixed = times(50, (k) => {
    if (k % 3 === 0) other.below(10);
    return both.stream('b').below(1000);
  });
  expect(mixed).toEqual(times(50, () => alone.below(1000)));
});

it('differs by seed and by label', () => {
  const draw = (seed: string, label: string): string =>
    times(8, () =>
      seeded(seed)
        .stream(label)
        .below(2 ** 32),
    ).join();
  const all = ['', 'a', 'b', 'ab', 'ba', 'a\0'].flatMap((seed) =>
    ['x', 'y', 'xy', 'yx'].map((label) => draw(seed, label)),
  );
  expect(new Set(all).size).toBe(all.length);
});

it('stays within its range and spreads over it', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, n) => {
      const stream = seeded(seed).stream('range');
      for (const value of times(20, () => stream.below(n))) {
        expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true);
      }
    }),
    { seed: 4, numRuns: 200 },
  );
  const stream = seeded('spread').stream('dice');
  const counts = new Array<number>(6).fill(0);
  for (let k = 0; k < 60_000; k++) counts[stream.below(6)]!++;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});

it('a chance fires about as often as configured, and never or always at the ends', () => {
  const choices = seeded('chance');
  const share = (per1000: number): number => {
    const stream = choices.stream(`chance ${per1000}`);
    return times(20_000, () => stream.chance(per1000)).filter(Boolean).length / 20;
  };
  expect(share(0)).toBe(0);
  expect(share(1000)).toBe(1000);
  expect(Math.abs(share(100) - 100)).toBeLessThan(10);
  const rare = choices.stream('rare');
  const drawn = times(20_000, () => rare.rarely(200, 4));
  expect(Math.abs(drawn.filter((value) => value === 0).length - 16_000)).toBeLessThan(300);
  for (const value of [1, 2, 3]) expect(Math.abs(drawn.filter((d) => d === value).length - 1_333)).toBeLessThan(150);
});

it('draws nothing where there is nothing to choose', () => {
  const { choices, kernel } = make({ seed: 's' });
  const before = kernel.digest;
  const stream = choices.stream('none');
  expect([
    stream.below(1),
    stream.at(7, 1),
    stream.chance(0),
    stream.chanceAt(7, 0),
    stream.rarely(0, 9),
    stream.rarely(9, 1),
  ]).toEqual([0, 0, false, false, 0, 0]);
  expect([choices.draws, kernel.digest]).toEqual([0, before]);
});

it('refuses a range that is no range', () => {
  const stream = seeded('s').stream('l');
  for (const n of [0, -1, 1.5, NaN, 2 ** 32 + 1]) expect(() => stream.below(n)).toThrow('cannot draw');
});

it('has one count for a label, however often its stream is asked for', () => {
  const choices = seeded('s');
  const twice = times(10, () => choices.stream('l').below(1000));
  const once = seeded('s').stream('l');
  expect(twice).toEqual(times(10, () => once.below(1000)));
});

it('is calm without overrides, and takes each override for its draw only, clamped to the range', () => {
  const { choices } = make({
    explicit: [
      { label: 'l', k: 1, value: 3 },
      { label: 'l', k: 2, value: 99 },
      { label: 'coin', k: 0, value: 1 },
      { label: 'id', k: 17, value: 2 },
      { label: 'bad', k: 0, value: -5 },
    ],
  });
  const stream = choices.stream('l');
  expect(times(4, () => stream.below(10))).toEqual([0, 3, 9, 0]);
  const coin = choices.stream('coin');
  expect([coin.chance(1), coin.chance(1000)]).toEqual([true, false]);
  expect([choices.stream('id').at(16, 5), choices.stream('id').at(17, 5), choices.stream('bad').below(5)]).toEqual([
    0, 2, 0,
  ]);
});

/** Draws in every way; equal values lead to equal draws. */
function use(choices: SimChoices): number[] {
  const [count, coin, id, order] = ['count', 'coin', 'id', 'order'].map((label) => choices.stream(label));
  return times(40, (k) => [count!.below(7), Number(coin!.chance(300)), id!.at(k * 5, 9), order!.rarely(500, 6)]).flat();
}

it('replays a seeded run from its recorded draws, with the same digest', () => {
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const first = make({ seed }, true);
      const values = use(first.choices);
      const again = make({ explicit: first.choices.recorded() }, true);
      expect(use(again.choices)).toEqual(values);
      expect(again.kernel.digest).toBe(first.kernel.digest);
      expect(again.choices.recorded()).toEqual(first.choices.recorded());
      expect(again.choices.draws).toBe(160);
    }),
    { seed: 5, numRuns: 50 },
  );
});

it('calms one draw and no other when an override is removed', () => {
  const first = make({ seed: 'remove' }, true);
  const values = use(first.choices);
  const overrides = first.choices.recorded();
  overrides.forEach((_, removed) => {
    const calmer = use(make({ explicit: overrides.filter((_, at) => at !== removed) }).choices);
    const differing = calmer.filter((value, at) => value !== values[at]);
    expect(differing).toEqual([0]);
  });
});

it('changes the digest with any one draw', () => {
  const first = make({ seed: 'digest' }, true);
  use(first.choices);
  const overrides = first.choices.recorded();
  const digests = overrides.map((_, changed) => {
    const { choices, kernel } = make({ explicit: overrides.filter((_, at) => at !== changed) });
    use(choices);
    return kernel.digest;
  });
  expect(new Set([...digests, first.kernel.digest]).size).toBe(overrides.length + 1);
});

it('begins anew: from then on the draws are those of the other spec, and only they are recorded', () => {
  const { choices } = make({ seed: 'first' }, true);
  const stream = choices.stream('x');
  times(5, () => stream.below(1000));
  choices.anew({ seed: 'second' });
  const fresh = seeded('second').stream('x');
  expect(times(5, () => stream.below(1000))).toEqual(times(5, () => fresh.below(1000)));
  expect(choices.stream('y').below(1000)).toBe(seeded('second').stream('y').below(1000));
  const overrides = choices.recorded();
  choices.anew({ explicit: overrides });
  expect(times(5, () => stream.below(1000))).toEqual(
    overrides.filter(({ label }) => label === 'x').map(({ value }) => value),
  );
  expect(choices.stream('z').below(1000)).toBe(0);
});
