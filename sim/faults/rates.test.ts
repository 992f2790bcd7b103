import { expect, it } from 'vitest';
import type { Coroutine, Pending } from '../../core/waiting.ts';
import type { Ports } from '../../core/ports.ts';
import { makeUniverse } from '../testing/make-universe.ts';
import type { WorldConfig } from '../world-config.ts';
import { RATES } from './index.ts';

const REQUESTS = 200;

/** How long each of many requests took, from the shortest to the longest, in virtual microseconds. */
function times(world: Partial<WorldConfig>, request: (ports: Ports, n: number) => Pending<unknown>): readonly number[] {
  const taken: number[] = [];
  const universe = makeUniverse({ world: { ...world, stepCostUs: 0 }, choices: { seed: 'times' } });
  universe.launch('host', 'p', (ports) => {
    ports.scope.spawn(
      'requests',
      (function* (): Coroutine<void> {
        for (let n = 0; n < REQUESTS; n++) {
          const from = universe.nowUs;
          yield* request(ports, n);
          taken.push(universe.nowUs - from);
        }
      })(),
    );
  });
  universe.run(1e9);
  expect(taken.length).toBe(REQUESTS);
  return taken.sort((a, b) => a - b);
}

it('a request to each service takes its latency, and at most its jitter more', () => {
  const byte = Uint8Array.of(1);
  const services = {
    objectStore: (ports: Ports, n: number) => ports.objects.put(`o${n}`, byte),
    ha: (ports: Ports) => ports.ha.read('key'),
    broker: (ports: Ports) => ports.log.transactions('none'),
    disk: (ports: Ports) => ports.disk.append('file', byte),
  };
  for (const [name, request] of Object.entries(services)) {
    const world = { [`${name}LatencyUs`]: 1_000, [`${name}JitterUs`]: 500 };
    const calm = times({ ...world, [`${name}JitterUs`]: 0 }, request);
    expect([calm.at(0), calm.at(-1)], name).toEqual([1_000, 1_000]);
    const jittery = times(world, request);
    expect(jittery.at(0), name).toBeGreaterThanOrEqual(1_000);
    expect(jittery.at(-1), name).toBeLessThanOrEqual(1_500);
    expect((jittery.at(-1) ?? 0) - (jittery.at(0) ?? 0), name).toBeGreaterThan(400);
  }
});

it('the knobs of all faults have names of their own, and are calm within their range', () => {
  const names = RATES.flatMap(({ knobs }) => Object.keys(knobs));
  expect(new Set(names).size).toBe(names.length);
  for (const { knobs } of RATES)
    for (const [name, { min, max, calm, typical }] of Object.entries(knobs)) {
      expect(min <= calm && calm <= max, name).toBe(true);
      expect(min <= typical[0] && typical[0] <= typical[1] && typical[1] <= max, name).toBe(true);
    }
});
