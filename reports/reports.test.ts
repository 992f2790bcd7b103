import type { CheckpointStats } from '../core/facts.ts';
import { expect, it } from 'vitest';
import type { RunRow } from '../properties/campaign/campaign.ts';
import type { Finding } from '../properties/campaign/investigate.ts';
import type { KeptResult } from '../properties/campaign/kept.ts';
import { exitCodeOf, type Summary } from '../properties/campaign/summary.ts';
import { summarize } from '../properties/campaign/tally.ts';
import type { Violation } from '../properties/outcome.ts';
import { checkpointsReport } from './checkpoints.ts';
import { conclude, type Conclusion, type Ended } from './conclusion.ts';
import { falsifiedReport } from './falsified.ts';
import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import { headline, summaryReport } from './summary.ts';
import { wellFormed } from './testing/well-formed.ts';
import { count, ordinal, percent } from './words.ts';
import { incidentInWords, valueInWords } from './plan-words.ts';

const violation: Violation = {
  law: 'sinks',
  anomaly: 'duplicate',
  place: 'late-topic',
  atUs: 4_000,
  message: 'topic late, key ak: a record was committed twice',
  evidence: [
    { kind: 'text', label: 'model', text: '[ak@9]' },
    { kind: 'text', label: 'engine', text: '[ak@9, ak@9]' },
    { kind: 'value', label: 'key', value: 'ak' },
  ],
};
const finding: Finding = {
  kase: {
    format: 1,
    scenario: 'earthquakes/spread',
    law: 'sinks',
    signature: 'sinks/duplicate/late-topic',
    message: violation.message,
    digest: '0'.repeat(16),
    struck: 1,
    origin: { seed: '9c1e0b7742d5a0f3', run: 1709 },
    plan: {
      scenario: 'earthquakes/spread',
      config: { parallelism: 1, delayHours: 0 },
      workload: {
        kind: 'explicit',
        topics: {
          quakes: [
            [
              { net: 'ak', time: 10 },
              { net: 'a b', mag: null },
            ],
            [{ net: 'ci', time: 9 }],
          ],
        },
      },
      incidents: [
        {
          what: { kind: 'kill', process: 'self', restartAfterMs: 20 },
          when: { kind: 'fact', fact: 'acknowledged', nth: 2, where: { checkpoint: 2 } },
        },
      ],
      choices: { explicit: [] },
    },
    shrunk: {
      from: { records: 31, incidents: 5, config: 9, choices: 212 },
      to: { records: 3, incidents: 1, config: 2, choices: 0 },
      runs: 88,
      minimal: true,
    },
  },
  violation,
  trace: [
    '    2.1 ms  taskmanager-2  sinkWritten late[0]@1 sink="late-topic" ak@9',
    '    2.2 ms  taskmanager-2  sent late[0]@1',
    '    3.1 ms  taskmanager-2  DIES',
    '    3.3 ms  jobmanager     attemptStarting attempt=2 restoredFrom=1',
    '    9.9 ms  jobmanager     jobEnded',
  ],
  heard: ['sinkWritten'],
  slipped: [],
  notes: ['the budget of runs ran out'],
};

it('the report of a failure has the shape that people know', () => {
  expect(falsifiedReport(finding, 'scenarios/cases/earthquakes-spread-4be1a7c2.json')).toBe(
    `
FALSIFIED  earthquakes/spread   law: sinks   signature: sinks/duplicate/late-topic
  seed 9c1e0b7742d5a0f3, run 1,709    shrunk in 88 runs: records 31 -> 3, incidents 5 -> 1, knobs 9 -> 2, choices 212 -> 0, minimal
  plan        records   quakes[0]  net=ak time=10
                        quakes[0]  net="a b" mag=null
                        quakes[1]  net=ci time=9
              incident  kill the process in which it happens for 20 ms at the 2nd acknowledged with checkpoint 2
              knobs     parallelism 1, delayHours 0
  divergence  topic late, key ak: a record was committed twice
                - model   [ak@9]
                + engine  [ak@9, ak@9]
                  key     ak
  because     2.1 ms  taskmanager-2  sinkWritten late[0]@1 sink="late-topic" ak@9
              3.1 ms  taskmanager-2  DIES
              3.3 ms  jobmanager     attemptStarting attempt=2 restoredFrom=1
  note        the budget of runs ran out
  reproduce   npx millrace replay scenarios/cases/earthquakes-spread-4be1a7c2.json`.trimStart(),
  );
});

function result(run: number, changes: Partial<RunRow> = {}): RunRow {
  const counters: RunRow['counters'] = {
    sourceRecords: 200 + run,
    events: 1000 * (run + 1),
    draws: 1,
    virtualUs: 1,
    checkpointsTriggered: 4,
    checkpointsCompleted: 3,
    checkpointsAborted: 1,
    inFlightRecords: run % 3,
    inFlightBytes: 40 * run,
    replayedRecords: 0,
    pendingProcessingTimers: 0,
    attempts: 2,
    restores: run % 2,
    incidents: { kill: 1 },
  };
  return {
    run,
    scenario: 'smoke',
    seed: `s${run}`,
    verdict: 'pass',
    reason: undefined,
    violations: [],
    marks: ['restored'],
    laws: run % 2 === 0 ? ['settle', 'timers'] : ['settle'],
    counters,
    mix: {
      discipline: run % 2 === 0 ? 'unaligned' : 'aligned',
      parallelism: 1 + (run % 2),
      topology: 'smoke',
      traits: [],
    },
    digest: `d${run}`,
    digestAgain: undefined,
    compared: 0,
    difference: undefined,
    ...changes,
  };
}
const circumstances = { seed: 'base', seconds: 2, workers: 2, cutShort: false, replayFlags: '' };
const catalogue = [
  { name: 'restored', rarity: 2 },
  { name: 'zombie', rarity: 1 },
  { name: 'rare', rarity: 500 },
  { name: 'record-late', rarity: 1, needs: ['windows'] },
] as const;

const laws = [
  { name: 'timers', compares: 'timers that fire', notInBatch: 'they fire at the end' },
  { name: 'splits', compares: 'splits at readers', notInBatch: 'there are no checkpoints' },
  { name: 'settle', compares: 'ends of runs', notInBatch: undefined },
  { name: 'alignment', compares: 'watermarks of groups', notInBatch: undefined },
];

it('the summary says what was done and what was reached', () => {
  const summary = summarize(
    Array.from({ length: 12 }, (_, run) => result(run)),
    catalogue,
    laws,
  );
  expect(summaryReport(summary, circumstances)).toBe(
    `
HELD  every law, in 12 runs
  runs         12 in 2.0 s (6/s, 2 workers), seed base
  scenarios    smoke 12
  mix          aligned 6, unaligned 6
               parallelism 1 6, 2 6
  verdicts     passed 12, refused 0, failed 0, inconclusive 0
  digests      12 distinct, together 495a458a35fc70ee; 0 runs done twice, 0 differ
  incidents    kill 12
  per run           p10  median     p90     max
  records           201     205     210     211
  checkpoints         3       3       3       3
  restores            0       0       1       1
  in flight, B        0     160     400     400
               50 % of the runs restored a completed checkpoint and went on from it
               66.7 % of the runs whose barriers may overtake persisted in-flight records
  laws         2 of 4 compared something, in this share of the runs
               settle  100 %   timers  50 %
               had nothing to compare:
                 alignment (watermarks of groups), splits (splits at readers)
  marks        1 of 4 reached, 1 too rare for so few runs, 1 beyond what these jobs can reach
               restored  100 %
               MISSING zombie: should be reached in 1 of 1 runs
  slowest      12,000 events: npx millrace replay smoke --seed s11`.trimStart(),
  );
});

it('of laws nothing is said where nothing was run', () => {
  expect(summaryReport(summarize([], catalogue, laws), circumstances)).not.toContain('laws');
});

it('the headline puts the worst first', () => {
  const broken = result(1, { verdict: 'fail', violations: [violation] });
  expect(headline(summarize([result(0, { digestAgain: 'x' }), broken], []))).toMatch(
    /^NOT DETERMINISTIC {2}1 run of 1/,
  );
  expect(headline(summarize([result(0), broken], []))).toBe('FALSIFIED  sinks/duplicate/late-topic in 1 run');
  expect(headline(summarize([result(0, { verdict: 'inconclusive' })], []))).toMatch(/^INCONCLUSIVE {2}1 run of 1/);
  expect(headline(summarize([], []))).toBe('INCONCLUSIVE  no run was done');
});

it('what an author has stated and nobody could judge is said, with the reason', () => {
  const unjudged = [{ oracle: 'output', why: 'records were late' }] as const;
  const text = summaryReport(
    summarize([result(0, { unjudged }), result(1), result(2, { unjudged })], []),
    circumstances,
  );
  expect(text).toContain('unjudged     `output` in 2 runs: records were late');
  expect(summarize([result(1)], []).unjudged).toEqual([]);
});

it('a scenario that never had a record is vacuous, and its topics are named', () => {
  const unread = (run: number, scenario = 'mute') => result(run, { scenario, unread: ['clicks', 'users'] });
  const mute = summarize([unread(0), unread(1)], []);
  expect(headline(mute)).toBe('VACUOUS  mute: 2 runs broke no law, and that proves nothing: no record was read');
  expect(summaryReport(mute, circumstances)).toContain(
    '  vacuous      mute: no record came in topic clicks, users: let its input make some',
  );
  // Beside others that had some, a plan without a record is no rare thing.
  expect(headline(summarize([unread(0), result(1)], []))).toMatch(/^HELD/);
  const many = Array.from({ length: 8 }, (_, at) => unread(at + 1));
  expect(summarize([result(0), ...many], []).vacuous).toMatchObject([{ id: 'mute', runs: 8 }]);
  expect(summarize([result(0, { scenario: 'mute' }), ...many], []).vacuous).toEqual([]);
});

it('the JSON report names every finding and its file', () => {
  const summary = summarize([result(0), result(1, { verdict: 'fail', violations: [violation] })], catalogue, laws);
  const report: unknown = JSON.parse(
    jsonReport(summary, [{ finding, caseFile: 'x.json' }], circumstances, conclusionOf(summary), []),
  );
  expect(report).toMatchObject({
    exitCode: 1,
    runs: 2,
    failed: 1,
    seed: 'base',
    laws: [
      { name: 'alignment', runs: 0, nothing: 'watermarks of groups' },
      { name: 'settle', runs: 2 },
      { name: 'splits', runs: 0, nothing: 'splits at readers' },
      { name: 'timers', runs: 1 },
    ],
    findings: [{ caseFile: 'x.json', shrunk: { minimal: true } }],
    failures: [{ signature: 'sinks/duplicate/late-topic', runs: 1, first: { run: 1, seed: 's1' } }],
  });
});

const ended = (summary: Summary): Ended => ({
  summary,
  exitCode: exitCodeOf(summary),
  kept: [],
  isGate: false,
  interrupted: false,
  crash: undefined,
});
const conclusionOf = (summary: Summary): Conclusion => conclude(ended(summary));

const difference = { relation: 'weather', variant: 'calm', topic: 'out', what: 'lost' };
const keptFor = (kind: KeptResult['answer']['kind']): KeptResult => ({
  file: 'millrace-cases/a b.json',
  replay: "npx millrace replay 'millrace-cases/a b.json'",
  scenario: 'smoke',
  keptFor: 'sinks/lost/out',
  answer: { kind, signature: 'sinks/lost/out', detail: 'a record\u0007 is lost', digest: '' },
});
const broken = result(1, { verdict: 'fail', violations: [violation] });
const hostile = { ...violation, place: '\u001b]0;x\u0007 ]]> <&"\uD800 \uFFFF', message: 'a]]>b' };

it.each<readonly [string, Ended, number]>([
  ['held', ended(summarize([result(0)], [])), 0],
  ['a broken law', ended(summarize([broken], [])), 1],
  ['a broken law of a hostile name', ended(summarize([result(1, { verdict: 'fail', violations: [hostile] })], [])), 1],
  ['another digest', ended(summarize([result(0, { digestAgain: 'x' })], [])), 5],
  ['an unequal variant', ended(summarize([result(0, { compared: 1, difference })], [])), 1],
  ['no run', ended(summarize([], [])), 3],
  ['no verdict', ended(summarize([result(0, { verdict: 'inconclusive' })], [])), 3],
  ['too many refused', ended(summarize([result(0, { verdict: 'refused', reason: 'no slots' })], [])), 3],
  ['an interrupt', { ...ended(summarize([result(0)], [])), interrupted: true }, 130],
  ['a crash', { ...ended(summarize([result(0)], [])), crash: 'TypeError: \u0000 x' }, 70],
  ['what cannot be used', { ...ended(summarize([result(0)], [])), badInput: 'scenario x cannot be run' }, 2],
  ['no record', ended(summarize([result(0, { unread: ['in'] })], [])), 3],
  ['a missing run', { ...ended(summarize([result(0)], [])), missing: { count: 1, first: 1 } }, 3],
  ['a lost machine', { ...ended(summarize([result(0)], [])), lost: ['2 of 4'] }, 3],
  ['a lost machine, and a broken law', { ...ended(summarize([broken], [])), lost: ['2 of 4'] }, 1],
  ['a kept failure', { ...ended(summarize([result(0)], [])), kept: [keptFor('fails')] }, 1],
  ['a kept failure in another way', { ...ended(summarize([], [])), kept: [keptFor('differs')] }, 1],
  ['a kept case that passes', { ...ended(summarize([result(0)], [])), kept: [keptFor('passes')] }, 0],
  ['one that no longer applies', { ...ended(summarize([result(0)], [])), kept: [keptFor('no-longer-applies')] }, 0],
  [
    'one that no longer applies, in a gate',
    { ...ended(summarize([result(0)], [])), isGate: true, kept: [keptFor('no-longer-applies')] },
    1,
  ],
  [
    'a mark that is missing',
    ended(
      summarize(
        Array.from({ length: 12 }, (_, run) => result(run)),
        catalogue,
      ),
    ),
    0,
  ],
  [
    'a mark that is missing, in a gate',
    {
      ...ended(
        summarize(
          Array.from({ length: 12 }, (_, run) => result(run)),
          catalogue,
        ),
      ),
      isGate: true,
    },
    1,
  ],
])('exit code, headline, JSON and JUnit agree: %s', (_, end, exitCode) => {
  const conclusion = conclude(end);
  expect(conclusion.exitCode).toBe(exitCode);
  expect(conclusion.headline.startsWith('HELD')).toBe(exitCode === 0);
  const json: unknown = JSON.parse(jsonReport(end.summary, [], circumstances, conclusion, end.kept));
  expect(json).toMatchObject({ exitCode, headline: conclusion.headline });
  const xml = junitReport(end.summary, [], 1, conclusion);
  expect(/<(failure|error)\b/.test(xml)).toBe(exitCode !== 0);
  expect(wellFormed(xml)).toBe(true);
  expect(summaryReport(end.summary, circumstances, conclusion.headline).split('\n')[0]).toBe(conclusion.headline);
});

it('the JUnit report has a case a scenario, and a failure carries the whole report', () => {
  const failed = result(1, { scenario: 'earthquakes/spread', verdict: 'fail', violations: [violation] });
  const summary = summarize([result(0), failed], []);
  const xml = junitReport(summary, [{ finding, caseFile: 'x.json' }], 1, conclusionOf(summary));
  expect(xml).toMatch(/<testsuite name="millrace" .*tests="4" failures="1"/);
  expect(xml).toContain('<failure message="sinks/duplicate/late-topic" type="law"');
  expect(xml).toContain('reproduce   npx millrace replay x.json');
});

it('numbers and incidents read as in a text', () => {
  expect([999, 1000, 1234567].map(count)).toEqual(['999', '1,000', '1,234,567']);
  expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal).join(' ')).toBe(
    '1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th',
  );
  expect(percent(1, 3)).toBe('33.3 %');
  expect(valueInWords([1, 'a'])).toBe('[1,"a"]');
  expect(incidentInWords({ what: { kind: 'rescale', parallelism: 3 }, when: { kind: 'time', ms: 1200 } })).toBe(
    'rescale to parallelism 3 at 1,200 ms',
  );
  expect(
    incidentInWords({
      what: { kind: 'reset-connections', process: 'a' },
      when: { kind: 'port-call', process: 'a', nth: 3 },
    }),
  ).toBe('reset the connections of a before its 3rd port call');
});

it("the checkpoints of a run are a table with Flink's names", () => {
  const stats: CheckpointStats = {
    attempt: 1,
    checkpoint: 9,
    kind: 'checkpoint',
    status: 'completed',
    failureReason: undefined,
    triggerTimestamp: 5_000,
    endToEndDurationMs: 31,
    numberOfSubtasks: 4,
    numberOfAcknowledgedSubtasks: 4,
    numberOfFinishedSubtasks: 1,
    unalignedCheckpoint: true,
    startDelayMs: 2,
    alignmentDurationMs: 11,
    syncDurationMs: 0,
    asyncDurationMs: 12,
    bytesProcessedDuringAlignment: 80,
    bytesPersistedDuringAlignment: 1_234,
    stateSizeBytes: 5_000,
  };
  const aborted: CheckpointStats = {
    ...stats,
    checkpoint: 10,
    status: 'failed',
    failureReason: 'expired',
    triggerTimestamp: 6_200,
    numberOfAcknowledgedSubtasks: 2,
    numberOfFinishedSubtasks: 0,
    unalignedCheckpoint: false,
  };
  expect(checkpointsReport([stats, aborted])).toBe(
    `
attempt  id        kind           status  triggered      acknowledged  end to end  start delay  alignment  sync  async  processed B  persisted B  state B  unaligned
      1   9  checkpoint        completed         +0  4/4 (1 finished)          31            2         11     0     12           80        1,234    5,000        yes
      1  10  checkpoint  failed: expired     +1,200               2/4          31            2         11     0     12           80        1,234    5,000         no`.trimStart(),
  );
  expect(checkpointsReport([])).toBe('no checkpoint came to an end');
});
