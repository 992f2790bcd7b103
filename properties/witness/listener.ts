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
  received?(task: TaskRecord, channel: Channel, fact: Facts['recordProcessed']): void;
  sent?(task: TaskRecord, channel: Channel, fact: Facts['sent']): void;
  /** An effect outside any turn of its task, or a turn without end: what it was. */
  irregular?(task: TaskRecord, anomaly: 'stray-effect' | 'unfinished-turn', what: string): void;
  turn?(turn: JudgedTurn): void;
  /** All event-time timers of one watermark turn, in the order in which they fired. */
  fired?(task: TaskRecord, firings: readonly Facts['eventTimerFired'][]): void;

  watermarkGenerated?(task: TaskRecord, fact: Facts['watermarkGenerated']): void;
  watermarkReceived?(task: TaskRecord, channel: Channel, watermark: Timestamp, arrival: Arrival): void;
  statusReceived?(task: TaskRecord, channel: Channel, idle: boolean): void;
  watermarkAdvanced?(task: TaskRecord, watermark: Timestamp): void;
  watermarkSent?(task: TaskRecord, watermark: Timestamp): void;
  inputEnded?(task: TaskRecord, channel: Channel): void;

  barrierReceived?(task: TaskRecord, channel: Channel, checkpoint: number, arrival: Arrival): void;
  barrierSent?(task: TaskRecord, checkpoint: number, fact: Facts['barrierSent']): void;
  snapshotTaken?(task: TaskRecord, checkpoint: number): void;

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
