/**
 * What the witness tells the laws: the facts of the newest attempt, resolved to tasks and channels, the judged turns,
 * and the completed checkpoints. Each call comes *before* the witness has applied the fact to its records.
 * Facts of older attempts (zombies) reach no law from here: their turns are in no effective history.
 */
import type { Timestamp } from '../../core/api/functions.ts';
import type { Facts } from '../../core/facts.ts';
import type { CommittedRecord } from '../laws/law.ts';
import type { Arrival, Channel } from './channel.ts';
import type { CompletedCheckpoint, ListedCheckpoint } from './checkpoints.ts';
import type { ReplayedChannel } from './replay.ts';
import type { TaskRecord } from './task.ts';
import type { JudgedTurn } from './turn.ts';

export interface WitnessListener {
  /** `listed`: what the HA store lists at this moment; `previous`: the newest attempt so far, 0 if none. */
  attemptStarting?(
    fact: Facts['attemptStarting'],
    listed: readonly ListedCheckpoint[] | { readonly undecodable: string },
    previous: number,
  ): void;
  taskOpened?(task: TaskRecord, fact: Facts['taskOpened']): void;
  taskFinished?(task: TaskRecord): void;

  splitAdded?(task: TaskRecord, fact: Facts['splitAdded']): void;
  splitFinished?(task: TaskRecord, fact: Facts['splitFinished']): void;
  sourceRecord?(task: TaskRecord, fact: Facts['sourceRecord']): void;
  /** `replay`: the channel is an old one, and this is in-flight data of the restored checkpoint. */
  received?(task: TaskRecord, channel: Channel, fact: Facts['recordProcessed'], replay: ReplayedChannel | undefined): void;
  sent?(task: TaskRecord, channel: Channel, fact: Facts['sent']): void;
  /** An effect outside any turn of its task, or a turn without end: what it was. */
  irregular?(task: TaskRecord, anomaly: 'stray-effect' | 'unfinished-turn', what: string): void;
  turn?(turn: JudgedTurn): void;
  /** All event-time timers of one watermark turn, in the order in which they fired. */
  fired?(task: TaskRecord, firings: readonly Facts['eventTimerFired'][]): void;

  watermarkGenerated?(task: TaskRecord, fact: Facts['watermarkGenerated']): void;
  watermarkReceived?(task: TaskRecord, channel: Channel, watermark: Timestamp, arrival: Arrival, replay: ReplayedChannel | undefined): void;
  statusReceived?(task: TaskRecord, channel: Channel, idle: boolean, arrival: Arrival, replay: ReplayedChannel | undefined): void;
  /** All in-flight data of the restored checkpoint is processed, the task says. */
  replayEnded?(task: TaskRecord): void;
  watermarkAdvanced?(task: TaskRecord, watermark: Timestamp): void;
  watermarkSent?(task: TaskRecord, watermark: Timestamp): void;
  inputEnded?(task: TaskRecord, channel: Channel): void;

  /** `arrival` means something for a barrier that did not overtake. */
  barrierReceived?(task: TaskRecord, channel: Channel, checkpoint: number, arrival: Arrival, overtook: boolean): void;
  barrierSent?(task: TaskRecord, checkpoint: number): void;
  snapshotTaken?(task: TaskRecord, checkpoint: number, unaligned: boolean): void;

  /** The image of a checkpoint or savepoint can be read. Comes after `completed` for those that the HA store lists. */
  imaged?(completed: CompletedCheckpoint): void;
  /** The HA store lists a checkpoint that it did not list before. */
  completed?(completed: CompletedCheckpoint): void;
  /** The HA store's list cannot be read. */
  listUndecodable?(why: string): void;

  transactionPrepared?(fact: Facts['transactionPrepared']): void;
  transactionAborted?(fact: Facts['transactionAborted']): void;
  /** Of any attempt: what a sink wrote, whether or not it is in an effective history. */
  written?(fact: Facts['sinkWritten']): void;
  committed?(record: CommittedRecord): void;
  settled?(): void;
}
