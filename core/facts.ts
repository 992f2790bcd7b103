/**
 * What the engine says about itself. One way, no return value: `probe.barrierReceived?.({ task, channel, checkpoint })`.
 * Nobody listens: one branch, and the object is never built. A fact may throw `Killed` (a kill struck at it).
 *
 * A *turn* is one atomic entry of a task: it begins with `sourceRecord`, `recordProcessed`, `watermarkAdvanced` or
 * `processingTimerFired` and ends with `turnEnded`; everything between belongs to it. Stated from the mailbox loop, not
 * from the operators.
 */
import type { TimeWindow, Timestamp } from './api/functions.ts';

/** `vertex` is the uid of the chain's head. One object per task attempt: compare by identity where speed matters. */
export interface TaskId {
  readonly vertex: string;
  readonly subtask: number;
  readonly attempt: number;
}

/** One direction of data flow between two subtasks in one attempt; sequence numbers count its records from 0. One object per side and attempt. */
export interface ChannelId {
  /** `EdgeSpec.id`. */
  readonly edge: number;
  /** Of the sender: with the other fields and a sequence number this is the identity of a send. */
  readonly attempt: number;
  readonly sender: number;
  readonly receiver: number;
}

export type AbortReason =
  | 'expired'
  | 'declined'
  | 'subsumed'
  | 'failover'
  | 'not-all-running'
  | 'store-failed'
  | 'stopped';

export interface Facts {
  // ---- job manager
  attemptStarting: {
    readonly attempt: number;
    readonly leaderEpoch: number;
    readonly restoredFrom: number | undefined;
    /** Subtasks per vertex (uid of the chain's head). */
    readonly parallelism: ReadonlyMap<string, number>;
  };
  attemptRunning: { readonly attempt: number };
  attemptFailed: { readonly attempt: number; readonly message: string };
  jobEnded: { readonly attempt: number; readonly status: 'finished' | 'failed'; readonly message: string };
  splitDealt: { readonly attempt: number; readonly source: string; readonly split: string; readonly subtask: number };

  // ---- checkpoint coordinator
  checkpointTriggered: { readonly attempt: number; readonly checkpoint: number };
  checkpointAcknowledged: { readonly checkpoint: number; readonly task: TaskId };
  /** Stated after the HA store holds the pointer, before anybody is notified. */
  checkpointCompleted: { readonly attempt: number; readonly checkpoint: number };
  checkpointAborted: { readonly attempt: number; readonly checkpoint: number; readonly reason: AbortReason };

  // ---- a task's life
  /** State is restored, nothing is processed yet. `keyGroups` inclusive, undefined without a keyed head. */
  taskOpened: {
    readonly task: TaskId;
    readonly parallelism: number;
    readonly keyGroups: { readonly start: number; readonly end: number } | undefined;
    readonly restoredFrom: number | undefined;
  };
  taskFinished: { readonly task: TaskId };
  taskFailed: { readonly task: TaskId; readonly message: string };
  taskCancelled: { readonly task: TaskId };

  // ---- turns
  /** A source reader owns the split from now on and goes on at `offset`. */
  splitAdded: { readonly task: TaskId; readonly split: string; readonly offset: number; readonly restored: boolean };
  splitFinished: { readonly task: TaskId; readonly split: string; readonly offset: number };
  sourceRecord: {
    readonly task: TaskId;
    readonly split: string;
    readonly offset: number;
    readonly value: unknown;
    readonly timestamp: Timestamp;
  };
  recordProcessed: {
    readonly task: TaskId;
    readonly channel: ChannelId;
    readonly seq: number;
    readonly value: unknown;
    readonly timestamp: Timestamp | undefined;
  };
  /** The task's combined watermark `w` rose; the event-time timers of this turn follow. */
  watermarkAdvanced: { readonly task: TaskId; readonly watermark: Timestamp };
  /** Inside a `watermarkAdvanced` turn. `namespace`: undefined for user timers, else the window. */
  eventTimerFired: {
    readonly task: TaskId;
    readonly timestamp: Timestamp;
    readonly key: unknown;
    readonly keyGroup: number;
    readonly namespace: TimeWindow | undefined;
  };
  /** Begins a turn of its own. `now` is the clock that the timer was judged by. */
  processingTimerFired: {
    readonly task: TaskId;
    readonly timestamp: Timestamp;
    readonly now: Timestamp;
    readonly key: unknown;
    readonly keyGroup: number;
    readonly namespace: TimeWindow | undefined;
  };
  turnEnded: { readonly task: TaskId };

  // ---- effects and inputs within a turn
  sent: {
    readonly task: TaskId;
    readonly channel: ChannelId;
    readonly seq: number;
    readonly value: unknown;
    readonly timestamp: Timestamp | undefined;
  };
  /** A sink of the chain took the value into its open transaction. */
  sinkWritten: { readonly task: TaskId; readonly sink: string; readonly value: unknown };
  clockRead: { readonly task: TaskId; readonly now: Timestamp };
  randomDrawn: { readonly task: TaskId; readonly n: number; readonly value: number };
  timerRegistered: {
    readonly task: TaskId;
    readonly domain: 'event' | 'processing';
    readonly timestamp: Timestamp;
    readonly key: unknown;
    readonly namespace: TimeWindow | undefined;
  };
  timerDeleted: {
    readonly task: TaskId;
    readonly domain: 'event' | 'processing';
    readonly timestamp: Timestamp;
    readonly key: unknown;
    readonly namespace: TimeWindow | undefined;
  };
  windowAdded: { readonly task: TaskId; readonly key: unknown; readonly window: TimeWindow; readonly watermark: Timestamp };
  recordLate: {
    readonly task: TaskId;
    readonly key: unknown;
    readonly timestamp: Timestamp;
    /** The effective watermark of the key. */
    readonly watermark: Timestamp;
    readonly output: 'late-output' | 'dropped';
  };
  paneFired: { readonly task: TaskId; readonly key: unknown; readonly window: TimeWindow; readonly watermark: Timestamp };

  // ---- watermarks and control elements
  /** A split's generator moved on (per split, at a source). */
  watermarkGenerated: { readonly task: TaskId; readonly split: string; readonly watermark: Timestamp };
  watermarkReceived: { readonly task: TaskId; readonly channel: ChannelId; readonly watermark: Timestamp };
  statusReceived: { readonly task: TaskId; readonly channel: ChannelId; readonly idle: boolean };
  /** Put on all outputs. */
  watermarkSent: { readonly task: TaskId; readonly watermark: Timestamp };
  /** The task must wait: this output has no room until credit comes. Stated once per wait. */
  outputBlocked: { readonly task: TaskId; readonly channel: ChannelId };
  inputEnded: { readonly task: TaskId; readonly channel: ChannelId };

  // ---- checkpoints at a task
  barrierReceived: { readonly task: TaskId; readonly channel: ChannelId; readonly checkpoint: number };
  channelBlocked: { readonly task: TaskId; readonly channel: ChannelId; readonly checkpoint: number };
  channelUnblocked: { readonly task: TaskId; readonly channel: ChannelId; readonly checkpoint: number };
  /** Stated when the barrier has gone out on all outputs; the sync part follows in the same step. */
  barrierSent: { readonly task: TaskId; readonly checkpoint: number };
  /** The sync part is done: the cut of this task. */
  snapshotTaken: { readonly task: TaskId; readonly checkpoint: number };
  snapshotUploaded: { readonly task: TaskId; readonly checkpoint: number };
  /** The acknowledgement leaves the task. */
  acknowledged: { readonly task: TaskId; readonly checkpoint: number };
  declined: { readonly task: TaskId; readonly checkpoint: number; readonly message: string };
  notifiedComplete: { readonly task: TaskId; readonly checkpoint: number };
  notifiedAborted: { readonly task: TaskId; readonly checkpoint: number };

  // ---- transactional sinks
  transactionPrepared: { readonly task: TaskId; readonly sink: string; readonly checkpoint: number; readonly transaction: string };
  transactionCommitted: { readonly task: TaskId; readonly sink: string; readonly transaction: string; readonly recovered: boolean };
  transactionAborted: { readonly task: TaskId; readonly sink: string; readonly transaction: string };
}

export type FactKind = keyof Facts;
export type Probe = { readonly [K in FactKind]?: (fact: Facts[K]) => void };
/** The readable union: traces, reports. */
export type Fact = { [K in FactKind]: { readonly kind: K } & Facts[K] }[FactKind];
