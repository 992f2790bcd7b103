import { expect, it } from 'vitest';
import type { SubtaskImage } from '../../core/checkpoint/storage/reader.ts';
import type { KeyGroupContent } from '../../core/state/backend.ts';
import { event } from '../model/testing/turns.ts';
import { aged } from '../model/ttl.ts';
import type { WitnessedImage } from '../witness/checkpoints.ts';
import { answered } from '../testing/asked.ts';
import { reExecution } from './re-execution.ts';
import {
  change,
  changeImage,
  changeSubtasks,
  drop,
  fact,
  type History,
  insertAfter,
  judge,
  move,
  repeat,
} from '../testing/listen.ts';
import { finishedInPart, finishedOnRestore, finishing } from '../testing/disciplines.ts';
import { Script } from '../testing/script.ts';
import {
  ALARMS,
  ALARMS_TAPE,
  anomaliesOf,
  BROADCAST,
  COPY,
  crashed,
  expiring,
  plain,
  provesLaw,
  INPUT,
  windows,
} from '../testing/jobs.ts';

function alarms(): History {
  const script = new Script({
    job: ALARMS,
    input: { in: [[event('a', 1, 7), event('a', 20), event('a', 30)]] },
    parallelism: {},
    tape: ALARMS_TAPE,
  });
  script.start().read(0).drain();
  const keyGroup = script.keyGroupOf(0, event('a', 1));
  return script.checkpoint(1).fireProcessing('alarms', 'a', keyGroup, 1_007, 5_000).checkpoint(2).finish(3).history;
}

/** A function of `operator` throws in the middle of a turn of `sums`; in the model it does not. */
function throwing(operator: string): History {
  return insertAfter(
    plain(),
    'recordProcessed',
    ({ task }) => task.vertex === 'sums',
    ({ task }) =>
      fact('taskFailed', {
        task,
        message: 'JobFault: processElement threw Error: no price',
        fault: { kind: 'threw', operator, message: 'processElement threw Error: no price', record: '{}', stack: [] },
      }),
  );
}

provesLaw(reExecution, {
  sends: {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'sent',
        ({ channel }) => channel.edge === 1,
        () => ({ timestamp: 99 }),
      ),
  },
  'sink-writes': {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'sinkWritten',
        () => true,
        () => ({ value: 'another' }),
      ),
  },
  requests: {
    accepts: () => answered('unordered').finish(1).history,
    rejects: () =>
      change(
        answered('unordered').finish(1).history,
        'asyncRequested',
        () => true,
        () => ({ request: 'another' }),
      ),
  },
  tape: {
    accepts: alarms,
    rejects: () => drop(alarms(), 'clockRead', () => true),
  },
  'event-time': {
    accepts: plain,
    rejects: () =>
      change(
        plain(),
        'sourceRecord',
        () => true,
        () => ({ timestamp: 77 }),
      ),
  },
  state: {
    accepts: crashed,
    rejects: () =>
      changeImage(plain(), 1, (image) =>
        changeSubtasks(image, 'sums', (subtask) => ({
          ...subtask,
          keyGroups: subtask.keyGroups.map((group) => ({ ...group, entries: [] })),
        })),
      ),
  },
  'stored-timers': {
    accepts: crashed,
    rejects: () =>
      changeImage(plain(), 1, (image) =>
        changeSubtasks(image, 'sums', (subtask) => ({
          ...subtask,
          keyGroups: subtask.keyGroups.map((group) => ({ ...group, timers: [] })),
        })),
      ),
  },
  'generator-state': {
    accepts: crashed,
    rejects: () =>
      changeImage(plain(), 1, (image) =>
        changeSubtasks(image, 'in', (subtask) => ({
          ...subtask,
          splits: subtask.splits.map((split) => ({ ...split, maxTimestamp: 0 })),
        })),
      ),
  },
  'stray-effect': {
    accepts: plain,
    rejects: () =>
      insertAfter(
        plain(),
        'turnEnded',
        () => true,
        ({ task }) => fact('clockRead', { task, now: 1 }),
      ),
  },
  threw: {
    accepts: plain,
    rejects: () => throwing('sums'),
  },
  'unfinished-turn': {
    accepts: plain,
    rejects: () => drop(plain(), 'turnEnded', ({ task }) => task.vertex === 'in'),
  },
  'snapshot-missing': {
    accepts: plain,
    rejects: () => drop(plain(), 'snapshotTaken', ({ task, checkpoint }) => task.vertex === 'out' && checkpoint === 1),
  },
  'clean-up': {
    accepts: expiring,
    rejects: () => drop(expiring(), 'snapshotSieved', () => true),
  },
  finished: {
    accepts: finishing,
    rejects: () =>
      changeImage(finishing(), 2, (image) =>
        changeSubtasks(image, 'in', (subtask) => ({ ...subtask, finished: false })),
      ),
  },
  header: {
    accepts: crashed,
    rejects: () =>
      changeImage(plain(), 1, (image) => ({ ...image, vertices: image.vertices.filter(({ uid }) => uid !== 'out') })),
  },
  undecodable: {
    accepts: plain,
    rejects: () => changeImage(plain(), 1, () => ({ undecodable: 'bytes are damaged' })),
  },
});

it('the same histories hold at another parallelism after the restore', () => {
  expect(judge(crashed({ sums: 3, in: 1 }))).toEqual([]);
  expect(judge(crashed({ sums: 1 }))).toEqual([]);
});

it('a broadcast is one send per receiver, and one-to-one edges are followed', () => {
  const script = new Script({
    job: BROADCAST,
    input: { in: [[event('a', 1), event('b', 2)]] },
    parallelism: { in: 1, out: 3 },
  });
  expect(judge(script.start().read(0).drain().checkpoint(1).finish(2).history)).toEqual([]);
  const copy = new Script({ job: COPY, input: { in: [[event('a', 1)]] }, parallelism: {} });
  expect(judge(copy.start().read(0).drain().checkpoint(1).start(1).finish(2).history)).toEqual([]);
});

it('a list of checkpoints that cannot be read is a violation, not a pass', () => {
  const history = plain();
  const damaged: History = { ...history, steps: [...history.steps, { step: 'list-damaged' }, { step: 'settled' }] };
  expect(judge(damaged).map(({ law, anomaly }) => `${law}/${anomaly}`)).toEqual(['re-execution/undecodable']);
});

it('a traced violation names the chain of records behind it', () => {
  const history = change(
    plain(),
    'sinkWritten',
    () => true,
    () => ({ value: 'another' }),
  );
  const violation = judge(history, true).find(({ law }) => law === 're-execution');
  const cause = violation?.evidence.find((item) => item.kind === 'cause');
  expect(cause?.chain.join(' -> ')).toMatch(
    /^in-\d@\d -> sums\[\d\] attempt 1 -> sums\[\d\] attempt 1 timer 9 -> out\[0\] attempt 1$/,
  );
});

it('what belonged to a finished subtask begins without state, and a finished vertex makes no turns', () => {
  expect(judge(finishedInPart())).toEqual([]);
  const runs = insertAfter(
    finishedOnRestore(),
    'taskOpened',
    ({ task, finishedOnRestore: finished }) => finished && task.vertex === 'in',
    ({ task }) => fact('sourceRecord', { task, split: 'in-0', offset: 3, value: event('a', 99), timestamp: 99 }),
  );
  const ends = insertAfter(
    runs,
    'sourceRecord',
    ({ offset }) => offset === 3,
    ({ task }) => fact('turnEnded', { task }),
  );
  expect(anomaliesOf(reExecution, ends)).toContain('stray-effect');
});

it.each<[string, (image: WitnessedImage) => WitnessedImage]>([
  ['another checkpoint', (image) => ({ ...image, checkpoint: 9 })],
  ['another attempt', (image) => ({ ...image, attempt: 9 })],
  ['another kind', (image) => ({ ...image, kind: 'savepoint' })],
  ['a keyed operator less', (image) => ({ ...image, vertices: image.vertices.filter(({ uid }) => uid !== 'sums') })],
  [
    'another parallelism',
    (image) => ({ ...image, vertices: image.vertices.map((vertex) => ({ ...vertex, parallelism: 9 })) }),
  ],
  [
    'a subtask less',
    (image) => ({
      ...image,
      vertices: image.vertices.map((vertex) => ({ ...vertex, subtasks: vertex.subtasks.slice(1) })),
    }),
  ],
  [
    'another max parallelism',
    (image) => ({ ...image, vertices: image.vertices.map((vertex) => ({ ...vertex, maxParallelism: 9 })) }),
  ],
])('an image with %s is not the one that was taken', (_, edit) => {
  expect(anomaliesOf(reExecution, changeImage(plain(), 2, edit))).toContain('header');
});

it('a subtask that had finished may have the end of event time in flight, and no record', () => {
  const inFlight = (records: number): History =>
    changeImage(finishing(), 2, (image) =>
      changeSubtasks(image, 'in', (subtask) => {
        const slice = {
          side: 'output',
          edge: 0,
          sender: 0,
          receiver: 0,
          object: 'x',
          at: 0,
          length: 9,
          records,
        } as const;
        return subtask.finished ? { ...subtask, channelState: [slice] } : subtask;
      }),
    );
  expect(anomaliesOf(reExecution, inFlight(0))).toEqual([]);
  expect(anomaliesOf(reExecution, inFlight(1))).toEqual(['finished']);
});

it('state of a subtask that had finished, and a key group that the image lacks', () => {
  const [split] = [{ split: 'in-0', offset: 3, maxTimestamp: 0, lastWatermark: 0, generator: undefined }];
  const kept = changeImage(finishing(), 2, (image) =>
    changeSubtasks(image, 'in', (subtask) => (subtask.finished ? { ...subtask, splits: [split] } : subtask)),
  );
  expect(anomaliesOf(reExecution, kept)).toContain('finished');
  const lacking = changeImage(plain(), 1, (image) =>
    changeSubtasks(image, 'sums', (subtask) => ({ ...subtask, keyGroups: [] })),
  );
  expect(judge(lacking).map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/holds nothing of key group/),
  );
});

it('key groups that an image says to be empty all together are judged one by one', () => {
  const joined = changeImage(plain(), 1, (image) =>
    changeSubtasks(image, 'sums', (subtask, i) =>
      // Group 1 holds something, group 0 nothing.
      i > 0 ? subtask : { ...subtask, keyGroups: [{ first: 0, last: 1, floor: 0, entries: [], timers: [] }] },
    ),
  );
  const found = judge(joined).filter(({ law }) => law === 're-execution');
  expect(found.map(({ message }) => message)).toEqual([expect.stringContaining('holds another state of sums')]);
});

type Groups = SubtaskImage['keyGroups'];
/** Two checkpoints; what comes between them, and what the second one holds of the windows, by what the first one holds. */
function second(between: (script: Script) => Script, edit: (groups: Groups, first: Groups) => Groups): History {
  const history = between(windows(INPUT).start().read(0).read(1).drain().checkpoint(1)).checkpoint(2).finish(3).history;
  const first: Groups[] = [];
  const withFirst = changeImage(history, 1, (image) =>
    changeSubtasks(image, 'sums', (subtask, i) => {
      first[i] = subtask.keyGroups;
      return subtask;
    }),
  );
  return changeImage(withFirst, 2, (image) =>
    changeSubtasks(image, 'sums', (subtask, i) => ({
      ...subtask,
      keyGroups: edit(subtask.keyGroups, first[i] ?? []),
    })),
  );
}
const nothing = (script: Script): Script => script;
const more = (script: Script): Script => script.read(0).read(1).drain();
const entriesOf = (edit: (entries: Groups[number]['entries']) => Groups[number]['entries']) => (groups: Groups) =>
  groups.map((run) => (run.entries.length === 0 ? run : { ...run, entries: edit(run.entries) }));

it.each<[string, (script: Script) => Script, (groups: Groups, first: Groups) => Groups, readonly string[]]>([
  ['what it should, after turns', more, (groups) => groups, []],
  ['what it should, after none', nothing, (groups) => groups, []],
  ['what the first one held, after turns', more, (groups, first) => withFloorsOf(groups, first), ['state']],
  ['another value, after none', nothing, entriesOf((all) => all.map((one) => ({ ...one, value: 99 }))), ['state']],
  ['a key less, after none', nothing, entriesOf((all) => all.slice(1)), ['state']],
  ['a key more, after none', nothing, entriesOf((all) => [...all, ...all.map(renamed)]), ['state']],
  ['a key twice, after none', nothing, entriesOf((all) => [...all, ...all]), ['state']],
  [
    'another timer, after none',
    nothing,
    (groups) => groups.map((run) => ({ ...run, timers: run.timers.map((one) => ({ ...one, timestamp: 77 })) })),
    ['stored-timers'],
  ],
  ['a timer less, after none', nothing, (groups) => groups.map((run) => ({ ...run, timers: [] })), ['stored-timers']],
  ['key groups exchanged, after none', nothing, exchanged, ['state']],
])('a second checkpoint that holds %s', (_, between, edit, found) => {
  expect(anomaliesOf(reExecution, second(between, edit)).slice(0, 1)).toEqual(found);
});

const renamed = (entry: Groups[number]['entries'][number]): Groups[number]['entries'][number] => ({
  ...entry,
  key: 'another',
});
/** Floors are another law's. */
function withFloorsOf(groups: Groups, contents: Groups): Groups {
  return contents.map((run) => ({ ...run, floor: groups[0]?.floor ?? run.floor }));
}
/** What the first key group holds is said of the last one, and the other way round. */
function exchanged(groups: Groups): Groups {
  const [one, other] = [groups[0], groups.at(-1)];
  if (one === undefined || other === undefined) return groups;
  return [
    { ...other, first: one.first, last: one.last },
    ...groups.slice(1, -1),
    { ...one, first: other.first, last: other.last },
  ];
}

const LAST = { state: 'last', key: 'a', namespace: undefined };
/** Something was cleaned up behind the call that read this time. */
const cleaning = (at: number, state: string, key: string): History =>
  insertAfter(
    expiring(),
    'clockRead',
    ({ now }) => now === at,
    ({ task }) => fact('stateCleaned', { task, state, key }),
  );
const stored = (edit: (entries: KeyGroupContent['entries']) => KeyGroupContent['entries']): History =>
  changeImage(expiring(), 1, (image) =>
    changeSubtasks(image, 'forget', (subtask) => ({
      ...subtask,
      keyGroups: subtask.keyGroups.map((group) =>
        group.entries.length === 0 ? group : { ...group, entries: edit(group.entries) },
      ),
    })),
  );

it.each<[string, () => History]>([
  ['of what has not expired', () => cleaning(0, 'recent', 'a')],
  ['of a state that is cleaned up in snapshots', () => cleaning(20, 'last', 'a')],
  ['of a state that the call has not used', () => cleaning(20, 'another', 'a')],
  ['of a key that has nothing', () => cleaning(20, 'recent', 'z')],
  ['twice', () => repeat(expiring(), 'stateCleaned', () => true)],
  [
    'before the call',
    () =>
      move(
        expiring(),
        'stateCleaned',
        () => true,
        'before',
        'clockRead',
        ({ now }) => now === 20,
      ),
  ],
])('a clean-up %s is none that a call allows', (_, broken) => {
  expect(anomaliesOf(reExecution, broken())[0]).toBe('tape');
});

it.each<[string, () => History]>([
  ['holds what it says to be left out', () => stored((entries) => [...entries, { ...LAST, value: aged(2, 20) }])],
  [
    'leaves out what has not expired by then',
    () =>
      change(
        expiring(),
        'snapshotSieved',
        () => true,
        () => ({ now: 29 }),
      ),
  ],
  ['has lost what is cleaned up behind calls', () => stored(() => [])],
  ['holds what was cleaned up', () => drop(expiring(), 'stateCleaned', () => true)],
])('a snapshot that %s is another state', (_, broken) => {
  expect(anomaliesOf(reExecution, broken())[0]).toBe('state');
});

it('a timer that fires in a key group without any history is told', () => {
  const stray = insertAfter(
    plain(),
    'watermarkAdvanced',
    ({ task }) => task.vertex === 'sums' && task.subtask === 0,
    ({ task }) => fact('eventTimerFired', { task, timestamp: 0, key: 'nobody', keyGroup: 0, namespace: undefined }),
  );
  const messages = judge(stray)
    .filter(({ law }) => law === 're-execution')
    .map(({ message }) => message);
  expect(messages).toContainEqual(expect.stringContaining('fired a timer at an advance where none is due'));
});
