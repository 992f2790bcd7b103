import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  defineJob,
  int64,
  list,
  logSink,
  logSource,
  noWatermarks,
  record,
  string,
  withDefault,
} from '../../core/api/index.ts';
import { type Outcome, uncounted, type Violation } from '../outcome.ts';
import { planArbitrary } from '../plan/arbitrary.ts';
import { InvalidInput } from '../plan/invalid-input.ts';
import { fakeScenario } from '../plan/testing/scenario.ts';
import type { Plan } from '../plan/plan.ts';
import { sizeOf } from '../shrink/parts.ts';
import type { Case } from './case.ts';
import { caseDocument, caseFileName } from './case.ts';
import { parseCase } from './parse.ts';
import { caseOf, replay } from './replay.ts';

const violation: Violation = {
  law: 'sinks',
  anomaly: 'duplicate',
  place: 'late-topic',
  message: 'twice',
  evidence: [],
  atUs: 1,
};
const plan: Plan = {
  scenario: 'fake',
  config: { parallelism: 1 },
  workload: { kind: 'explicit', topics: { numbers: [[{ n: 1 }], []] } },
  incidents: [{ what: { kind: 'kill', process: 'self', restartAfterMs: 3 }, when: { kind: 'time', ms: 4 } }],
  choices: { explicit: [] },
};
function outcome(changes: Partial<Outcome> & { readonly struck?: number } = {}): Outcome {
  const { struck = 1, ...rest } = changes;
  const counters = { sourceRecords: 1, events: 1, virtualUs: 1, attempts: 1, incidents: { kill: struck } };
  return uncounted({ counters, digest: 'a'.repeat(16), ...rest });
}
const failed = outcome({ verdict: 'fail', violations: [violation] });
const kase: Case = caseOf(
  { plan, outcome: failed, violation },
  { seed: 's', run: 17 },
  { from: sizeOf(plan), to: sizeOf(plan), runs: 3, minimal: true },
);
const scenarioOf = (id: string) => (id === 'fake' ? fakeScenario : undefined);
const answer = (now: Outcome, of: Case = kase) => replay(of, scenarioOf, () => now);

it('a case is the same after writing and reading, for any plan', () => {
  expect(parseCase(caseDocument(kase), 'f')).toEqual(kase);
  const ofCheck: Case = { ...kase, origin: { ...kase.origin, check: "npx vitest run -t 'adds up'" } };
  expect(parseCase(caseDocument(ofCheck), 'f')).toEqual(ofCheck);
  fc.assert(
    fc.property(planArbitrary(fakeScenario), (any) => {
      const from = sizeOf(any);
      const of: Case = { ...kase, plan: any, shrunk: { from, to: from, runs: 0, minimal: false } };
      expect(parseCase(caseDocument(of), 'f')).toEqual(of);
    }),
    { seed: 3, numRuns: 60 },
  );
});

it('a file that is no case is refused with its name and place', () => {
  const refusal = (text: string): string => {
    try {
      parseCase(text, 'x.json');
      return 'accepted';
    } catch (error) {
      return error instanceof InvalidInput ? error.message : String(error);
    }
  };
  expect(refusal('{')).toMatch(/^x\.json is not a case:\n {2}the whole: is not JSON/);
  expect(refusal(caseDocument({ ...kase, format: 2 as never }))).toContain(
    'format: expected 1; another format needs another version',
  );
  expect(refusal(caseDocument({ ...kase, digest: 'zz' }))).toContain('digest: expected 16 hex digits');
  expect(refusal(caseDocument({ ...kase, scenario: 'b' }))).toContain("plan.scenario: expected b, as in 'scenario'");
});

it('a replay that fails in the same way is reproduced, and says whether it was the very same run', () => {
  expect(answer(failed)).toMatchObject({ kind: 'reproduced', sameDigest: true });
  expect(answer({ ...failed, digest: 'b'.repeat(16) })).toMatchObject({ kind: 'reproduced', sameDigest: false });
});

it('a replay that fails at another place is a different failure', () => {
  const moved = outcome({ verdict: 'fail', violations: [{ ...violation, place: 'panes' }] });
  expect(answer(moved)).toMatchObject({ kind: 'different', failing: { violation: { place: 'panes' } } });
});

it('a replay whose incidents all fire and that holds passes now', () => {
  expect(answer(outcome())).toMatchObject({ kind: 'passes' });
  expect(answer(outcome({ verdict: 'refused', reason: 'no slots' }))).toMatchObject({ kind: 'passes' });
});

it('a case no longer applies when its scenario, a knob or the moment of an incident is gone', () => {
  expect(answer(outcome({ struck: 0 }))).toEqual({
    kind: 'no-longer-applies',
    why: '0 of its incidents fire now, 1 did: the moments that they wait for no longer come',
  });
  expect(answer(failed, { ...kase, scenario: 'gone' })).toEqual({
    kind: 'no-longer-applies',
    why: 'there is no scenario gone',
  });
  const renamed = { ...kase, plan: { ...plan, config: { oldKnob: 1 } } };
  expect(JSON.stringify(answer(failed, renamed))).toContain('config.oldKnob: there is no such knob');
  expect(answer(outcome({ verdict: 'inconclusive', reason: 'too many events' }))).toMatchObject({
    why: 'the run was inconclusive: too many events',
  });
});

it('a case whose records lack a field that was added with a default still applies; without one it says which', () => {
  const event = (fields: Parameters<typeof record>[0]) => {
    const job = defineJob('fake', (env) => {
      env
        .fromSource(logSource({ topic: 'numbers', type: record(fields) }), {
          uid: 'in',
          watermarks: noWatermarks({ timestamp: () => 0 }),
        })
        .sinkTo(logSink({ topic: 'out', type: record(fields) }), { uid: 'out' });
    });
    return { ...fakeScenario, build: () => ({ job, topics: {}, confluent: true }) };
  };
  const inner = (fields: Parameters<typeof record>[0]) => ({ n: int64, parts: withDefault(list(record(fields)), []) });
  const old: Plan = {
    ...plan,
    workload: { kind: 'explicit', topics: { numbers: [[{ n: 1, parts: [{ a: 2 }] }], []] } },
  };
  const replayed = (fields: Parameters<typeof record>[0], of: Plan) => {
    let ran: Plan | undefined;
    const now = replay(
      { ...kase, plan: of },
      () => event(fields),
      (_, it) => {
        ran = it;
        return failed;
      },
    );
    return { now, records: ran?.workload.kind === 'explicit' ? ran.workload.topics['numbers'] : undefined };
  };
  const one = replayed(inner({ a: int64, b: withDefault(string, 'none') }), old);
  expect(one.now).toMatchObject({ kind: 'reproduced', sameDigest: true });
  expect(one.records).toEqual([[{ n: 1, parts: [{ a: 2, b: 'none' }] }], []]);
  expect(replayed(inner({ a: int64 }), plan).records).toEqual([[{ n: 1, parts: [] }], []]);
  expect(replayed(inner({ a: int64, b: string }), old).now).toMatchObject({
    kind: 'no-longer-applies',
    why: expect.stringMatching(/^workload\.topics\.numbers\[0\]\[0\]: .*\bb\b/) as string,
  });
  expect(replayed(inner({}), old).now).toMatchObject({ kind: 'no-longer-applies' });
});

it('the name of a case depends on plan and signature only', () => {
  expect(caseFileName(kase)).toMatch(/^fake-[0-9a-f]{8}\.json$/);
  expect(caseFileName({ ...kase, scenario: 'earthquakes/spread' })).toMatch(/^earthquakes-spread-[0-9a-f]{8}\.json$/);
  expect(caseFileName({ ...kase, signature: 'a/b/c' })).not.toBe(caseFileName(kase));
});
