/**
 * What the engine says about itself. One way, no return value: `probe.barrierReceived?.({ task, channel, checkpoint })`.
 * Without a listener it costs one branch, and the object is never built. A fact may throw `Killed` (a kill fired at
 * it).
 *
 * A *turn* is one atomic entry of a task: it begins with `sourceRecord`, `recordProcessed`, `watermarkAdvanced`, `keyEnded`,
 * `processingTimerFired`, `asyncResumed` or `asyncCompleted` and ends with `turnEnded`; everything between belongs to it. Stated from the mailbox loop, not
 * from the operators.
 */
import { EngineBug } from './errors.ts';
import type { JobFaultData } from './job-fault.ts';
import type { TimeWindow, Timestamp } from './job/functions.ts';
import type { Alignment, CheckpointKind, DeclineReason } from './barrier-options.ts';

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
  /** Attempt of the sender: with the other fields and a sequence number this is the identity of a send. */
  readonly attempt: number;
  readonly sender: number;
  readonly receiver: number;
}

/**
 * Why a checkpoint was aborted (Flink: `CheckpointFailureReason`). `COUNTED_REASONS` count against the tolerable failures.
 */
export type AbortReason =
  | 'expired'
  /** A task's async part failed. */
  | 'declined'
  /** A task still replays in-flight data. */
  | 'task-not-ready'
  | 'task-closing'
  | 'cancellation-marker'
  | 'subsumed'
  | 'failover'
  | 'not-all-running'
  /** Only some subtasks of an operator with union state have ended: what they had of it would be lost (SEMANTICS U5). */
  | 'partly-finished'
  /** A task has named an object of a checkpoint that is not kept any more. */
  | 'base-gone'
  | 'store-failed'
  | 'stopped';

/** The one path of a checkpoint from its trigger to its end, with Flink's names (`PendingCheckpointStats` and below). Times are milliseconds by the job manager's clocks. */
export interface CheckpointStats {
  readonly attempt: number;
  readonly checkpoint: number;
  readonly kind: CheckpointKind;
  readonly status: 'completed' | 'failed';
  /** Why a failed checkpoint was aborted. */
  readonly failureReason: AbortReason | undefined;
  readonly triggerTimestamp: number;
  readonly endToEndDurationMs: number;
  readonly numberOfSubtasks: number;
  readonly numberOfAcknowledgedSubtasks: number;
  /** Subtasks that had finished before the trigger. */
  readonly numberOfFinishedSubtasks: number;
  /** Whether any task took it unaligned. */
  readonly unalignedCheckpoint: boolean;
  /** The largest over the subtasks that acknowledged it. */
  readonly startDelayMs: number;
  readonly alignmentDurationMs: number;
  readonly syncDurationMs: number;
  readonly asyncDurationMs: number;
  /** Sums over these subtasks. */
  readonly bytesProcessedDuringAlignment: number;
  readonly bytesPersistedDuringAlignment: number;
  readonly stateSizeBytes: number;
}

/**
 * `write-stalled`: the task has to wait, since what it has written cannot be kept in memory. `tombstones-kept`: a compaction
 * has ended whose tombstones may hide something in a level below. `block-not-cached`: it is larger than all that is left for
 * cached blocks. `append-failed`: the disk has no room. `run-cut`: of a restored run only a part of the key groups counts, since
 * the others are another subtask's now. `read-failed`: of a turn. `block-damaged`: its checksum is wrong.
 */
export type StateStoreEvent =
  | 'flush-started'
  | 'flush-ended'
  | 'compaction-started'
  | 'compaction-ended'
  | 'tombstones-kept'
  | 'write-stalled'
  | 'block-not-cached'
  | 'append-failed'
  | 'run-cut'
  | 'read-failed'
  | 'block-damaged'
  | 'flush-failed'
  | 'compaction-failed';

/** What a batch attempt runs: one chain with all its subtasks, from the results of those before it. */
export interface StartedStage {
  /** uid of the chain's head. */
  readonly vertex: string;
  /** Finished stages, of which nothing runs again: uid -> the attempt whose result counts. */
  readonly finished: ReadonlyMap<string, number>;
}

/** One row of `FACTS`: it holds no value, only the type of the fact's fields. */
interface FactRow<F> {
  readonly fields: F;
}
const ROW: FactRow<never> = {
  get fields(): never {
    throw new EngineBug('a row of the table of facts has a type and no value');
  },
};
function fact<F>(): FactRow<F> {
  return ROW;
}

/**
 * Every kind of fact with its fields. A new kind is a row here and nowhere else: probe, listeners of the witness, moments
 * of a plan and the trace are derived from this table.
 */
const FACTS = {
  // ---- job manager
  attemptStarting: fact<{
    readonly attempt: number;
    readonly leaderEpoch: number;
    readonly restoredFrom: number | undefined;
    /** Subtasks per vertex (uid of the chain's head). */
    readonly parallelism: ReadonlyMap<string, number>;
    /** In batch an attempt runs one stage. */
    readonly stage?: StartedStage;
  }>(),
  /** Task managers have come or gone: so many slots are registered now. */
  slotsChanged: fact<{ readonly slots: number }>(),
  attemptRunning: fact<{ readonly attempt: number }>(),
  /** `fault`: what an enumerator of the job did wrong, if that is why. */
  attemptFailed: fact<{
    readonly attempt: number;
    readonly message: string;
    readonly fault: JobFaultData | undefined;
  }>(),
  /** `stopped`: by a stop-with-savepoint, of which `message` is the path. `failed` after such a savepoint names its path, too. */
  jobEnded: fact<{
    readonly attempt: number;
    readonly status: 'finished' | 'stopped' | 'failed';
    readonly message: string;
    /** What a connector of the job did wrong in the job manager, if that is why. */
    readonly fault: JobFaultData | undefined;
  }>(),
  /** Before the object store is asked what there is: what is there by then of the job, and nothing needs, is deleted. */
  sweepStarted: fact<{ readonly job: string }>(),
  splitAssigned: fact<{
    readonly attempt: number;
    readonly source: string;
    readonly split: string;
    readonly subtask: number;
  }>(),

  // ---- checkpoint coordinator
  checkpointTriggered: fact<{
    readonly attempt: number;
    readonly checkpoint: number;
    readonly kind: CheckpointKind;
    /** Tasks ("window[1]") that have finished and take no part. */
    readonly finished: readonly string[];
  }>(),
  checkpointAcknowledged: fact<{ readonly checkpoint: number; readonly task: TaskId }>(),
  /**
   * Stated after the HA store holds the pointer (a plain savepoint: after its metadata is written), before any task is
   * notified. `metadata`: name of the object.
   */
  checkpointCompleted: fact<{
    readonly attempt: number;
    readonly checkpoint: number;
    readonly kind: CheckpointKind;
    readonly metadata: string;
  }>(),
  checkpointAborted: fact<{
    readonly attempt: number;
    readonly checkpoint: number;
    readonly kind: CheckpointKind;
    readonly reason: AbortReason;
  }>(),
  /** Follows `checkpointCompleted` and `checkpointAborted`. */
  checkpointStats: fact<CheckpointStats>(),

  // ---- a task's life
  /** State is restored, nothing is processed yet. `keyGroups` inclusive, undefined without a keyed head. */
  taskOpened: fact<{
    readonly task: TaskId;
    readonly parallelism: number;
    readonly keyGroups: { readonly start: number; readonly end: number } | undefined;
    readonly restoredFrom: number | undefined;
    /** All subtasks of its vertex had finished in the restored checkpoint: it runs no user code. */
    readonly finishedOnRestore: boolean;
  }>(),
  /**
   * Before `taskOpened`, of an operator without key that a checkpoint has lists for: what the subtask was given, by name.
   * `mode`: `split` or `union`.
   */
  operatorStateRestored: fact<{
    readonly task: TaskId;
    readonly states: readonly {
      readonly operator: string;
      readonly state: string;
      readonly mode: string;
      readonly items: readonly unknown[];
    }[];
  }>(),
  taskFinished: fact<{ readonly task: TaskId }>(),
  /** `fault`: what the job did wrong, if that is why. */
  taskFailed: fact<{ readonly task: TaskId; readonly message: string; readonly fault: JobFaultData | undefined }>(),
  taskCancelled: fact<{ readonly task: TaskId }>(),

  // ---- turns
  /** A source reader owns the split from now on and goes on at `offset`. */
  splitAdded: fact<{
    readonly task: TaskId;
    readonly split: string;
    readonly offset: number;
    readonly restored: boolean;
  }>(),
  splitFinished: fact<{ readonly task: TaskId; readonly split: string; readonly offset: number }>(),
  sourceRecord: fact<{
    readonly task: TaskId;
    readonly split: string;
    readonly offset: number;
    readonly value: unknown;
    readonly timestamp: Timestamp;
  }>(),
  /** The record of the turn that has just ended was too far ahead of the clock: it went to the side output, and does not count for the watermark. */
  recordAhead: fact<{ readonly task: TaskId; readonly split: string; readonly timestamp: Timestamp }>(),
  recordProcessed: fact<{
    readonly task: TaskId;
    readonly channel: ChannelId;
    readonly seq: number;
    readonly value: unknown;
    readonly timestamp: Timestamp | undefined;
  }>(),
  /** The task's combined watermark `w` rose; the event-time timers of this turn follow. */
  watermarkAdvanced: fact<{ readonly task: TaskId; readonly watermark: Timestamp }>(),
  /** Inside a `watermarkAdvanced` turn. `namespace`: undefined for user timers, else the window. */
  eventTimerFired: fact<{
    readonly task: TaskId;
    readonly timestamp: Timestamp;
    readonly key: unknown;
    readonly keyGroup: number;
    readonly namespace: TimeWindow | undefined;
  }>(),
  /** Begins a turn of its own. `now` is the clock that the timer was judged by. */
  processingTimerFired: fact<{
    readonly task: TaskId;
    readonly timestamp: Timestamp;
    readonly now: Timestamp;
    readonly key: unknown;
    readonly keyGroup: number;
    readonly namespace: TimeWindow | undefined;
  }>(),
  /** Begins a turn: an element that waited in the restored checkpoint for an answer is asked about again. `element` as of `asyncRequested`. */
  asyncResumed: fact<{
    readonly task: TaskId;
    readonly element: number;
    readonly value: unknown;
    readonly timestamp: Timestamp | undefined;
  }>(),
  /** Begins a turn: the result of an element goes out. `by`: an answer, or its function for want of one. */
  asyncCompleted: fact<{ readonly task: TaskId; readonly element: number; readonly by: 'answer' | 'timeout' }>(),
  turnEnded: fact<{ readonly task: TaskId }>(),

  // ---- effects and inputs within a turn
  sent: fact<{
    readonly task: TaskId;
    readonly channel: ChannelId;
    readonly seq: number;
    readonly value: unknown;
    readonly timestamp: Timestamp | undefined;
  }>(),
  /** A sink of the chain took the value into its open transaction. */
  sinkWritten: fact<{ readonly task: TaskId; readonly sink: string; readonly value: unknown }>(),
  clockRead: fact<{ readonly task: TaskId; readonly now: Timestamp }>(),
  /** A value with time to live was met after its time. Stated whenever it is, also if it stays; of lists and maps for each part. */
  stateExpired: fact<{
    readonly task: TaskId;
    readonly state: string;
    readonly key: unknown;
    readonly lastTouch: Timestamp;
    readonly ttlMs: number;
    readonly now: Timestamp;
  }>(),
  /**
   * Between turns: files of state were merged, and what had expired at `now` of a key in a state with time to live was left out; of a
   * map one entry, `mapKey`. It was there until now.
   */
  stateDropped: fact<{
    readonly task: TaskId;
    readonly state: string;
    readonly key: unknown;
    readonly keyGroup: number;
    readonly mapKey: unknown;
    readonly now: Timestamp;
  }>(),
  /** Behind a call of a function: what has expired of a key in a state with time to live was deleted. */
  stateCleaned: fact<{ readonly task: TaskId; readonly state: string; readonly key: unknown }>(),
  /** The function has said what is to be asked about an element. `element` counts those of a task from 0, over the attempt. */
  asyncRequested: fact<{ readonly task: TaskId; readonly element: number; readonly request: unknown }>(),
  randomDrawn: fact<{ readonly task: TaskId; readonly n: number; readonly value: number }>(),
  timerRegistered: fact<{
    readonly task: TaskId;
    readonly domain: 'event' | 'processing';
    readonly timestamp: Timestamp;
    readonly key: unknown;
    readonly namespace: TimeWindow | undefined;
  }>(),
  timerDeleted: fact<{
    readonly task: TaskId;
    readonly domain: 'event' | 'processing';
    readonly timestamp: Timestamp;
    readonly key: unknown;
    readonly namespace: TimeWindow | undefined;
  }>(),
  /** A window took the element: the merged one, if windows merge. */
  windowAdded: fact<{
    readonly task: TaskId;
    readonly key: unknown;
    readonly window: TimeWindow;
    readonly watermark: Timestamp;
    /** When the window takes no more, in its domain. */
    readonly closesAt: Timestamp;
    /** The element's own window would have been late: a session that is still open took it in. */
    readonly rescued: boolean;
  }>(),
  /** A window of the element takes no more: what the others do with it is told by `windowAdded` and `recordLate`. */
  windowSkipped: fact<{
    readonly task: TaskId;
    readonly key: unknown;
    readonly window: TimeWindow;
    readonly watermark: Timestamp;
    readonly closedAt: Timestamp;
  }>(),
  /** Before `windowAdded`: `into` is what has become of these, which had elements, and of the element's own. */
  windowsMerged: fact<{
    readonly task: TaskId;
    readonly key: unknown;
    readonly into: TimeWindow;
    readonly merged: readonly TimeWindow[];
  }>(),
  recordLate: fact<{
    readonly task: TaskId;
    readonly key: unknown;
    readonly timestamp: Timestamp;
    /** The effective watermark of the key. */
    readonly watermark: Timestamp;
    readonly output: 'late-output' | 'dropped';
    /** Of an interval join: the input that it came from. */
    readonly side?: 'left' | 'right';
  }>(),
  /** An interval join hands a pair to its function. `by`: the side of the element that came second. */
  pairJoined: fact<{
    readonly task: TaskId;
    readonly key: unknown;
    readonly by: 'left' | 'right';
    readonly left: unknown;
    readonly right: unknown;
    readonly leftTimestamp: Timestamp;
    readonly rightTimestamp: Timestamp;
    /** The bounds of the join, inclusive. */
    readonly lowerMs: number;
    readonly upperMs: number;
  }>(),
  /** No partner in time can come any more for the elements of one timestamp: they leave the buffer. `at`: their clean-up time. */
  bufferCleaned: fact<{
    readonly task: TaskId;
    readonly key: unknown;
    readonly side: 'left' | 'right';
    readonly timestamp: Timestamp;
    readonly elements: number;
    readonly at: Timestamp;
    readonly watermark: Timestamp;
  }>(),
  /** No window took the record, and it is not late: its time is in none (a slide above the size). */
  recordUnassigned: fact<{
    readonly task: TaskId;
    readonly key: unknown;
    readonly timestamp: Timestamp | undefined;
    readonly watermark: Timestamp;
  }>(),
  paneFired: fact<{
    readonly task: TaskId;
    readonly key: unknown;
    readonly window: TimeWindow;
    readonly watermark: Timestamp;
    /** What made the trigger fire: an element, or a timer. */
    readonly by: 'element' | 'event' | 'processing';
    /** The contents go. */
    readonly purges: boolean;
  }>(),
  /** The evictor took elements out of a pane that fires. */
  elementsEvicted: fact<{
    readonly task: TaskId;
    readonly key: unknown;
    readonly window: TimeWindow;
    readonly evicted: number;
    readonly left: number;
  }>(),
  /** Nothing of the window is left. `at`: its clean-up time. */
  windowCleared: fact<{
    readonly task: TaskId;
    readonly key: unknown;
    readonly window: TimeWindow;
    readonly watermark: Timestamp;
    readonly at: Timestamp;
  }>(),

  // ---- queries, as the process states them that asks
  queryAsked: fact<{
    readonly query: number;
    readonly operator: string;
    readonly state: string;
    readonly key: unknown;
  }>(),
  /** `error`: see `QueryError`. `moved`: at first the key's task was elsewhere, in an older attempt. */
  queryAnswered: fact<{
    readonly query: number;
    /** An attempt; 0: none. */
    readonly answeredBy: number;
    readonly error: 'unknown-state' | 'unknown-key' | 'not-running' | undefined;
    readonly value: unknown;
    /** By the clock of the task manager, which has left out what had expired. */
    readonly now: number;
    /** Whom it asked at last: a subtask of an attempt; undefined: it did not hear of any. */
    readonly asked: { readonly attempt: number; readonly subtask: number } | undefined;
    readonly moved: boolean;
  }>(),

  // ---- requests to external services, between turns
  /** A request leaves the task. `nth`: from 1; what is above 1 is a retry. */
  asyncSent: fact<{ readonly task: TaskId; readonly element: number; readonly nth: number }>(),
  /**
   * Something came back. `value`: what the service answered; undefined of a failure. `counts`: it is the first thing that came of
   * the newest request about an element that had neither an answer nor waited too long.
   */
  asyncAnswered: fact<{
    readonly task: TaskId;
    readonly element: number;
    readonly nth: number;
    readonly outcome: 'answered' | 'failed' | 'throttled';
    readonly value: unknown;
    readonly counts: boolean;
  }>(),
  /** No answer came in time: the function has to do without, or the task fails. */
  asyncTimedOut: fact<{ readonly task: TaskId; readonly element: number }>(),
  /** All input has come, and there are elements that wait for answers: `retrying` of them for a retry, which is their last one. */
  asyncDraining: fact<{ readonly task: TaskId; readonly pending: number; readonly retrying: number }>(),

  // ---- watermarks and control elements
  /** A split's generator moved on (per split, at a source). */
  watermarkGenerated: fact<{ readonly task: TaskId; readonly split: string; readonly watermark: Timestamp }>(),
  /** A reader says where it stands to its alignment group: its watermark, MAX if it is idle. */
  alignmentReported: fact<{ readonly task: TaskId; readonly watermark: Timestamp }>(),
  /** The job manager has heard it; MAX, too, of a reader that has ended. `source`: uid. */
  alignmentHeard: fact<{
    readonly attempt: number;
    readonly source: string;
    readonly subtask: number;
    readonly watermark: Timestamp;
  }>(),
  /** And says how far the readers of the group may go. */
  alignmentAnnounced: fact<{ readonly attempt: number; readonly group: string; readonly limit: Timestamp }>(),
  /** A reader hears of it: splits whose watermark is above the limit are not read. */
  alignmentLimited: fact<{ readonly task: TaskId; readonly limit: Timestamp }>(),
  /** A split of a source is idle from here on, or active again. */
  splitStatus: fact<{ readonly task: TaskId; readonly split: string; readonly idle: boolean }>(),
  /** The reader of a split has nothing to read now; stated where splits may become idle. */
  splitDrained: fact<{ readonly task: TaskId; readonly split: string }>(),
  /** And has something again. */
  splitArrived: fact<{ readonly task: TaskId; readonly split: string }>(),
  /** The reader of a source with a timeout has looked which splits are idle. `heldUp`: it could not read, so that the time since the last look does not count. */
  splitsLooked: fact<{ readonly task: TaskId; readonly heldUp: boolean }>(),
  watermarkReceived: fact<{ readonly task: TaskId; readonly channel: ChannelId; readonly watermark: Timestamp }>(),
  statusReceived: fact<{ readonly task: TaskId; readonly channel: ChannelId; readonly idle: boolean }>(),
  /** A watermark is queued on all outputs. */
  watermarkSent: fact<{ readonly task: TaskId; readonly watermark: Timestamp }>(),
  /** A status is queued on all outputs: whether elements are to be expected. */
  statusSent: fact<{ readonly task: TaskId; readonly idle: boolean }>(),
  /** The task must wait: this output has no room until credit comes. Stated once per wait. */
  outputBlocked: fact<{ readonly task: TaskId; readonly channel: ChannelId }>(),
  /** End of data on a channel: no record follows, barriers may. */
  inputEnded: fact<{ readonly task: TaskId; readonly channel: ChannelId }>(),
  /** Nothing follows on the channel: its sender has finished. */
  partitionEnded: fact<{ readonly task: TaskId; readonly channel: ChannelId }>(),

  // ---- checkpoints at a task
  /** The coordinator's trigger has come: at a source, or behind tasks that have all finished. */
  triggerReceived: fact<{ readonly task: TaskId; readonly checkpoint: number }>(),
  /** The task knows from here on that a barrier which may overtake later waits in the channel's queue. */
  barrierAnnounced: fact<{ readonly task: TaskId; readonly channel: ChannelId; readonly checkpoint: number }>(),
  /** `overtook`: it came ahead of what was queued, as an unaligned barrier does. */
  barrierReceived: fact<{
    readonly task: TaskId;
    readonly channel: ChannelId;
    readonly checkpoint: number;
    readonly overtook: boolean;
  }>(),
  /** The barrier of a checkpoint that is over at this task. */
  barrierObsolete: fact<{ readonly task: TaskId; readonly channel: ChannelId; readonly checkpoint: number }>(),
  channelBlocked: fact<{ readonly task: TaskId; readonly channel: ChannelId; readonly checkpoint: number }>(),
  channelUnblocked: fact<{ readonly task: TaskId; readonly channel: ChannelId; readonly checkpoint: number }>(),
  /** An aligned checkpoint has waited too long at this task and turns unaligned. */
  alignmentTimedOut: fact<{ readonly task: TaskId; readonly checkpoint: number }>(),
  /** The same at an output: the barrier that waited there overtakes what is queued before it. */
  outputTimedOut: fact<{ readonly task: TaskId; readonly channel: ChannelId; readonly checkpoint: number }>(),
  /** Stated when the barrier has gone out on all outputs; the sync part follows in the same step. */
  barrierSent: fact<{
    readonly task: TaskId;
    readonly checkpoint: number;
    readonly kind: CheckpointKind;
    /** How it went out, by out-edge. */
    readonly edges: readonly { readonly edge: number; readonly alignment: Alignment; readonly timeoutMs: number }[];
  }>(),
  cancelReceived: fact<{ readonly task: TaskId; readonly channel: ChannelId; readonly checkpoint: number }>(),
  /** A cancel marker has gone out on all outputs. */
  cancelSent: fact<{ readonly task: TaskId; readonly checkpoint: number }>(),
  /** The coordinator aborted a checkpoint that this task has not begun. */
  abortRemembered: fact<{ readonly task: TaskId; readonly checkpoint: number }>(),
  /** The store of a state backend that keeps state on the disk, behind the task's back or between two turns. */
  stateStore: fact<{ readonly task: TaskId; readonly event: StateStoreEvent }>(),
  /** The host's disk has a copy of these objects of a checkpoint, and a durable manifest that names them. */
  localCopyKept: fact<{ readonly task: TaskId; readonly checkpoint: number; readonly objects: readonly string[] }>(),
  /** It has none: something could not be written. The checkpoint is none the worse. */
  localCopyFailed: fact<{ readonly task: TaskId; readonly checkpoint: number; readonly message: string }>(),
  /**
   * The manifest of a task's local copies: it is being written (`begun`), and durable in the place of the one before (`replaced`), or not
   * (`failed`); or a task that restores has read the one of the attempt that took the restored checkpoint, or could not (`damaged`).
   */
  localManifest: fact<{
    readonly task: TaskId;
    readonly event: 'begun' | 'replaced' | 'failed' | 'read' | 'damaged';
  }>(),
  /**
   * A task that restores has looked for the local copy of an object, and takes it, or reads the object from the store. `none`: there is
   * no copy; `damaged`: it is not what the metadata names. `bytes`: of what it takes.
   */
  localCopyRead: fact<{
    readonly task: TaskId;
    readonly object: string;
    readonly outcome: 'taken' | 'none' | 'damaged' | 'unreadable';
    readonly bytes: Uint8Array | undefined;
  }>(),
  /**
   * The job has asked for a restored keyed state for the first time in this task. `migrated`: it had another type. `touch`: it had no
   * time to live, has one from here on, and its values this last touch.
   */
  stateAdopted: fact<{
    readonly task: TaskId;
    readonly state: string;
    readonly migrated: boolean;
    readonly touch: Timestamp | undefined;
  }>(),
  /**
   * The snapshot that follows in the same step leaves out what has expired at `now` of these states. Not stated if there
   * are none.
   */
  snapshotSieved: fact<{
    readonly task: TaskId;
    readonly now: Timestamp;
    readonly states: readonly {
      readonly state: string;
      readonly kind: 'value' | 'list' | 'map' | 'reducing' | 'aggregating';
      readonly ttlMs: number;
    }[];
  }>(),
  /** The sync part is done: the cut of this task. `unaligned`: what is queued before it is channel state. */
  snapshotTaken: fact<{ readonly task: TaskId; readonly checkpoint: number; readonly unaligned: boolean }>(),
  snapshotUploaded: fact<{ readonly task: TaskId; readonly checkpoint: number }>(),
  /** The task collects channel state of the checkpoint from now on. */
  channelStateOpened: fact<{ readonly task: TaskId; readonly checkpoint: number }>(),
  /** In-flight data of one channel and side; stated once per channel with data, before `channelStateClosed`. */
  channelStatePersisted: fact<{
    readonly task: TaskId;
    readonly channel: ChannelId;
    readonly checkpoint: number;
    readonly side: 'input' | 'output';
    readonly records: number;
  }>(),
  /** The channel state is complete, or the checkpoint was aborted here. */
  channelStateClosed: fact<{ readonly task: TaskId; readonly checkpoint: number; readonly aborted: boolean }>(),
  /** A restored task has in-flight data to process before anything else. `channel` of what it then receives is the old one. */
  replayStarted: fact<{ readonly task: TaskId; readonly channels: readonly ChannelId[] }>(),
  replayEnded: fact<{ readonly task: TaskId }>(),
  /** The acknowledgement leaves the task. */
  acknowledged: fact<{ readonly task: TaskId; readonly checkpoint: number }>(),
  declined: fact<{
    readonly task: TaskId;
    readonly checkpoint: number;
    readonly reason: DeclineReason;
    readonly message: string;
  }>(),
  notifiedComplete: fact<{ readonly task: TaskId; readonly checkpoint: number }>(),
  /** `latestCompleted`: what the abort carries about completion; 0 if nothing. */
  notifiedAborted: fact<{ readonly task: TaskId; readonly checkpoint: number; readonly latestCompleted: number }>(),

  // ---- transactional sinks
  transactionPrepared: fact<{
    readonly task: TaskId;
    readonly sink: string;
    readonly checkpoint: number;
    readonly transaction: string;
  }>(),
  transactionCommitted: fact<{
    readonly task: TaskId;
    readonly sink: string;
    readonly transaction: string;
    readonly recovered: boolean;
  }>(),
  transactionAborted: fact<{ readonly task: TaskId; readonly sink: string; readonly transaction: string }>(),

  // ---- batch
  /** The HA store says that the stage has finished: its result may be read. */
  stageFinished: fact<{ readonly attempt: number; readonly stage: string }>(),
  /** What these stages have left counts no more: they run again. `lost`: the one of whose result a part is gone. */
  stagesReset: fact<{ readonly attempt: number; readonly lost: string; readonly stages: readonly string[] }>(),
  /** All stages have finished, and the HA store says so: from here on what their sinks have prepared is committed. */
  batchCommitting: fact<{ readonly attempt: number }>(),
  /** A part of what the task sends on a channel is in the object store. */
  resultPartWritten: fact<{ readonly task: TaskId; readonly channel: ChannelId; readonly part: number }>(),
  /** A part of a result is gone that the task has to read. */
  resultPartMissing: fact<{ readonly task: TaskId; readonly channel: ChannelId }>(),
  /** More input of a keyed task than fits into memory: a sorted run of it is on the disk. */
  sortSpilled: fact<{ readonly task: TaskId; readonly records: number }>(),
  /** So many sorted runs have become one. */
  sortMerged: fact<{ readonly task: TaskId; readonly runs: number }>(),
  /** The last record of a key has been processed: event time ends for it. Begins a turn, with its event-time timers. */
  keyEnded: fact<{ readonly task: TaskId; readonly key: unknown; readonly keyGroup: number }>(),
  /** All timers of the key have fired, and its state is gone. */
  keyCleared: fact<{ readonly task: TaskId; readonly key: unknown; readonly keyGroup: number }>(),
} as const;

/** The fields of each kind. */
export type Facts = { readonly [K in keyof typeof FACTS]: (typeof FACTS)[K]['fields'] };
export type FactKind = keyof Facts;
export type Probe = { readonly [K in FactKind]?: (fact: Facts[K]) => void };

export function isFactKind(name: string): name is FactKind {
  return Object.hasOwn(FACTS, name);
}
/** All kinds, in the order of the table. */
export const FACT_KINDS: readonly FactKind[] = Object.keys(FACTS).filter(isFactKind);

/**
 * One object with a value for each kind. It begins as a copy of the table: an object that grows by 60 computed names may
 * become a hash table, and the engine reads its probe for every record; a copy of a literal keeps the literal's shape.
 * That `make` gives for a kind what belongs to this kind is beyond the types.
 */
export function perFactKind(make: <K extends FactKind>(kind: K) => unknown): Readonly<Record<FactKind, unknown>> {
  const made: Record<FactKind, unknown> = { ...FACTS };
  for (const kind of FACT_KINDS) made[kind] = make(kind);
  return made;
}

/**
 * A probe that has all kinds from the start, so that all probes have one shape. Those for which `hear` gives nothing are not heard:
 * under `exactOptionalPropertyTypes` that is not the same as absent; to a caller with `?.` it is.
 */
export function probeOf(hear: <K extends FactKind>(kind: K) => ((fact: Facts[K]) => void) | undefined): Probe;
export function probeOf(hear: (kind: FactKind) => unknown): object {
  return perFactKind(hear);
}
