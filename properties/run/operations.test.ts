/** Savepoints, stops and resumes of whole clusters, with and without a process that dies at the worst moment. */
import { expect, it } from 'vitest';
import type { FactKind, Facts, Probe } from '../../core/facts.ts';
import { scenarios } from '../../scenarios/index.ts';
import type { KnobValues } from '../plan/knobs.ts';
import type { Incident } from '../../sim/faults/incident.ts';
import { expand } from '../plan/generate.ts';
import { run } from './run.ts';

/** What is remembered of a run, in order. */
class Story {
  readonly order: FactKind[] = [];
  readonly starting: Facts['attemptStarting'][] = [];
  readonly failed: Facts['attemptFailed'][] = [];
  readonly triggered: Facts['checkpointTriggered'][] = [];
  readonly acknowledged: Facts['checkpointAcknowledged'][] = [];
  readonly completed: Facts['checkpointCompleted'][] = [];
  readonly aborted: Facts['checkpointAborted'][] = [];
  readonly stats: Facts['checkpointStats'][] = [];
  readonly ended: Facts['jobEnded'][] = [];
  readonly notified: Facts['notifiedComplete'][] = [];
  readonly probe: Probe = {
    attemptStarting: (fact) => {
      this.starting.push(fact);
    },
    attemptFailed: (fact) => {
      this.failed.push(fact);
    },
    checkpointTriggered: (fact) => {
      this.order.push('checkpointTriggered');
      this.triggered.push(fact);
    },
    checkpointAcknowledged: (fact) => {
      this.acknowledged.push(fact);
    },
    checkpointCompleted: (fact) => {
      this.order.push('checkpointCompleted');
      this.completed.push(fact);
    },
    checkpointAborted: (fact) => {
      this.order.push('checkpointAborted');
      this.aborted.push(fact);
    },
    checkpointStats: (fact) => {
      this.stats.push(fact);
    },
    jobEnded: (fact) => {
      this.ended.push(fact);
    },
    notifiedComplete: (fact) => {
      this.notified.push(fact);
    },
  };
  verdict = '';
  output: unknown;
}

// Confluent with this configuration: its output is a function of its input.
const q7 = scenarios.find(({ id }) => id === 'nexmark/q7');
const CALM = {
  checkpointIntervalMs: 60,
  recordIntervalUs: 4_000,
  taskManagers: 2,
  parallelism: 2,
  disorderMs: 500,
  delayMs: 500,
};

/** A calm cluster with these incidents. Laws that know operations judge campaigns; here the story itself is looked at. */
function runStory(incidents: readonly Incident[], knobs: KnobValues = {}, seed = 'operations'): Story {
  if (q7 === undefined) throw new Error('no scenario nexmark/q7');
  const story = new Story();
  const plan = { ...expand(q7, seed), incidents, config: { ...CALM, ...knobs } };
  const { verdict, observed } = run(q7, plan, { laws: false, listeners: [story.probe] });
  story.verdict = verdict;
  // Without order: which subtask is first is not promised.
  story.output = Object.fromEntries(
    Object.entries(observed.committed).map(([topic, records]) => [
      topic,
      records.map((record) => JSON.stringify(record)).sort(),
    ]),
  );
  return story;
}
const ends = (story: Story) => story.ended.map(({ status }) => status);
const restored = (story: Story) => story.starting.map(({ restoredFrom }) => restoredFrom);
const at = (ms: number): Incident['when'] => ({ kind: 'time', ms });
const savepoint: Incident['what'] = { kind: 'savepoint' };
const stop = (drain: boolean): Incident['what'] => ({ kind: 'stop', drain });
const kill = (process: string): Incident['what'] => ({ kind: 'kill', process, restartAfterMs: 5 });
const undisturbed = runStory([]);

it('a savepoint keeps to itself: the job goes on, no task is notified, and a failover restores an older checkpoint', () => {
  const story = runStory([
    { what: savepoint, when: at(100) },
    {
      what: kill('taskmanager-1'),
      when: { kind: 'fact', fact: 'checkpointCompleted', nth: 1, where: { kind: 'savepoint' } },
    },
  ]);
  const [saved] = story.completed.filter(({ kind }) => kind === 'savepoint');
  expect(saved).toBeDefined();
  const before = story.completed.filter(
    ({ checkpoint, attempt }) => attempt === 1 && checkpoint < (saved?.checkpoint ?? 0),
  );
  expect(restored(story)).toEqual([undefined, before.at(-1)?.checkpoint]);
  expect(
    story.notified.filter(({ checkpoint, task }) => checkpoint === saved?.checkpoint && task.attempt === 1),
  ).toEqual([]);
  expect([story.verdict, ends(story)]).toEqual(['pass', ['finished']]);
  expect(story.output).toEqual(undisturbed.output);
});

it('a savepoint is no commit point: no task is notified of its completion, and a later checkpoint commits what it prepared', () => {
  const story = runStory([{ what: savepoint, when: at(100) }]);
  const saved = story.completed.filter(({ kind }) => kind === 'savepoint').map(({ checkpoint }) => checkpoint);
  expect(saved.length).toBe(1);
  expect(story.notified.filter(({ checkpoint }) => saved.includes(checkpoint))).toEqual([]);
  expect(story.output).toEqual(undisturbed.output);
});

it('a stop ends the job with its savepoint, and the resumed job goes on from exactly there', () => {
  const story = runStory([{ what: stop(false), when: at(100) }]);
  const [stopped] = story.ended;
  const saved = story.completed.find(({ metadata }) => metadata === stopped?.message);
  expect(ends(story)).toEqual(['stopped', 'finished']);
  expect(stopped?.message).toMatch(/^savepoints\/nexmark-q7\/1-\d+\/metadata$/);
  expect(restored(story)).toEqual([undefined, saved?.checkpoint]);
  expect(story.output).toEqual(undisturbed.output);
});

it('a drain ends the job for good, with nothing left prepared', () => {
  const story = runStory([{ what: stop(true), when: at(100) }]);
  expect([ends(story), restored(story)]).toEqual([['stopped'], [undefined]]);
  const triggered = story.triggered;
  expect(triggered.at(-1)?.checkpoint).toBe(Number(/1-(\d+)/.exec(story.ended[0]?.message ?? '')?.[1]));
});

it.each(['taskmanager-1', 'jobmanager'])(
  '%s dies when the stop is complete: the end names the savepoint, nothing older is restored, the output is whole',
  (process) => {
    const story = runStory([
      { what: stop(false), when: at(100) },
      {
        what: kill(process),
        when: { kind: 'fact', fact: 'checkpointCompleted', nth: 1, where: { metadata: stoppedPath(false) } },
      },
    ]);
    expect(ends(story)).toEqual(['failed', 'finished']);
    expect(story.ended[0]?.message).toMatch(
      /^StoppedWithSavepoint: stopped with savepoint savepoints\/nexmark-q7\/1-\d+\/metadata, but /,
    );
    expect(restored(story)).toEqual([undefined, Number(/1-(\d+)/.exec(stoppedPath(false))?.[1])]);
    expect(story.output).toEqual(undisturbed.output);
  },
);

it.each(['taskmanager-1', 'jobmanager'])(
  '%s dies when the drain is complete: what the savepoint names is committed without any task',
  (process) => {
    const story = runStory([
      { what: stop(true), when: at(100) },
      {
        what: kill(process),
        when: { kind: 'fact', fact: 'checkpointCompleted', nth: 1, where: { metadata: stoppedPath(true) } },
      },
    ]);
    expect([ends(story), restored(story)]).toEqual([['stopped'], [undefined]]);
    expect(story.output).toEqual(runStory([{ what: stop(true), when: at(100) }]).output);
  },
);

it('a process that dies before the stop is complete: the attempt restarts from the newest checkpoint, as ever', () => {
  const story = runStory([
    { what: stop(false), when: at(100) },
    {
      what: kill('taskmanager-1'),
      when: {
        kind: 'fact',
        fact: 'checkpointAcknowledged',
        nth: 1,
        where: { checkpoint: Number(/1-(\d+)/.exec(stoppedPath(false))?.[1]) },
      },
    },
  ]);
  expect([ends(story), story.starting.length]).toEqual([['finished'], 2]);
  expect(story.aborted.map(({ reason }) => reason)).toContain('failover');
  expect(story.output).toEqual(undisturbed.output);
});

it('the job manager dies while the stopped job is being resumed: it is found stopped or running, and ends whole', () => {
  for (let nth = 1; nth <= 40; nth++) {
    const story = runStory([
      { what: stop(false), when: at(100) },
      { what: kill('jobmanager'), when: { kind: 'fact', fact: 'jobEnded', nth: 1 } },
      { what: kill('jobmanager'), when: { kind: 'port-call', process: 'jobmanager', nth: 250 + 3 * nth } },
    ]);
    expect([nth, ends(story).at(-1)]).toEqual([nth, 'finished']);
    expect(story.output).toEqual(undisturbed.output);
  }
});

it.each([0, 60])(
  'with every other notification of completion or abort lost, late or twice the job still ends (interval %i ms)',
  (checkpointIntervalMs) => {
    for (const what of [savepoint, stop(false), stop(true)]) {
      const story = runStory([{ what, when: at(100) }], {
        checkpointIntervalMs,
        buggifySitePer1000: 1_000,
        buggifyFirePer1000: 500,
      });
      expect([what, story.verdict, ends(story).at(-1)]).toEqual([
        what,
        'pass',
        what.kind === 'stop' && what.drain ? 'stopped' : 'finished',
      ]);
      if (!(what.kind === 'stop' && what.drain)) expect(story.output).toEqual(undisturbed.output);
    }
  },
);

it('several are pending at once, and a completed one subsumes the older', () => {
  const story = runStory([], {
    checkpointIntervalMs: 2,
    maxConcurrentCheckpoints: 3,
    inlineStateBytes: 0,
    objectStoreJitterUs: 40_000,
    haJitterUs: 40_000,
  });
  let pending = 0;
  let most = 0;
  for (const kind of story.order) most = Math.max(most, kind === 'checkpointTriggered' ? ++pending : --pending);
  expect(most).toBe(3);
  expect(story.aborted.some(({ reason }) => reason === 'subsumed')).toBe(true);
  expect(story.output).toEqual(undisturbed.output);
});

it('a trigger that the pause holds back is made up for as soon as it is over, not an interval later', () => {
  const triggered = (knobs: Readonly<Record<string, number>>) =>
    runStory([], { ...knobs, recordIntervalUs: 20_000 }).triggered.length;
  expect(triggered({ checkpointIntervalMs: 60, minPauseMs: 70 })).toBeGreaterThan(
    triggered({ checkpointIntervalMs: 100 }),
  );
  expect(triggered({ checkpointIntervalMs: 60, minPauseMs: 70 })).toBeLessThan(triggered({ checkpointIntervalMs: 60 }));
});

it('checkpoints that fail in a row beyond what is tolerable fail the attempt by name', () => {
  const knobs = {
    inlineStateBytes: 0,
    objectStoreStallPer1000: 200,
    objectStoreStallMs: 500,
    checkpointTimeoutMs: 60,
  };
  const messages = (tolerableFailures: number) =>
    runStory([], { ...knobs, tolerableFailures }).failed.map(({ message }) => message);
  expect(messages(0)[0]).toMatch(/^CheckpointFailuresExceeded: checkpoint \d+ was aborted \(expired\), 1 in a row/);
  expect(messages(0).length).toBeGreaterThan(messages(10).length);
});

it('every checkpoint has its statistics, and they say what became of it', () => {
  const story = runStory([
    { what: savepoint, when: at(100) },
    { what: kill('taskmanager-1'), when: at(150) },
  ]);
  const { stats, completed, aborted } = story;
  const name = ({ attempt, checkpoint }: { readonly attempt: number; readonly checkpoint: number }) =>
    `${attempt}-${checkpoint}`;
  expect(stats.map(name).sort()).toEqual([...completed, ...aborted].map(name).sort());
  for (const one of stats) {
    expect(one.numberOfAcknowledgedSubtasks === one.numberOfSubtasks || one.status === 'failed').toBe(true);
    expect(one.failureReason === undefined).toBe(one.status === 'completed');
  }
});

/** Where the stop at 100 ms puts its savepoint. */
function stoppedPath(drain: boolean): string {
  return runStory([{ what: stop(drain), when: at(100) }]).ended[0]?.message ?? '';
}
