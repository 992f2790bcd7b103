import { expect, it } from 'vitest';
import { campaignId, findingLine, isFailure, readFindings, type Sighted } from './sighting.ts';

const sighted = (run: number, scenario = 'smoke'): Sighted => ({
  campaign: '0123456789abcdef',
  flags: ' --config my.mjs',
  sighting: { run, scenario, seed: `seed ${run}`, signatures: ['sinks/lost/späte \u0007\n "topic"', 'order/a/b'] },
});

it('a line is read back as it was written, whatever the names', () => {
  const written = [sighted(0), sighted(7, 'a\u2028b')];
  expect(readFindings(written.map(findingLine).join(''))).toEqual({ findings: written, torn: 0 });
  expect(findingLine(sighted(1)).split('\n')).toHaveLength(2);
});

it('a file that was cut off anywhere keeps all whole lines and counts the one that is not', () => {
  const [first, second] = [findingLine(sighted(1)), findingLine(sighted(2))];
  for (let length = 0; length < second.length; length++) {
    const { findings, torn } = readFindings(first + second.slice(0, length));
    const isWhole = length === second.length - 1;
    expect(findings).toEqual(isWhole ? [sighted(1), sighted(2)] : [sighted(1)]);
    expect(torn).toBe(isWhole || length === 0 ? 0 : 1);
  }
});

it('a line in which something was changed is not believed', () => {
  const line = findingLine(sighted(1));
  const changed = [line.replace('seed 1', 'seed 2'), line.replace('"run":1', '"run":2'), line.replace('lost', 'last')];
  const none = ['null', '[]', '{"finding":1}', '{"finding":{"campaign":"x"},"checksum":"0"}', 'x'.repeat(99)];
  for (const text of [...changed, ...none]) expect(readFindings(text)).toEqual({ findings: [], torn: 1 });
  expect(readFindings(`${line}\n\n  \n${line}`).findings).toHaveLength(2);
});

it('campaigns are told apart by all that decides what their runs are', () => {
  const campaign = { seed: 's', shares: [{ scenario: 'a', weight: 1 }], repeatEvery: 40, relateEvery: 29 };
  expect(campaignId({ ...campaign })).toBe(campaignId(campaign));
  const others = [{ seed: 't' }, { shares: [] }, { repeatEvery: 0 }, { relateEvery: 1 }, { ofUser: true }];
  const ids = others.map((change) => campaignId({ ...campaign, ...change }));
  expect(new Set([campaignId(campaign), ...ids]).size).toBe(others.length + 1);
});

it('a run that differs, from itself or from a variant, is a failure as one is that breaks a law', () => {
  const passed = { run: 1, scenario: 'smoke', seed: 's', verdict: 'pass', digest: 'a', digestAgain: 'a' } as const;
  const difference = { relation: 'schedule', topic: 'out', what: '', variant: '' };
  const none = { difference: undefined };
  expect(isFailure({ ...passed, ...none })).toBe(false);
  expect(isFailure({ ...passed, ...none, verdict: 'refused' })).toBe(false);
  expect(isFailure({ ...passed, ...none, verdict: 'fail' })).toBe(true);
  expect(isFailure({ ...passed, ...none, digestAgain: 'b' })).toBe(true);
  expect(isFailure({ ...passed, difference })).toBe(true);
});
