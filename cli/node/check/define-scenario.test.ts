import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defineJob, int32, logSink, logSource, noWatermarks, record, string } from '../../../core/api/index.ts';
import { type Campaign, runBlock } from '../../../properties/campaign/campaign.ts';
import { investigate } from '../../../properties/campaign/investigate.ts';
import { CheckError } from '../../../properties/check/errors.ts';
import { expand } from '../../../properties/plan/generate.ts';
import { disciplineOf } from '../../../properties/plan/knobs.ts';
import { run } from '../../../properties/run/run.ts';
import { configFrom } from '../../config.ts';
import { defineScenario } from './define-scenario.ts';

const event = record({ key: string, n: int32 });
/** It is meant to keep everything. */
const lossy = defineJob('lossy', (env) => {
  env
    .fromSource(logSource({ topic: 'in', type: event, bounded: true }), {
      uid: 'in',
      watermarks: noWatermarks({ timestamp: (e) => e.n }),
    })
    .filter((e) => e.n < 90)
    .uid('kept')
    .sinkTo(logSink({ topic: 'out', type: event }))
    .uid('out');
});
const records = fc.record({ key: fc.constantFrom('a', 'b'), n: fc.nat(100) });
const scenario = defineScenario(lossy, {
  input: { in: records },
  output: (input) => ({ out: input.in }),
  disciplines: ['unaligned'],
  faults: ['kill'],
  name: 'whole',
  states: 'Keeps everything.',
});

const campaign: Campaign = {
  seed: 'own',
  shares: [{ scenario: scenario.id, weight: 1 }],
  repeatEvery: 0,
  relateEvery: 0,
};

it('it is a scenario of a configuration, with the name of its job and its own', () => {
  expect(scenario).toMatchObject({ id: 'lossy/whole', states: 'Keeps everything.' });
  expect(configFrom({ scenarios: [scenario] }, 'file').scenarios).toHaveLength(1);
  expect(defineScenario(lossy, { input: { in: records } })).toMatchObject({ id: 'lossy', states: 'The job lossy.' });
  expect(() => defineScenario(lossy, { input: { inn: records } })).toThrow(CheckError);
});

it('its plans keep to its faults and disciplines', () => {
  for (let seed = 0; seed < 40; seed++) {
    const plan = expand(scenario, `s${seed}`);
    expect(disciplineOf(plan)).toBe('unaligned');
    expect(plan.incidents.filter(({ what }) => what.kind !== 'kill')).toEqual([]);
  }
});

it('a campaign finds the fault, and makes the input small by the arbitrary that has made it', () => {
  // The first run is a tiny one, which may well have no such record.
  const [row] = runBlock(campaign, { from: 1, to: 2 }, () => scenario, run);
  expect(row?.violations[0]).toMatchObject({ law: 'output' });
  const finding = investigate(scenario, { seed: row?.seed ?? '', run: 0 }, `output/missing/out`, run);
  expect(finding?.kase.shrunk.to).toMatchObject({ records: 1, incidents: 0 });
  expect(finding?.kase.plan.workload).toMatchObject({
    kind: 'explicit',
    topics: { in: expect.arrayContaining([[{ key: 'a', n: 90 }]]) as unknown },
  });
});
