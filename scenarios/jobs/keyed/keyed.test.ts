import { expect, it } from 'vitest';
import { canonical } from '../../../properties/model/equal.ts';
import { sequentialOutput } from '../../../properties/model/sequential.ts';
import { expand } from '../../../properties/plan/generate.ts';
import type { Plan } from '../../../properties/plan/plan.ts';
import type { Scenario } from '../../../properties/plan/scenario.ts';
import { run } from '../../../properties/run/run.ts';
import { TTL_PARAMETERS, ttlOptions } from '../../time-to-live.ts';
import { bigState, dedup, joinBuffers, onlineLearning, pattern, sessions } from './index.ts';

const ALL = { sessions, pattern, joinBuffers, onlineLearning, dedup };

function plan(scenario: string, config: Plan['config'], incidents: Plan['incidents'] = []): Plan {
  const workload = { kind: 'generated', seed: 'a', count: 120 } as const;
  return { scenario, config, workload, incidents, choices: { seed: 'a' } };
}
const CRASH: Plan['incidents'] = [
  {
    what: { kind: 'kill', process: 'taskmanager-1', restartAfterMs: 5 },
    when: { kind: 'fact', fact: 'checkpointCompleted', nth: 2 },
  },
  { what: { kind: 'rescale', parallelism: 3 }, when: { kind: 'fact', fact: 'checkpointCompleted', nth: 4 } },
];
const BUSY = { recordIntervalUs: 10_000, checkpointIntervalMs: 60 };

it.each<[string, Scenario, number]>([
  ['pattern', pattern, 120],
  ['join-buffers', joinBuffers, 60],
])(
  '%s without time to live emits what the sequential model says, over a crash and a rescaling',
  (id, scenario, delayMs) => {
    const chosen = plan(id, { ...BUSY, ttlMs: 0, disorderMs: delayMs, delayMs }, CRASH);
    const { job, topics, confluent } = scenario.build(chosen);
    expect(confluent).toBe(true);
    const { verdict, violations, observed, counters } = run(scenario, chosen);
    expect({ verdict, violations }).toEqual({ verdict: 'pass', violations: [] });
    expect(counters.restores).toBeGreaterThan(0);
    for (const [topic, expected] of sequentialOutput(job, topics)) {
      const counts = new Map<string, number>();
      for (const value of observed.committed[topic] ?? [])
        counts.set(canonical(value), (counts.get(canonical(value)) ?? 0) + 1);
      expect(counts).toEqual(expected);
      expect(expected.size > 0, topic).toBe(topic !== 'late');
    }
  },
);

it.each([0, 1, 2, 3, 4])('dedup by kind %i forgets what has expired over a restore', (kind) => {
  for (const ttlKind of [0, 4, 8, 11, 13]) {
    const { verdict, violations, marks } = run(
      dedup,
      plan('dedup', { ...BUSY, kind, ttlMs: 40, ttlKind, keys: 4 }, CRASH),
    );
    expect({ ttlKind, verdict, violations }).toEqual({ ttlKind, verdict: 'pass', violations: [] });
    expect(marks).toContain('ttl-expired-across-restore');
  }
});

it.each([0, 1])(
  'big-state: a map of fifty times the memory, over a crash and a rescaling (incremental: %i)',
  (incremental) => {
    const config = { ...BUSY, stateBackend: 1, stateMemoryBytes: 4_096, incrementalCheckpoints: incremental };
    const { verdict, violations, counters, marks } = run(bigState, plan('big-state', config, CRASH));
    expect({ verdict, violations }).toEqual({ verdict: 'pass', violations: [] });
    expect(counters.restores).toBeGreaterThan(0);
    expect(marks.includes('state-of-fifty-memories')).toBe(incremental === 0);
  },
);

it('each ingredient of time to live is in at least a tenth of the plans, and so is its absence; every kind of state is', () => {
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const runs = 1_000;
  for (let i = 0; i < runs; i++) {
    for (const scenario of Object.values<Scenario>(ALL)) {
      const drawn = expand(scenario, `ingredients-${i}`);
      const { ttlMs = TTL_PARAMETERS.ttlMs[2], ttlKind = TTL_PARAMETERS.ttlKind[2] } = drawn.config;
      const { ttl } = ttlOptions({ ttlMs, ttlKind });
      count(ttl === undefined ? 'no ttl' : 'ttl');
      if (ttl !== undefined) for (const what of [ttl.cleanup, ttl.update, ttl.visibility]) count(String(what));
    }
    count(dedup.shapeOf?.(expand(dedup, `ingredients-${i}`)) ?? '');
  }
  const ofAll = (what: string): number => (counts.get(what) ?? 0) / (runs * Object.keys(ALL).length);
  for (const what of ['no ttl', 'ttl', 'none', 'full-snapshot', 'incremental', 'compaction'])
    expect(ofAll(what), what).toBeGreaterThan(0.1);
  for (const what of ['on-create-and-write', 'on-read-and-write']) expect(ofAll(what), what).toBeGreaterThan(0.1);
  for (const what of ['never-return-expired', 'return-if-not-cleaned-up'])
    expect(ofAll(what), what).toBeGreaterThan(0.1);
  for (const kind of ['value', 'list', 'map', 'reducing', 'aggregating']) {
    expect((counts.get(kind) ?? 0) / runs, kind).toBeGreaterThan(0.1);
  }
});
