/**
 * What the witness tells the laws: the facts of the newest attempt, resolved to tasks and channels, the judged turns,
 * and the completed checkpoints. Each call comes *before* the witness has applied the fact to its records.
 *
 * A law may listen to every kind of fact; how it hears it follows from the fact's fields:
 *
 *     task and channel        (task, channel, fact)      of the newest attempt
 *     task                    (task, fact)               of the newest attempt
 *     neither                 (fact)                     of the newest attempt, if the fact names its attempt
 *
 * `Refined` has those that come with more, or of every attempt. Facts of older attempts (zombies) reach no law
 * otherwise: their turns are in no effective history.
 */
import type { ChannelId, FactKind, Facts, TaskId } from '../../core/facts.ts';
import type { ModelTurn } from '../model/types.ts';
import type { CommittedRecord } from '../world.ts';
import type { Arrival, ChannelRecord, Signal } from './channel.ts';
import type { CheckpointList, CompletedCheckpoint, Undecodable } from './checkpoints.ts';
import type { Fork } from './fork.ts';
import type { ReplayedChannel } from './replayed-channel.ts';
import type { TaskRecord } from './task.ts';
import type { JudgedTurn } from './turn.ts';

type Resolved<F> = F extends { readonly task: TaskId; readonly channel: ChannelId }
  ? [task: TaskRecord, channel: ChannelRecord, fact: F]
  : F extends { readonly task: TaskId }
    ? [task: TaskRecord, fact: F]
    : [fact: F];

type OfChannel<K extends FactKind> = [task: TaskRecord, channel: ChannelRecord, fact: Facts[K]];

/** Facts that are passed on with other arguments than their fields. */
interface Refined {
  /** `list`: what the HA store holds at this moment; `previous`: the newest attempt so far, 0 if none. */
  attemptStarting: [fact: Facts['attemptStarting'], list: CheckpointList | Undecodable, previous: number];
  /** `replay`: the record is in-flight data of the restored checkpoint, and due here; `channel` is the old one. */
  recordProcessed: [...OfChannel<'recordProcessed'>, replay: ReplayedChannel | undefined];
  watermarkReceived: [...OfChannel<'watermarkReceived'>, arrival: Arrival, replay: ReplayedChannel | undefined];
  statusReceived: [...OfChannel<'statusReceived'>, arrival: Arrival, replay: ReplayedChannel | undefined];
  /** `signal`: where it was sent; undefined if no fact said that it was (a kill may fire in between). */
  barrierReceived: [...OfChannel<'barrierReceived'>, signal: Signal | undefined];
  cancelReceived: [...OfChannel<'cancelReceived'>, signal: Signal | undefined];

  /** `wasExpired`: it was there in the model, and had expired. Undefined: the model and the engine took different ways before. */
  stateDropped: [task: TaskRecord, fact: Facts['stateDropped'], wasExpired: boolean | undefined];

  // Facts of any attempt, whether or not it is in an effective history.
  slotsChanged: [fact: Facts['slotsChanged']];
  attemptFailed: [fact: Facts['attemptFailed']];
  jobEnded: [fact: Facts['jobEnded']];
  /** `modelled`: a function of the job threw in the middle of a turn; this is what the model does in it. */
  taskFailed: [fact: Facts['taskFailed'], modelled: ModelTurn | undefined];
  sinkWritten: [fact: Facts['sinkWritten']];
  transactionPrepared: [fact: Facts['transactionPrepared']];
  transactionCommitted: [fact: Facts['transactionCommitted']];
  transactionAborted: [fact: Facts['transactionAborted']];

  // Facts of the newest attempt only.
  checkpointAcknowledged: [fact: Facts['checkpointAcknowledged']];
}

/** With which arguments a law hears a fact. */
export type Hearing<K extends FactKind> = K extends keyof Refined ? Refined[K] : Resolved<Facts[K]>;

/** What the witness itself has to say. */
interface Findings {
  /** An effect outside any turn of its task, or a turn without end: what it was. */
  irregular(task: TaskRecord, anomaly: 'stray-effect' | 'unfinished-turn', what: string): void;
  turn(turn: JudgedTurn): void;
  /** All event-time timers of one watermark turn, in the order in which they fired. */
  fired(task: TaskRecord, firings: readonly Facts['eventTimerFired'][]): void;
  /** A completed checkpoint or savepoint of any kind, with its image. */
  imaged(completed: CompletedCheckpoint): void;
  /** After `imaged`: the HA store names a checkpoint or savepoint that it did not name before. It is a commit point. */
  completed(completed: CompletedCheckpoint): void;
  /** The HA store's list cannot be read. */
  listUndecodable(why: string): void;
  committed(record: CommittedRecord): void;
  settled(): void;
  /** The run did not settle. */
  stuck(): void;
  /** A while after the end of the run: task managers that have lived on, and have heard that the job has ended. */
  hostsReleased(taskManagers: readonly string[]): void;
  /** From here on the witness has the model and the operators of another version of the job. */
  upgraded(): void;
  /** All processes have been stopped; what is started next is another job, from a savepoint of this one. */
  forked(fork: Fork): void;
  /** The owner has deleted the savepoint that the job was started from and has not claimed. `metadata`: its object. */
  originalDeleted(metadata: string): void;
}

export type WitnessListener = { readonly [K in FactKind]?: (...hearing: Hearing<K>) => void } & Partial<Findings>;
