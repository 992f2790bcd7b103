import { expect, it } from 'vitest';
import type { ServiceAnswer } from '../../core/ports.ts';
import { makeUniverse } from '../testing/make-universe.ts';
import type { WorldConfig } from '../world-config.ts';

interface Heard {
  readonly n: number;
  readonly answer: ServiceAnswer;
  readonly atUs: number;
}

/** One process asks so many questions, all at once or one every so often; the service adds one. `healsAtMs`: of faults. */
function ask(
  world: Partial<WorldConfig>,
  { count, everyMs = 0, healsAtMs }: { readonly count: number; readonly everyMs?: number; readonly healsAtMs?: number },
): readonly Heard[] {
  const heard: Heard[] = [];
  const universe = makeUniverse({ world: { ...world, stepCostUs: 0 }, choices: { seed: 'asked' } });
  universe.services.provide('plus-one', ([n = 0]) => Uint8Array.of(n + 1));
  universe.launch('host', 'p', (ports) => {
    for (let n = 0; n < count; n++) {
      ports.clock.timer(n * everyMs, () => {
        ports.services.ask('plus-one', Uint8Array.of(n), (answer) => {
          heard.push({ n, answer, atUs: universe.nowUs - 1_000 * n * everyMs });
        });
      });
    }
  });
  if (healsAtMs !== undefined) {
    universe.run(1_000 * healsAtMs);
    universe.heal();
  }
  universe.run(1e9);
  return heard;
}

const answered = (n: number): ServiceAnswer => ({ kind: 'answered', bytes: Uint8Array.of(n + 1) });
const FEW = { count: 100, everyMs: 1 } as const;
const HEALED = { count: 100, everyMs: 10, healsAtMs: 505 } as const;

it('a request takes its latency, and at most its jitter more', () => {
  const calm = ask({ serviceLatencyUs: 3_000 }, FEW);
  expect(calm).toEqual(Array.from({ length: 100 }, (_, n) => ({ n, answer: answered(n), atUs: 3_000 })));
  const jittery = ask({ serviceLatencyUs: 3_000, serviceJitterUs: 2_000 }, FEW).map(({ atUs }) => atUs);
  expect(Math.min(...jittery)).toBeGreaterThanOrEqual(3_000);
  expect(Math.max(...jittery)).toBeLessThanOrEqual(5_000);
  expect(Math.max(...jittery) - Math.min(...jittery)).toBeGreaterThan(1_000);
});

it('requests take their time, until faults heal', () => {
  const slow = ask({ serviceLatencyUs: 3_000, serviceJitterUs: 2_000 }, HEALED);
  expect(slow).toHaveLength(100);
  expect(slow.filter(({ n, atUs }) => (n <= 50 ? atUs < 3_000 : atUs !== 0))).toEqual([]);
});

it('requests fail, until faults heal', () => {
  const heard = ask({ serviceFailedPer1000: 400 }, HEALED);
  const failed = heard.filter(({ answer }) => answer.kind === 'failed').map(({ n }) => n);
  expect(failed.length).toBeGreaterThan(8);
  expect(failed.every((n) => n <= 50)).toBe(true);
  expect(heard).toHaveLength(100);
});

it('what is above the limit is throttled, until faults heal', () => {
  const kinds = (heard: readonly Heard[]): readonly string[] => heard.map(({ answer }) => answer.kind);
  const at = { count: 5 };
  expect(kinds(ask({ serviceConcurrencyMax: 3 }, at)).filter((kind) => kind === 'throttled')).toHaveLength(2);
  // What it has answered makes room.
  expect(kinds(ask({ serviceConcurrencyMax: 1, serviceLatencyUs: 900 }, FEW))).not.toContain('throttled');
  expect(kinds(ask({ serviceConcurrencyMax: 3, serviceLatencyUs: 900 }, { ...at, healsAtMs: 0 }))).not.toContain(
    'throttled',
  );
});

it('answers come late, until faults heal', () => {
  const heard = ask({ serviceLatePer1000: 300, serviceLateMs: 70 }, HEALED);
  const late = heard.filter(({ atUs }) => atUs === 70_000).map(({ n }) => n);
  expect(late.length).toBeGreaterThan(5);
  expect(late.every((n) => n <= 50)).toBe(true);
  expect(heard).toHaveLength(100);
});

it('answers come twice, until faults heal', () => {
  const heard = ask({ serviceTwicePer1000: 300 }, HEALED);
  const counts = Array.from({ length: 100 }, (_, n) => heard.filter((one) => one.n === n).length);
  const twice = counts.flatMap((count, n) => (count === 2 ? [n] : []));
  expect(twice.length).toBeGreaterThan(5);
  expect(twice.every((n) => n <= 50)).toBe(true);
  expect(counts.every((count) => count === 1 || count === 2)).toBe(true);
});

it('answers never come, until faults heal', () => {
  const heard = ask({ serviceLostPer1000: 200 }, HEALED);
  const lost = Array.from({ length: 100 }, (_, n) => n).filter((n) => !heard.some((one) => one.n === n));
  expect(lost.length).toBeGreaterThan(4);
  expect(lost.every((n) => n <= 50)).toBe(true);
});

it('a service works on while its caller is dead, and nobody hears of it; there is no service without a name', () => {
  const heard: number[] = [];
  const universe = makeUniverse({ world: { serviceLatencyUs: 2_000 } });
  universe.services.provide('echo', (request) => request);
  universe.launch('host', 'p', (ports) => {
    const n = ports.self.incarnation;
    ports.services.ask('echo', Uint8Array.of(n), () => heard.push(n));
    expect(() => ports.services.ask('other', Uint8Array.of(), () => undefined)).toThrow('there is no service other');
  });
  universe.run(500);
  universe.kill('p', 1);
  universe.run(1e9);
  expect(heard).toEqual([2]);
  expect(universe.crashes).toEqual([]);
});
