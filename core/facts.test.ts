import { expect, it } from 'vitest';
import { FACT_KINDS, type FactKind, isFactKind, perFactKind } from './facts.ts';

it('the kinds of facts are values, each once', () => {
  expect(new Set(FACT_KINDS).size).toBe(FACT_KINDS.length);
  expect(FACT_KINDS).toContain<FactKind>('barrierReceived');
  expect([isFactKind('barrierReceived'), isFactKind('barrier-received'), isFactKind('toString')]).toEqual([
    true,
    false,
    false,
  ]);
});

it('an object per kind has what was made for each kind, and nothing else', () => {
  const made = perFactKind((kind) => (kind === 'sent' ? undefined : kind.length));
  expect(Object.keys(made)).toEqual(FACT_KINDS);
  expect([made.sent, made.acknowledged]).toEqual([undefined, 'acknowledged'.length]);
});
