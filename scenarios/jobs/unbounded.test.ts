/** What scenario `unbounded` says of its output. */
import { expect, it } from 'vitest';
import { expand } from '../../properties/plan/generate.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import { unbounded } from './unbounded.ts';

/** A watermark delay that no record is behind, no heartbeats; four partitions. */
const plan = (config: Plan['config'], incidents: Plan['incidents'] = []): Plan => ({
  ...expand(unbounded, 'says'),
  config: { disorderMs: 0, delayMs: 2_000, heartbeatMs: 0, boundaryPer1000: 0, ...config },
  incidents,
});

it.each<[string, Plan, boolean]>([
  ['each reader has a split', plan({ discoveryMs: 50, parallelism: 4 }), true],
  ['readers are told that there is no split for them', plan({ discoveryMs: 0, parallelism: 5 }), true],
  ['a fifth reader waits for a split for ever', plan({ discoveryMs: 50, parallelism: 5 }), false],
  [
    'there is a fifth reader after a restart',
    plan({ discoveryMs: 50, parallelism: 2, parallelismAfterRestart: 5 }),
    false,
  ],
  [
    'there is one after a rescale',
    plan({ discoveryMs: 50, parallelism: 2 }, [
      { what: { kind: 'rescale', parallelism: 5 }, when: { kind: 'time', ms: 300 } },
    ]),
    false,
  ],
])('%s: confluent or not', (_, of, confluent) => {
  expect(unbounded.build(of).confluent).toBe(confluent);
});
