/**
 * What the witness tells the laws: the facts of the newest attempt, resolved to tasks and channels, the judged turns,
 * and the completed checkpoints. Each call comes *before* the witness has applied the fact to its records.
 * Facts of older attempts (zombies) reach no law from here: their turns are in no effective history.
 */
import type { Timestamp } from '../../core/job/functions.ts';
import type { Facts } from '../../core/facts.ts';
import type { CommittedRecord } from '../world.ts';
import type { Arrival, Channel, Signal } from './channel.ts';
import type { CheckpointList, CompletedCheckpoint, Undecodable } from './checkpoints.ts';
import type { ReplayedChannel } from './replayed-channel.ts';
import type { TaskRecord } from './task.ts';
import type { JudgedTurn } from './turn.ts';

export interface WitnessListener {
  /** `list`: what the HA store holds at this moment; `previous`: the newest attempt so far, 0 if none. */
  attemptStarting?(fact: Facts['attemptStarting'], list: CheckpointList | Undecodable, previous: number): void;
  attemptRunning?(fact: Facts['attemptRunning']): void;
  /** Of any attempt. */
  attemptFailed?(fact: Facts['attemptFailed']): void;
  jobEnded?(fact: Facts['jobEnded']): void;
  taskOpened?(task: TaskRecord, fact: Facts['taskOpened']): void;
  taskFinished?(task: TaskRecord): void;
  /** Of any attempt. */
  taskFailed?(fact: Facts['taskFailed']): void;

  /** Of the newest attempt. */
  checkpointTriggered?(fact: Facts['checkpointTriggered']): void;
  checkpointAcknowledged?(fact: Facts['checkpointAcknowledged']): void;
  checkpointCompleted?(fact: Facts['checkpointCompleted']): void;
  checkpointAborted?(fact: Facts['checkpointAborted']): void;

  splitAdded?(task: TaskRecord, fact: Facts['splitAdded']): void;
  splitFinished?(task: TaskRecord, fact: Facts['splitFinished']): void;
  sourceRecord?(task: TaskRecord, fact: Facts['sourceRecord']): void;
  /** `replay`: the record is in-flight data of the restored checkpoint, and due here; `channel` is the old one. */
  received?(
    task: TaskRecord,
    channel: Channel,
    fact: Facts['recordProcessed'],
    replay: ReplayedChannel | undefined,
  ): void;
  sent?(task: TaskRecord, channel: Channel, fact: Facts['sent']): void;
  /** An effect outside any turn of its task, or a turn without end: what it was. */
  irregular?(task: TaskRecord, anomaly: 'stray-effect' | 'unfinished-turn', what: string): void;
  turn?(turn: JudgedTurn): void;
  /** All event-time timers of one watermark turn, in the order in which they fired. */
  fired?(task: TaskRecord, firings: readonly Facts['eventTimerFired'][]): void;

  watermarkGenerated?(task: TaskRecord, fact: Facts['watermarkGenerated']): void;
  watermarkReceived?(
    task: TaskRecord,
    channel: Channel,
    watermark: Timestamp,
    arrival: Arrival,
    replay: ReplayedChannel | undefined,
  ): void;
  statusReceived?(
    task: TaskRecord,
    channel: Channel,
    idle: boolean,
    arrival: Arrival,
    replay: ReplayedChannel | undefined,
  ): void;
  watermarkAdvanced?(task: TaskRecord, watermark: Timestamp): void;
  watermarkSent?(task: TaskRecord, watermark: Timestamp): void;
  statusSent?(task: TaskRecord, idle: boolean): void;
  /** End of data. */
  inputEnded?(task: TaskRecord, channel: Channel): void;
  /** End of partition. */
  partitionEnded?(task: TaskRecord, channel: Channel): void;

  triggerReceived?(task: TaskRecord, checkpoint: number): void;
  barrierAnnounced?(task: TaskRecord, channel: Channel, checkpoint: number): void;
  /** `signal`: where it was sent; undefined if nobody said that it was (a kill may strike in between). */
  barrierReceived?(
    task: TaskRecord,
    channel: Channel,
    fact: Facts['barrierReceived'],
    signal: Signal | undefined,
  ): void;
  cancelReceived?(task: TaskRecord, channel: Channel, checkpoint: number, signal: Signal | undefined): void;
  barrierSent?(task: TaskRecord, fact: Facts['barrierSent']): void;
  cancelSent?(task: TaskRecord, checkpoint: number): void;
  channelBlocked?(task: TaskRecord, channel: Channel, checkpoint: number): void;
  channelUnblocked?(task: TaskRecord, channel: Channel, checkpoint: number): void;
  alignmentTimedOut?(task: TaskRecord, checkpoint: number): void;
  outputTimedOut?(task: TaskRecord, channel: Channel, checkpoint: number): void;
  snapshotTaken?(task: TaskRecord, fact: Facts['snapshotTaken']): void;
  channelStateOpened?(task: TaskRecord, checkpoint: number): void;
  channelStateClosed?(task: TaskRecord, checkpoint: number): void;
  replayStarted?(task: TaskRecord, fact: Facts['replayStarted']): void;
  replayEnded?(task: TaskRecord): void;
  acknowledged?(task: TaskRecord, checkpoint: number): void;
  notifiedAborted?(task: TaskRecord, checkpoint: number): void;

  /** A completed checkpoint or savepoint of any kind, with its image. */
  imaged?(completed: CompletedCheckpoint): void;
  /** After `imaged`: the HA store names a checkpoint or savepoint that it did not name before. It is a commit point. */
  completed?(completed: CompletedCheckpoint): void;
  /** The HA store's list cannot be read. */
  listUndecodable?(why: string): void;

  transactionPrepared?(fact: Facts['transactionPrepared']): void;
  transactionAborted?(fact: Facts['transactionAborted']): void;
  /** Of any attempt: what a sink wrote, whether or not it is in an effective history. */
  written?(fact: Facts['sinkWritten']): void;
  committed?(record: CommittedRecord): void;
  settled?(): void;
  /** The run did not settle. */
  stuck?(): void;
}
