import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { CheckpointKind } from '../../core/barrier-options.ts';
import { DEFAULT_JOB_CONFIG } from '../../core/config.ts';
import type { AbortReason, TaskId } from '../../core/facts.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import { int32 } from '../../core/job/types.ts';
import {
  abortBeforeBarrier,
  alignmentTimedOut,
  barrierOfAbortedCheckpointLate,
  declinedWhileReplaying,
  inFlightInputPersisted,
  inFlightOutputPersisted,
  killedWhileReplaying,
  obsoleteBarrier,
  outputTimedOut,
  restoredInFlightAtOtherParallelism,
} from './barriers.ts';
import {
  checkpointsOverlapping,
  finishedTaskInCheckpoint,
  jobManagerRecoveredWithCheckpointPending,
  notificationLostAndMadeGood,
  pendingCheckpointSubsumed,
  savepointUnderUnalignedWithDataQueued,
  stoppedWithSavepointAndResumed,
} from './coordinator.ts';
import {
  backpressured,
  checkpointDeclined,
  checkpointExpired,
  floorAboveWatermark,
  paneRefiredWithinLateness,
  recordLate,
  unequalChannels,
} from './flow.ts';
import { createMarks, MARKS } from './index.ts';
import {
  carriedStateMigratedByThirdVersion,
  timeToLiveSwitchedOn,
  maxParallelismFromState,
  windowStateMigrated,
  migratedWhileRescaling,
  savepointWhileReplaying,
  upgradeAddedOperator,
  upgradeMergedChains,
  upgradeRemovedOperator,
  upgradeSplitChain,
} from './upgrades.ts';
import {
  crashBeforeFirstCheckpoint,
  killedBetweenAcknowledgementAndCompletion,
  killedBetweenPrepareAndCommit,
  killedDuringAlignment,
  killedDuringRestore,
} from './kills.ts';
import {
  restoredAtOtherParallelism,
  restoreMetFailedRead,
  restoreRefusedForLostObject,
  secondCrashBeforeNextCheckpoint,
  splitReassigned,
  timerFiredAfterRestore,
  transactionAbortedOnRecovery,
  transactionRecovered,
  zombieActed,
} from './recovery.ts';
import { channel, type Event, isReached, kill, proves, starting, states, task } from './testing/facts.ts';

const sink = 'out';
const prepared = states('transactionPrepared', { task: task(), sink, checkpoint: 1, transaction: 't' });
const committed = (recovered: boolean) =>
  states('transactionCommitted', { task: task(), sink, transaction: 't', recovered });
const completed = states(
  'checkpointCompleted',
  { attempt: 1, checkpoint: 1, kind: 'checkpoint', metadata: 'm' },
  'jobmanager',
);
const running = (attempt: number) => states('attemptRunning', { attempt }, 'jobmanager');
const record = (attempt: number, sender = 0) =>
  states('recordProcessed', { task: task(attempt), channel: channel(sender), seq: 0, value: 1, timestamp: 1 });
const window = { start: 0, end: 10 };

proves(killedBetweenPrepareAndCommit, {
  reaches: [prepared, kill('taskmanager-1')],
  nearMiss: [prepared, kill('taskmanager-2'), committed(false), kill('taskmanager-1')],
});

proves(killedBetweenAcknowledgementAndCompletion, {
  reaches: [states('acknowledged', { task: task(), checkpoint: 1 }), kill('taskmanager-1')],
  nearMiss: [states('acknowledged', { task: task(), checkpoint: 1 }), completed, kill('taskmanager-1')],
});
proves(killedBetweenAcknowledgementAndCompletion, {
  reaches: [states('checkpointAcknowledged', { task: task(), checkpoint: 1 }, 'jobmanager'), kill('jobmanager')],
  nearMiss: [states('acknowledged', { task: task(), checkpoint: 1 }), starting(2), kill('taskmanager-1')],
});

const blocked = task();
proves(killedDuringAlignment, {
  reaches: [states('channelBlocked', { task: blocked, channel: channel(), checkpoint: 1 }), kill('taskmanager-1')],
  nearMiss: [
    states('channelBlocked', { task: blocked, channel: channel(), checkpoint: 1 }),
    states('channelUnblocked', { task: blocked, channel: channel(), checkpoint: 1 }),
    kill('taskmanager-1'),
  ],
});

proves(killedDuringRestore, {
  reaches: [starting(2, 1), kill('taskmanager-1')],
  nearMiss: [starting(1), kill('taskmanager-1'), starting(2, 1), running(2), kill('taskmanager-1')],
});

proves(crashBeforeFirstCheckpoint, {
  reaches: [starting(1), running(1), kill('taskmanager-1')],
  nearMiss: [starting(1), kill('taskmanager-1'), running(1), completed, kill('taskmanager-1')],
});

proves(secondCrashBeforeNextCheckpoint, {
  reaches: [starting(2, 1), record(2), starting(3, 1)],
  nearMiss: [starting(2, 1), record(1), starting(3, 1), record(3), starting(4, 2)],
});

const ended = (status: 'failed' | 'stopped', message: string) =>
  states('jobEnded', { attempt: 1, status, message, fault: undefined }, 'jobmanager');
proves(restoreRefusedForLostObject, {
  reaches: [ended('failed', 'checkpoint 3 cannot be restored: object j/1-3/metadata is missing; start the job from')],
  nearMiss: [ended('failed', 'no restarts left'), ended('stopped', 'object j/1-3/metadata is missing')],
});

const failedBy = (message: string) =>
  states(
    'attemptFailed',
    { attempt: 2, message: `the object store could not read ${message}`, fault: undefined },
    'jobmanager',
  );
proves(restoreMetFailedRead, {
  reaches: [failedBy('j/1-3/metadata')],
  nearMiss: [failedBy('j/*'), failedBy('j/1-3/*'), failedBy('lines-1'), failedBy('lake/.open/lake/1/1/0')],
});
proves(restoreMetFailedRead, { reaches: [failedBy('savepoints/j/1-3/map-0')], nearMiss: [failedBy('savepoints/j/*')] });

proves(restoredAtOtherParallelism, {
  reaches: [starting(1), starting(2, 1, 3)],
  nearMiss: [starting(1), starting(2, undefined, 3), starting(3, 1, 3)],
});

const timer = { timestamp: 9, key: 'a', namespace: window } as const;
const registered = (attempt: number) => states('timerRegistered', { task: task(attempt), domain: 'event', ...timer });
const fired = (attempt: number) => states('eventTimerFired', { task: task(attempt), keyGroup: 0, ...timer });
proves(timerFiredAfterRestore, {
  reaches: [starting(1), registered(1), starting(2, 1), fired(2)],
  nearMiss: [starting(1), fired(1), starting(2, 1), registered(2), fired(2)],
});

proves(transactionRecovered, { reaches: [committed(true)], nearMiss: [committed(false)] });

proves(transactionAbortedOnRecovery, {
  reaches: [states('transactionAborted', { task: task(), sink, transaction: 't' })],
  nearMiss: [committed(true)],
});

const added = (subtask: number, restored: boolean) =>
  states('splitAdded', { task: task(1, subtask), split: 'in-0', offset: 0, restored });
proves(splitReassigned, {
  reaches: [added(0, false), added(1, true)],
  nearMiss: [added(0, false), added(0, true), added(1, false)],
});

proves(zombieActed, {
  reaches: [starting(1), starting(2), record(1)],
  nearMiss: [starting(1), record(1), starting(2), record(2)],
});

/** In time, by the clean-up time of a window without lateness. */
const took = (id: TaskId, watermark: number) =>
  states('windowAdded', { task: id, key: 'a', window, watermark, closesAt: window.end - 1, rescued: false });
proves(recordLate, {
  reaches: [states('recordLate', { task: task(), key: 'a', timestamp: 1, watermark: 9, output: 'dropped' })],
  nearMiss: [took(task(), 9)],
});

const pane = states('paneFired', { task: task(), key: 'a', window, watermark: 9, by: 'element', purges: false });
const add = (watermark: number) => took(task(), watermark);
proves(paneRefiredWithinLateness, {
  reaches: [pane, add(9), pane],
  // A first firing within lateness, and firings in turns of their own.
  nearMiss: [add(9), pane, states('turnEnded', { task: task() }), pane],
});

const one = task();
proves(floorAboveWatermark, {
  reaches: [states('watermarkAdvanced', { task: one, watermark: 5 }), took(one, 9)],
  nearMiss: [states('watermarkAdvanced', { task: one, watermark: 9 }), took(one, 9)],
});

proves(backpressured, {
  reaches: [states('outputBlocked', { task: task(), channel: channel() })],
  nearMiss: [states('channelBlocked', { task: task(), channel: channel(), checkpoint: 1 })],
});

proves(unequalChannels, {
  reaches: [
    states('channelBlocked', { task: one, channel: channel(0), checkpoint: 1 }),
    states('recordProcessed', { task: one, channel: channel(1), seq: 0, value: 1, timestamp: 1 }),
  ],
  nearMiss: [
    states('channelBlocked', { task: one, channel: channel(0), checkpoint: 1 }),
    states('channelUnblocked', { task: one, channel: channel(0), checkpoint: 1 }),
    states('recordProcessed', { task: one, channel: channel(1), seq: 0, value: 1, timestamp: 1 }),
  ],
});

const aborted = (reason: AbortReason) =>
  states('checkpointAborted', { attempt: 1, checkpoint: 1, kind: 'checkpoint', reason }, 'jobmanager');
proves(checkpointExpired, { reaches: [aborted('expired')], nearMiss: [aborted('declined')] });
proves(checkpointDeclined, { reaches: [aborted('declined')], nearMiss: [aborted('failover')] });

// ---- barriers and coordinator

const kept = (side: 'input' | 'output', records: number) =>
  states('channelStatePersisted', { task: one, channel: channel(), checkpoint: 1, side, records });
proves(inFlightInputPersisted, {
  reaches: [kept('input', 2), completed],
  nearMiss: [kept('output', 2), kept('input', 0), completed, kept('input', 2)],
});
proves(inFlightOutputPersisted, {
  reaches: [kept('output', 2), completed],
  nearMiss: [kept('input', 2), kept('output', 0), completed, kept('output', 2)],
});

const taken = (unaligned: boolean, checkpoint = 1) => states('snapshotTaken', { task: one, checkpoint, unaligned });
proves(alignmentTimedOut, {
  reaches: [states('alignmentTimedOut', { task: one, checkpoint: 1 }), taken(true)],
  nearMiss: [taken(true), states('alignmentTimedOut', { task: one, checkpoint: 2 }), taken(false, 2)],
});
proves(outputTimedOut, {
  reaches: [states('outputTimedOut', { task: one, channel: channel(), checkpoint: 1 })],
  nearMiss: [states('alignmentTimedOut', { task: one, checkpoint: 1 })],
});

const abortNotified = (latestCompleted = 0) => states('notifiedAborted', { task: one, checkpoint: 1, latestCompleted });
const barrier = (checkpoint: number) =>
  states('barrierReceived', { task: one, channel: channel(), checkpoint, overtook: false });
proves(abortBeforeBarrier, {
  reaches: [states('abortRemembered', { task: one, checkpoint: 1 })],
  nearMiss: [barrier(1), abortNotified()],
});
proves(barrierOfAbortedCheckpointLate, {
  reaches: [abortNotified(), barrier(1)],
  nearMiss: [barrier(1), abortNotified(), barrier(2), starting(2), barrier(1)],
});
proves(obsoleteBarrier, {
  reaches: [states('barrierObsolete', { task: one, channel: channel(), checkpoint: 1 })],
  nearMiss: [abortNotified(), barrier(1)],
});

const replaying = states('replayStarted', { task: one, channels: [channel()] });
const replayed = states('replayEnded', { task: one });
const declined = (reason: 'not-ready' | 'failed') =>
  states('declined', { task: one, checkpoint: 1, reason, message: '' });
proves(killedWhileReplaying, {
  reaches: [replaying, kill('taskmanager-1')],
  nearMiss: [replaying, kill('taskmanager-2'), replayed, kill('taskmanager-1')],
});
proves(declinedWhileReplaying, {
  reaches: [replaying, declined('not-ready')],
  nearMiss: [declined('not-ready'), replaying, declined('failed'), replayed, declined('not-ready')],
});
const replayingIn2 = states('replayStarted', { task: task(2), channels: [channel()] });
proves(restoredInFlightAtOtherParallelism, {
  reaches: [starting(1, undefined, 2), starting(2, 1, 3), replayingIn2],
  nearMiss: [starting(1, undefined, 2), starting(2, 1, 2), replayingIn2],
});

const triggered = (checkpoint: number, kind: CheckpointKind = 'checkpoint', finished: readonly string[] = []) =>
  states('checkpointTriggered', { attempt: 1, checkpoint, kind, finished }, 'jobmanager');
proves(checkpointsOverlapping, {
  reaches: [starting(1), triggered(1), triggered(2)],
  nearMiss: [starting(1), triggered(1), completed, triggered(2), starting(2), triggered(3)],
});
proves(pendingCheckpointSubsumed, { reaches: [aborted('subsumed')], nearMiss: [aborted('expired')] });
proves(finishedTaskInCheckpoint, {
  reaches: [triggered(1, 'checkpoint', ['in[0]']), completed],
  nearMiss: [triggered(1), completed, triggered(2, 'checkpoint', ['in[0]'])],
});

const acknowledged = (checkpoint: number) => states('acknowledged', { task: one, checkpoint });
const heardOf = (checkpoint: number) => states('notifiedComplete', { task: one, checkpoint });
proves(notificationLostAndMadeGood, {
  reaches: [acknowledged(1), completed, acknowledged(2), heardOf(2)],
  // It heard of the first one; and it had never acknowledged it.
  nearMiss: [
    acknowledged(1),
    completed,
    heardOf(1),
    acknowledged(2),
    heardOf(2),
    starting(2),
    completed,
    acknowledged(2),
    heardOf(2),
  ],
});
proves(notificationLostAndMadeGood, {
  reaches: [acknowledged(1), completed, abortNotified(1)],
  nearMiss: [acknowledged(1), completed, abortNotified(0), heardOf(1), abortNotified(1)],
});

proves(jobManagerRecoveredWithCheckpointPending, {
  reaches: [starting(1), triggered(1), kill('jobmanager'), starting(2)],
  nearMiss: [starting(1), triggered(1), kill('taskmanager-1'), completed, kill('jobmanager'), starting(2)],
});

const source = { vertex: 'in', subtask: 0, attempt: 1 };
const leaves = (kind: CheckpointKind) =>
  states('barrierSent', {
    task: source,
    checkpoint: 1,
    kind,
    edges: [{ edge: 0, alignment: 'aligned', timeoutMs: 0 }],
  });
const comes = states('barrierReceived', { task: task(), channel: channel(), checkpoint: 1, overtook: false });
const savepointTaken = states('snapshotTaken', { task: task(), checkpoint: 1, unaligned: false });
const savepointed = (kind: CheckpointKind) => [triggered(1, kind), leaves(kind), record(1), comes, savepointTaken];
const onTask = (events: readonly Event[]): readonly Event[] =>
  events.map((event) =>
    event.kind === 'fact' && event.name !== 'checkpointTriggered' && event.name !== 'barrierSent'
      ? { ...event, fact: { ...(event.fact as object), task: one } }
      : event,
  );
proves(savepointUnderUnalignedWithDataQueued, {
  checkpointing: { unaligned: true },
  reaches: onTask(savepointed('savepoint')),
  nearMiss: [...onTask(savepointed('checkpoint')), triggered(2, 'stop'), taken(false, 2), ...onTask([record(1)])],
});
it('a savepoint of an aligned job does not count', () => {
  expect(isReached(savepointUnderUnalignedWithDataQueued, onTask(savepointed('savepoint')))).toBe(false);
});
it('a record that came before its sender had begun the savepoint, or after its barrier, was not queued before it', () => {
  const orders = [
    [record(1), leaves('savepoint'), comes],
    [leaves('savepoint'), comes, record(1)],
  ];
  for (const order of orders) {
    const events = onTask([triggered(1, 'savepoint'), ...order, savepointTaken]);
    expect(isReached(savepointUnderUnalignedWithDataQueued, events, { unaligned: true })).toBe(false);
  }
});

const stopped = (kind: CheckpointKind) =>
  states('checkpointCompleted', { attempt: 1, checkpoint: 3, kind, metadata: 'm' }, 'jobmanager');
proves(stoppedWithSavepointAndResumed, {
  reaches: [stopped('stop'), starting(2, 3)],
  nearMiss: [stopped('savepoint'), starting(2, 3), stopped('stop'), starting(3, 2)],
});

// ---- upgrades

const versionOf = (...uids: readonly string[]): JobSpec => ({
  name: 'job',
  edges: [],
  nodes: uids.map((uid, id) => ({
    id,
    uid,
    name: uid,
    parallelism: undefined,
    maxParallelism: undefined,
    outType: int32,
    sideOutputs: [],
    operator: { kind: 'map', fn: (value) => value },
  })),
});
const deployed: Event = { kind: 'deployed' };
/** An attempt with these vertices, by the uids of their heads. */
const startingWith = (attempt: number, restoredFrom: number | undefined, ...heads: readonly string[]): Event =>
  states(
    'attemptStarting',
    { attempt, leaderEpoch: 1, restoredFrom, parallelism: new Map(heads.map((uid) => [uid, 2])) },
    'jobmanager',
  );
const adopts = (attempt: number, migrated: boolean, state = 's') =>
  states('stateAdopted', { task: task(attempt), state, migrated, touch: undefined });
const three = [versionOf('window'), versionOf('window'), versionOf('window')];

proves(migratedWhileRescaling, {
  versions: three,
  reaches: [starting(1, undefined, 2), deployed, starting(2, 1, 3), adopts(2, true)],
  // Rescaled by the version that has migrated it already, and the next one changes the type at the same parallelism.
  nearMiss: [
    starting(1, undefined, 2),
    deployed,
    starting(2, 1, 2),
    adopts(2, true),
    starting(3, 2, 3),
    adopts(3, false),
    deployed,
    starting(4, 2, 3),
    adopts(4, true),
  ],
});
proves(timeToLiveSwitchedOn, {
  versions: three,
  reaches: [states('stateAdopted', { task: task(2), state: 's', migrated: true, touch: 5 })],
  nearMiss: [adopts(2, true)],
});
proves(windowStateMigrated, {
  versions: three,
  reaches: [adopts(2, true, 'trigger:seen')],
  // What the window holds is migrated by the operator, and what is of the key is of no window.
  nearMiss: [adopts(2, false, 'window:firings'), adopts(2, true, 'window-contents'), adopts(2, true, 'key:known')],
});
proves(carriedStateMigratedByThirdVersion, {
  versions: three,
  reaches: [
    starting(1),
    deployed,
    starting(2, 1),
    adopts(2, true),
    completed,
    deployed,
    starting(3, 2),
    adopts(3, true, 'other'),
  ],
  // Version 2 asked for it in one of its attempts.
  nearMiss: [
    starting(1),
    deployed,
    starting(2, 1),
    adopts(2, false),
    completed,
    starting(3, 2),
    deployed,
    starting(4, 2),
    adopts(4, true),
  ],
});
const keyGroupsAre = (end: number, subtask = 1, restoredFrom: readonly number[] = [1]) =>
  states('taskOpened', {
    task: task(2, subtask),
    parallelism: 2,
    keyGroups: { start: 0, end },
    restoredFrom: restoredFrom[0],
    finishedOnRestore: false,
  });
const [declaring, undeclared] = [12, undefined].map((maxParallelism): JobSpec => {
  const { nodes, ...job } = versionOf('window');
  return { ...job, nodes: nodes.map((node) => ({ ...node, maxParallelism })) };
});
if (declaring === undefined || undeclared === undefined) throw new Error('no versions');
proves(maxParallelismFromState, {
  versions: [declaring, undeclared, declaring],
  reaches: [deployed, starting(2, 1), keyGroupsAre(11)],
  // The default; not from state; the end of another subtask; a version that declares its number; the first one.
  nearMiss: [
    starting(1),
    keyGroupsAre(11),
    deployed,
    starting(2, 1),
    keyGroupsAre(127),
    keyGroupsAre(63, 0),
    keyGroupsAre(11, 1, []),
    deployed,
    keyGroupsAre(11),
  ],
});
const [plain, more] = [versionOf('a', 'b'), versionOf('a', 'b', 'c')];
proves(upgradeAddedOperator, {
  versions: [plain, more],
  reaches: [startingWith(1, undefined, 'a'), deployed, startingWith(2, 1, 'a', 'c')],
  nearMiss: [
    startingWith(1, undefined, 'a'),
    deployed,
    startingWith(2, undefined, 'a', 'c'),
    startingWith(3, 1, 'a', 'c'),
  ],
});
proves(upgradeRemovedOperator, {
  versions: [more, plain],
  reaches: [startingWith(1, undefined, 'a', 'c'), deployed, startingWith(2, 1, 'a')],
  nearMiss: [startingWith(1, undefined, 'a', 'c'), startingWith(2, 1, 'a')],
});
proves(upgradeSplitChain, {
  versions: [plain, more],
  reaches: [startingWith(1, undefined, 'a'), deployed, startingWith(2, 1, 'a', 'b')],
  nearMiss: [startingWith(1, undefined, 'a'), deployed, startingWith(2, 1, 'a', 'c')],
});
proves(upgradeMergedChains, {
  versions: [more, plain],
  reaches: [startingWith(1, undefined, 'a', 'b'), deployed, startingWith(2, 1, 'a')],
  nearMiss: [startingWith(1, undefined, 'a', 'c'), deployed, startingWith(2, 1, 'a')],
});
const replays = states('replayStarted', { task: task(2), channels: [channel()] });
const triggers = (kind: CheckpointKind) =>
  states('checkpointTriggered', { attempt: 2, checkpoint: 3, kind, finished: [] }, 'jobmanager');
proves(savepointWhileReplaying, {
  reaches: [starting(2, 1), replays, triggers('savepoint')],
  nearMiss: [starting(2, 1), replays, triggers('checkpoint'), starting(3, 1), triggers('stop')],
});

it('the catalogue is sorted, without doubles, and every mark of it is proven here', () => {
  const names = MARKS.map((mark) => mark.name);
  expect(names).toEqual([...new Set(names)].sort());
  const files = [
    'marks',
    'event-time',
    'windows',
    'rescaling',
    'state',
    'state-store',
    'incremental',
    'inline-state',
    'forks',
    'joins',
    'local-recovery',
    'async',
    'batch',
    'queries',
  ].map((name) => readFileSync(`properties/marks/${name}.test.ts`, 'utf8'));
  const text = files.join('');
  for (const name of names) {
    const variable = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    expect(text, name).toContain(`proves(${variable},`);
  }
});

it('all marks listen through one probe, and what was reached is reported once, sorted', () => {
  const marks = createMarks({
    onKilled: () => undefined,
    currentProcess: () => undefined,
    nowUs: () => 0,
    checkpointing: DEFAULT_JOB_CONFIG.checkpointing,
    scheduling: DEFAULT_JOB_CONFIG,
    jobs: () => [],
    object: () => undefined,
    onDiskFault: () => undefined,
    onPowerLost: () => undefined,
    stateMemoryBytes: undefined,
    haValue: () => undefined,
    objects: () => [],
    partitionsAt: () => 0,
  });
  const late = { task: one, key: 'a', timestamp: 1, watermark: 9, output: 'dropped' } as const;
  marks.probe.watermarkAdvanced?.({ task: one, watermark: 9 });
  marks.probe.recordLate?.(late);
  marks.probe.recordLate?.(late);
  marks.probe.outputBlocked?.({ task: task(), channel: channel() });
  expect(marks.reached()).toEqual(['backpressured', 'record-late']);
  expect(marks.probe.splitAssigned).toBeUndefined();
});
