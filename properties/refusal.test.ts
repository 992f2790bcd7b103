import { expect, it } from 'vitest';
import type { Plan } from './plan/plan.ts';
import { refusalOf } from './refusal.ts';

const calm: Plan = { scenario: 's', config: {}, workload: { kind: 'generated', seed: 's', count: 1 }, incidents: [], choices: { seed: 's' } };
const drain = { what: { kind: 'stop', drain: true }, when: { kind: 'time', ms: 5 } } as const;
const kill = { what: { kind: 'kill', process: 'self', restartAfterMs: 1 }, when: { kind: 'time', ms: 6 } } as const;
const MESSAGE = 'StoppedWithSavepoint: stopped with savepoint x, but map[0] failed';

it('a refusal needs its cause in the plan', () => {
  expect(refusalOf({ ...calm, incidents: [drain, kill] }, MESSAGE)).toMatch(/after a drain/);
  expect(refusalOf({ ...calm, incidents: [drain], config: { lostReplyPer1000: 3 } }, MESSAGE)).toMatch(/after a drain/);
  expect(refusalOf({ ...calm, incidents: [drain] }, MESSAGE)).toBeUndefined();
  expect(refusalOf({ ...calm, incidents: [kill] }, MESSAGE)).toBeUndefined();
  expect(refusalOf({ ...calm, incidents: [drain, kill] }, 'restarts are used up')).toBeUndefined();
});
