/**
 * The seam between the reference model and the witness. The model is fed one logical instance's turns and says what
 * they must do. Types only. It knows the job as data, nothing of the engine (DESIGN: the model imports itself and
 * `core/api` types, nothing else).
 */
import type { JobSpec } from '../../core/job/spec.ts';
import type { ReadOnlyBroadcastState, TimeWindow, Timestamp } from '../../core/job/functions.ts';
import type { StateTtl } from '../../core/job/state-ttl.ts';
import type { MapDescriptor, StateKind } from '../../core/job/states.ts';
import type { Lost } from './lost.ts';
import type { OwnedList } from './operator-state.ts';

/**
 * How long function objects live in the model (`functions.ts`): a call, mostly; a task, as in the engine; a run, over all
 * failures.
 */
export type FunctionLife = 'turn' | 'task' | 'run';

/** Where a turn runs: what `open` is told. One object for all turns of a task. */
export interface Place {
  readonly attempt: number;
  readonly subtask: number;
  /** Subtasks of the operator in this attempt. */
  readonly parallelism: number;
  /**
   * By state: the last touch that the subtask has given to restored values which have time to live only in this version of the
   * job (SEMANTICS J5). It grows in the course of the attempt.
   */
  readonly touches?: ReadonlyMap<string, Timestamp>;
}

/** In batch a running reduction puts out the last value of each key only. */
export type ExecutionMode = 'streaming' | 'batch';

/** What a turn read from outside, in order, and where it ran. A turn that reads more or less than the tape holds is a mismatch. */
export interface Tape {
  readonly clock: readonly number[];
  /** Results of `ctx.random(n)`. */
  readonly random: readonly { readonly n: number; readonly value: number }[];
  /** What was deleted behind calls because its time to live was over. */
  readonly cleaned: readonly Cleaned[];
  readonly place: Place;
  /** See `TurnLog`. */
  readonly strict?: boolean;
}
/** All that had expired of a key in a state. */
export interface Cleaned {
  readonly state: string;
  readonly key: unknown;
  /** Clock reads of the turn before it: which call it followed. */
  readonly after: number;
}
/** A state that a snapshot leaves expired values out of. */
export interface SievedState {
  readonly state: string;
  readonly kind: StateKind;
  readonly ttlMs: number;
}

/** An effect: one element on one edge that leaves the chain. Order matters per edge. */
export interface ModelSend {
  /** `EdgeSpec.id`. */
  readonly edge: number;
  readonly value: unknown;
  readonly timestamp: Timestamp | undefined;
}
export interface ModelTimerFiring {
  readonly domain: 'event' | 'processing';
  readonly timestamp: Timestamp;
  readonly key: unknown;
  readonly namespace: TimeWindow | undefined;
}
export interface ModelPair {
  readonly left: unknown;
  readonly right: unknown;
  readonly leftTimestamp: Timestamp;
  readonly rightTimestamp: Timestamp;
}
/** `element`: its number in the attempt. */
export interface ModelRequest {
  readonly element: number;
  readonly request: unknown;
}
export interface ModelTurn {
  readonly sends: readonly ModelSend[];
  readonly sinkWrites: readonly { readonly sink: string; readonly value: unknown }[];
  readonly fired: readonly ModelTimerFiring[];
  /** Elements that came too late, with where they went. At most one per record turn. */
  readonly late: 'no' | 'late-output' | 'dropped';
  /** A record that no window took, and that is not late either. */
  readonly unassigned: boolean;
  /** Windows that took the element. */
  readonly added: readonly TimeWindow[];
  /** Panes that fired. */
  readonly panes: readonly { readonly key: unknown; readonly window: TimeWindow }[];
  /** Pairs of an interval join. */
  readonly pairs: readonly ModelPair[];
  /** What an external service is asked. */
  readonly requests: readonly ModelRequest[];
  /** The tape did not fit, or the user function threw: what happened. */
  readonly mismatch: string | undefined;
  /** The user function threw, with the tape fitting up to there. */
  readonly threw: boolean;
  /** The first of what it handed over that its type does not give back. */
  readonly lost?: Lost | undefined;
}

/** The logical content of an instance, for comparison with a snapshot's bytes. Order is not significant, except inside values. */
export interface ModelContent {
  readonly entries: readonly {
    readonly state: string;
    readonly key: unknown;
    readonly namespace: TimeWindow | undefined;
    readonly value: unknown;
  }[];
  readonly timers: readonly ModelTimerFiring[];
}

/** Of a key in a state; of a map one entry. */
export interface DroppedState {
  readonly state: string;
  readonly key: unknown;
  /** Undefined: it is no map. */
  readonly mapKey: unknown;
}

/**
 * One logical instance: (head uid, key group) of a keyed vertex. `fork` is cheap (copy on write): the witness forks at
 * every cut and goes back to a fork at a restore.
 */
export interface ModelInstance {
  /**
   * `eff`: the effective watermark before the turn; `edge`: the input edge. `broadcast`: of the subtask that the turn is at,
   * if the vertex has broadcast state.
   */
  record(
    edge: number,
    value: unknown,
    timestamp: Timestamp | undefined,
    eff: Timestamp,
    tape: Tape,
    broadcast?: ModelBroadcast,
  ): ModelTurn;
  /** `eff` rose to this; fires what is due, in timer order. */
  advance(eff: Timestamp, tape: Tape, broadcast?: ModelBroadcast): ModelTurn;
  processingTimer(timer: ModelTimerFiring, eff: Timestamp, tape: Tape, broadcast?: ModelBroadcast): ModelTurn;
  /** Timers that are set from here on are dropped: in batch, once a key has had its last record. */
  closeTimers(): void;
  /** The least timer of a domain; undefined if there is none. */
  nextEventTimer(): Timestamp | undefined;
  nextProcessingTimer(): Timestamp | undefined;
  content(): ModelContent;
  /** What a snapshot with clean-up at `now` holds of it is left. */
  sieve(states: readonly SievedState[], now: Timestamp): void;
  /** Something that had expired at `now` is gone from its state between two turns. False: there was nothing, or it had not. */
  drop(dropped: DroppedState, now: Timestamp): boolean;
  /** States that its subtask has asked for, with a time to live that is cleaned up in snapshots. */
  toSieve(place: Place): readonly SievedState[];
  fork(): ModelInstance;
  /** Once before a cut: what its subtask has asked for so far, it has asked for in all its key groups. */
  settle(place: Place): void;
  /** States that its subtask has asked for. */
  asked(place: Place): ReadonlySet<string>;
  /** Of a state that functions have asked for. */
  ttlOf(state: string): StateTtl | undefined;
  /** Its state, for the same operator of another version of the job. */
  handOver(): Handover;
}

/** State on its way to another version of a job: the model's own matter. */
export interface Handover {
  readonly states: object;
}

/**
 * What belongs to one subtask in one attempt, and to no key: its copy of the broadcast state, its lists and its function object.
 * Turns of key groups read broadcast state; broadcast elements write it. Of a vertex without key all turns are its own.
 */
export interface ModelBroadcast {
  /** Its elements that wait for answers, if it is of an operator that asks an external service. */
  readonly async?: ModelAsync;
  /** The task opens: its function registers its states, and may change them. Nothing for a keyed function. */
  open(place: Place): void;
  /** `groups`: the key groups of the subtask that have an instance, for a turn that visits their state, which changes it. */
  record(
    edge: number,
    value: unknown,
    timestamp: Timestamp | undefined,
    tape: Tape,
    groups: () => readonly ModelInstance[],
  ): ModelTurn;
  /** For turns of key groups. */
  readOnly<K, V>(descriptor: MapDescriptor<K, V>): ReadOnlyBroadcastState<K, V>;
  /** States that have entries; entries in the order of the serialized keys. */
  content(): readonly { readonly state: string; readonly entries: readonly (readonly [unknown, unknown])[] }[];
  /** The lists as a snapshot holds them, in order of name; those without items, too. */
  lists(): readonly OwnedList[];
  fork(): ModelBroadcast;
  handOver(): Handover;
}

export type AsyncOutcome = 'answered' | 'failed' | 'throttled';

/** Elements of a subtask for which an external service is asked; `element` is its number in the attempt. */
export interface ModelAsync {
  /** The watermark that has gone out by now; MIN: none. */
  readonly forwarded: Timestamp;
  /** Nothing waits, no watermark either. */
  readonly isEmpty: boolean;
  /** The next element that waited in the restored state is asked about. */
  resumed(value: unknown, timestamp: Timestamp | undefined, tape: Tape): ModelTurn;
  /** Request `nth` about an element leaves. */
  sent(element: number, nth: number): void;
  /** Something comes of it. */
  answered(element: number, nth: number, outcome: AsyncOutcome, value: unknown): void;
  timedOut(element: number): void;
  /** The result of an element goes out. */
  completed(element: number, by: 'answer' | 'timeout', tape: Tape): ModelTurn;
  /** The watermark of the task rose. */
  advance(watermark: Timestamp): void;
}

/** What the records of a split have left with its watermark generator. */
export interface ModelSplit {
  /** The largest event time; MIN before the first record. */
  readonly maxTimestamp: Timestamp;
  /** What a generator of the author's remembers; undefined of any other. */
  readonly own: unknown;
}
export interface ModelGenerator {
  /** `own` of a split of which nothing has been read. */
  start(): unknown;
  /** `own` after a record. */
  next(own: unknown, value: unknown, timestamp: Timestamp): unknown;
  /** The watermark that the records so far give; MIN: none. */
  earned(split: ModelSplit): Timestamp;
  /** The author's generator calls a split in this state idle. */
  isIdle(own: unknown): boolean;
}

export interface ModelVertex {
  /** uid of the chain's head. */
  readonly uid: string;
  readonly kind: 'source' | 'keyed' | 'stateless';
  /** Node ids of the chain, head first, in topological order. */
  readonly nodes: readonly number[];
  /** Edge ids that enter / leave the chain. */
  readonly inEdges: readonly number[];
  readonly outEdges: readonly number[];
  /** uids of the sinks in the chain. */
  readonly sinks: readonly string[];
  /** SEMANTICS K3, U1: what its head declares, else as many as its state has (undefined: none), else the default of the parallelism. */
  maxParallelism(parallelism: number, stored?: number): number;
  /** Keyed: the key group of a value that arrives on this edge. */
  keyGroupOf(edge: number, value: unknown, maxParallelism: number): number;
  /** Keyed: the key group of a key. */
  keyGroupOfKey(key: unknown, maxParallelism: number): number;
  /** A task of it opens: the engine makes its function object. */
  opened(place: Place): void;
  /** Keyed: a fresh instance; or one with the state of another version of the job, most of which is migrated when it is asked for. */
  instance(from?: Handover): ModelInstance;
  /** A fresh broadcast side; undefined for a vertex without broadcast state. `from`: as of `instance`. Throws if it cannot be. */
  readonly broadcast: ((from?: Handover) => ModelBroadcast) | undefined;
  /** What new subtask `subtask` of `parallelism` starts from. `old`: by old subtask; undefined for one that had finished. */
  handOver(
    old: readonly (ModelBroadcast | undefined)[],
    subtask: number,
    parallelism: number,
  ): ModelBroadcast | undefined;
  /** Whether the turn of an element of this edge is the broadcast side's: all of them without key, else broadcast elements. */
  isBroadcastTurn(edge: number): boolean;
  /**
   * Source: one record turn. Event time by the watermark spec of the source. `counts`: for the watermark; a record that is too
   * far ahead of the clock on the tape does not.
   */
  sourceRecord(value: unknown, tape: Tape): ModelTurn & { readonly timestamp: Timestamp; readonly counts: boolean };
  /** Source: its watermark generator. */
  readonly generator: ModelGenerator | undefined;
  /** Stateless, without broadcast state: one record turn. */
  record(edge: number, value: unknown, timestamp: Timestamp | undefined): ModelTurn;
}

export interface Model {
  readonly executionMode: ExecutionMode;
  /** With functions of the model's own, if the job can be recorded anew. */
  readonly job: JobSpec;
  /** Whether each of its functions lives for a call only. */
  readonly forgets: boolean;
  /** Exchanges the functions that live for a call for new ones, whose closures are empty. */
  renew(): void;
  /** In topological order. */
  readonly vertices: readonly ModelVertex[];
  vertex(uid: string): ModelVertex;
  /** The vertex that sends / receives on an edge; equal for an edge inside a chain. */
  sender(edge: number): ModelVertex;
  receiver(edge: number): ModelVertex;
  /** The subtask that owns a key group: its own formula. */
  ownerOf(keyGroup: number, parallelism: number, maxParallelism: number): number;
  /** Whether the edge has a channel from one subtask to the other. */
  joins(edge: number, sender: number, senders: number, receiver: number, receivers: number): boolean;
  /** The receiving subtask that the partitioner names; undefined: any that is joined (rebalance, rescale, shuffle); 'all': broadcast. */
  receiverOf(
    edge: number,
    value: unknown,
    senderSubtask: number,
    receiverParallelism: number,
    receiverMaxParallelism: number,
  ): number | 'all' | undefined;
}
