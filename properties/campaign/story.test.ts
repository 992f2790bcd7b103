import { expect, it } from 'vitest';
import { defineJob, logSink, logSource, noWatermarks, string } from '../../core/api/index.ts';
import type { Violation } from '../outcome.ts';
import { located } from './story.ts';

const job = defineJob('visits', (env) => {
  env
    .fromSource(logSource({ topic: 'in', type: string }), {
      uid: 'in',
      watermarks: noWatermarks({ timestamp: () => 0 }),
    })
    .map((visit) => visit, string, { uid: 'same' })
    .sinkTo(logSink({ topic: 'out', type: string }), { uid: 'sink' });
});
const violation: Violation = { law: 'sinks', anomaly: 'lost', place: 'job', message: 'm', evidence: [], atUs: 0 };
const defined = (place: string): readonly string[] =>
  located({ ...violation, place }, job).evidence.flatMap((item) =>
    item.kind === 'text' ? [`${item.label} ${item.text.replace(/ at .*story\.test\.ts/, '')}`] : [],
  );

it('says where the operators were added that a violation names by uid, by edge or by topic', () => {
  expect(defined('same')).toEqual([expect.stringMatching(/^defined same:.*:\d+:\d+\)?$/)]);
  expect(defined('in->same')).toEqual([expect.stringMatching(/^defined in:/), expect.stringMatching(/^ same:/)]);
  expect(defined('out')).toEqual([expect.stringMatching(/^defined sink:/)]);
  expect(defined('job')).toEqual([]);
});

it('a violation that says where it was is left as it is', () => {
  const evidence = [{ kind: 'text', label: 'where', text: 'at map (job.ts:1:1)' }] as const;
  expect(located({ ...violation, place: 'same', evidence }, job).evidence).toEqual(evidence);
});
