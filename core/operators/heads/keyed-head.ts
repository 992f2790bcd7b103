/**
 * The keyed operator at the head of a chain: its backend, its watermark floors, its timers.
 *
 * Every turn of it is stated from here, around the operator: a record, the event-time timers of a watermark, one
 * processing-time timer at a time. A broadcast element is a turn of no key.
 */
import { MAX_TIMESTAMP, type Timestamp } from '../../job/functions.ts';
import type { EdgeSpec, NodeSpec, OperatorSpec } from '../../job/spec.ts';
import type { TypeInfo } from '../../job/types.ts';
import type { KeyedHandle } from '../../state/handles.ts';
import { assert, EngineBug, JobError } from '../../errors.ts';
import { type KeyOf, keyOfEdge } from '../../graph/key-functions.ts';
import { inputNumberOf } from '../../graph/inputs.ts';
import type { Disk } from '../../ports.ts';
import type {
  KeyedSnapshot,
  KeyedStateBackend,
  ObjectReader,
  Sieve,
  StateBackend,
  StateSettings,
  TimerEntry,
} from '../../state/backend.ts';
import { createSingleKeyBackend, type SingleKeyBackend } from '../../state/heap/heap-backend.ts';
import { keyGroupOf, type KeyGroupRange } from '../../graph/key-groups.ts';
import { keyHasher } from '../../values/hash.ts';
import { fromBytes } from '../../values/serializers.ts';
import type { StateQuestion, StateRead } from '../../state/queried.ts';
import { sieveOf } from '../../state/timed.ts';
import { BroadcastStore } from '../../state/broadcast-state.ts';
import { Floors } from '../../time/floors.ts';
import type { Coroutine, Scope } from '../../waiting.ts';
import { CoProcessOperator } from '../co-process-operator.ts';
import { IntervalJoinOperator } from '../interval-join-operator.ts';
import { KeyedBroadcastOperator } from '../keyed-broadcast-operator.ts';
import type { KeyedOperator, OperatorHost } from '../operator.ts';
import { ProcessOperator } from '../process-operator.ts';
import { FinalReduceOperator, ReduceOperator } from '../reduce-operator.ts';
import { type HeadEnv, HeadOfChain } from '../turn-host.ts';
import { WindowOperator } from '../windows/window-operator.ts';

export interface KeyedHeadEnv {
  readonly range: KeyGroupRange;
  readonly stateBackend: StateBackend;
  readonly disk: Disk;
  readonly stateSettings: StateSettings;
  /** The backend's own on the disk. */
  readonly directory: string;
  /** The backend's coroutines live in it. */
  readonly scope: Scope;
  /** Whether floors are restored (SEMANTICS W3). */
  readonly keepsFloors: boolean;
  /** Batch: keys come one after the other, and the state is that of one key at a time (SEMANTICS E3). */
  readonly byKey: boolean;
  /** (Re)arms the task's processing-time timer for this timestamp if it is the earliest. */
  readonly armProcessingTimer: (timestamp: Timestamp) => void;
}

export class KeyedHead extends HeadOfChain implements OperatorHost {
  readonly backend: KeyedStateBackend;
  readonly range: KeyGroupRange;
  /** Undefined unless it is a broadcast process function. */
  readonly broadcast: BroadcastStore | undefined;
  readonly #env: KeyedHeadEnv;
  readonly #keyType: TypeInfo;
  readonly #floors: Floors;
  readonly #operator: KeyedOperator;
  /** The same operator, if it has a broadcast side. */
  readonly #broadcastSide: KeyedBroadcastOperator | undefined;
  /** The backend in batch. */
  readonly #single: SingleKeyBackend | undefined;
  /** Of the current key, in batch. */
  #endsKey = false;
  readonly #keyedInputs = new Map<number, { readonly keyOf: KeyOf; readonly input: 1 | 2 }>();

  constructor(base: HeadEnv, env: KeyedHeadEnv) {
    super(base);
    this.#env = env;
    this.range = env.range;
    const { node, vertex, user } = base;
    const { operator } = node;
    const keyType = (this.#keyType = this.#readKeys(vertex.inEdges, operator));
    const { range, disk, directory, scope } = env;
    const { maxParallelism } = vertex;
    const now = (): Timestamp => this.clock.now();
    this.#single = env.byKey ? createSingleKeyBackend({ range, maxParallelism, keyType, now }) : undefined;
    this.backend =
      this.#single ??
      env.stateBackend.create({
        range,
        maxParallelism,
        keyType,
        disk,
        directory,
        scope,
        settings: env.stateSettings,
        event: (event) => {
          this.probe.stateStore?.({ task: this.task, event });
        },
        now,
        adopted: (state, migrated, touch) => {
          this.probe.stateAdopted?.({ task: this.task, state, migrated, touch });
        },
        dropped: (dropped) => {
          this.probe.stateDropped?.({ task: this.task, ...dropped });
        },
      });
    this.#floors = new Floors(env.range);
    if (operator.kind === 'keyedBroadcast') {
      this.broadcast = new BroadcastStore(node.uid, operator.states, user);
      this.#operator = this.#broadcastSide = new KeyedBroadcastOperator(operator.create, this, this.broadcast);
    } else {
      this.#operator = operatorOf(node, this, env.byKey);
    }
  }

  /** Reads the key groups of this subtask. Before `open`. */
  *restore(handles: readonly KeyedHandle[], read: ObjectReader): Coroutine<void> {
    for (const { start, end, floor } of yield* this.backend.restore(handles, read)) {
      if (!this.#env.keepsFloors) continue;
      for (let keyGroup = start; keyGroup <= end; keyGroup++) this.#floors.restore(keyGroup, floor);
    }
  }

  open(): void {
    this.#operator.open({
      uid: this.task.vertex,
      subtask: this.task.subtask,
      parallelism: this.vertex.parallelism,
    });
    const head = this.backend.timers('processing').head();
    if (head !== undefined) this.#env.armProcessingTimer(head);
  }

  close(): void {
    try {
      this.#operator.close();
    } finally {
      this.backend.close();
    }
  }

  /** A record of an input edge. Inside a turn. */
  process(edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    const keyed = this.#keyedInputs.get(edge);
    if (keyed === undefined) {
      assert(this.#broadcastSide !== undefined, () => `vertex ${this.task.vertex} has no keyed input edge ${edge}`);
      this.#broadcastSide.processBroadcastElement(value, timestamp);
    } else {
      this.#selectKey(keyed.keyOf, value);
      this.#operator.processElement(value, timestamp, keyed.input);
    }
    this.#checkReads();
  }

  /** The task's watermark rose: fires what is due (SEMANTICS W4) and returns what to forward (W5). Inside a turn. */
  advance(watermark: Timestamp): Timestamp | undefined {
    const { eligible, forward } = this.#floors.advance(watermark);
    const timers = this.backend.timers('event');
    for (;;) {
      const timer = timers.poll(watermark, eligible);
      if (timer === undefined) break;
      this.#fireEventTimer(timer);
    }
    this.#checkReads();
    return forward;
  }

  /**
   * Fires the processing-time timers of the earliest time if its millisecond is over, a turn each, and returns the next time.
   * One time only: a task that is late takes input between the times that it missed (SEMANTICS T4).
   */
  fireProcessingTimers(): Timestamp | undefined {
    const timers = this.backend.timers('processing');
    const now = this.clock.now();
    const due = Math.min(timers.head() ?? now, now - 1);
    for (;;) {
      const timer = timers.poll(due);
      if (timer === undefined) return timers.head();
      this.#fireProcessingTimer(timer, now);
    }
  }

  /**
   * Batch: the current key has had its last record. Event time ends for it (SEMANTICS E3): its event-time timers fire, then those of
   * processing time, whatever the clock says, and its state goes. Turns of their own.
   */
  endKey(): void {
    assert(
      this.#single !== undefined,
      () => `keys of ${this.task.vertex} do not end: it is no operator of a batch job`,
    );
    const key = this.backend.currentKey;
    const keyGroup = this.backend.currentKeyGroup;
    this.#endsKey = true;
    this.#single.endKey();
    this.probe.keyEnded?.({ task: this.task, key, keyGroup });
    const events = this.backend.timers('event');
    for (let timer = events.poll(MAX_TIMESTAMP); timer !== undefined; timer = events.poll(MAX_TIMESTAMP)) {
      this.#fireEventTimer(timer);
    }
    this.calls.user.check();
    this.probe.turnEnded?.({ task: this.task });
    const now = this.clock.now();
    const others = this.backend.timers('processing');
    for (let timer = others.poll(MAX_TIMESTAMP); timer !== undefined; timer = others.poll(MAX_TIMESTAMP)) {
      this.#fireProcessingTimer(timer, now);
    }
    this.#single.forgetKey();
    this.#endsKey = false;
    this.probe.keyCleared?.({ task: this.task, key, keyGroup });
  }

  #fireEventTimer(timer: TimerEntry): void {
    this.backend.setCurrentKey(timer.key);
    this.probe.eventTimerFired?.({
      task: this.task,
      timestamp: timer.timestamp,
      key: timer.key,
      keyGroup: timer.keyGroup,
      namespace: timer.namespace,
    });
    this.#operator.onEventTimer(timer);
  }

  /** A turn. */
  #fireProcessingTimer(timer: TimerEntry, now: Timestamp): void {
    this.backend.setCurrentKey(timer.key);
    this.probe.processingTimerFired?.({
      task: this.task,
      timestamp: timer.timestamp,
      now,
      key: timer.key,
      keyGroup: timer.keyGroup,
      namespace: timer.namespace,
    });
    this.#operator.onProcessingTimer(timer);
    this.#checkReads();
    this.calls.user.check();
    this.probe.turnEnded?.({ task: this.task });
  }

  /** Between turns. */
  queried({ state, key: bytes }: Pick<StateQuestion, 'state' | 'key'>): StateRead {
    const key = fromBytes(this.#keyType, bytes);
    const group = keyGroupOf(keyHasher(this.#keyType)(key), this.vertex.maxParallelism);
    if (group < this.range.start || group > this.range.end) return { error: 'not-running' };
    this.backend.setCurrentKey(key);
    const read = this.#operator.queried?.(state, this.clock.now()) ?? { error: 'unknown-state' };
    this.#checkReads();
    return read;
  }

  /** The sync part: structure only, with the effective watermark of each group (SEMANTICS W2). */
  snapshot(): KeyedSnapshot {
    return this.backend.snapshot(this.#floors.effectiveRanges(), this.#sieves());
  }

  /** What has expired by now and is cleaned up in full snapshots. */
  #sieves(): ReadonlyMap<string, Sieve> | undefined {
    const { sieved: states } = this.#operator;
    if (states === undefined || states.length === 0) return undefined;
    const now = this.clock.now();
    this.probe.snapshotSieved?.({ task: this.task, now, states });
    return new Map(states.map((state) => [state.state, sieveOf(state, now)]));
  }

  /**
   * The sender asked the key function twice and chose this subtask by its answer. If the key that comes out here is of another
   * subtask, either the function gives another answer each time, or the engine has misrouted the record.
   */
  #selectKey(keyOf: KeyOf, value: unknown): void {
    const key = keyOf.once(value);
    try {
      this.backend.setCurrentKey(key);
    } catch (error) {
      if (error instanceof EngineBug) keyOf.repeatedly(value);
      throw error;
    }
  }

  /** What the turn did rests on a read that failed, even if the user's code has caught what the read threw. */
  #checkReads(): void {
    const { failure } = this.backend;
    if (failure !== undefined) throw failure;
  }

  // ---- OperatorHost

  effectiveWatermark(): Timestamp {
    if (this.#endsKey) return MAX_TIMESTAMP;
    return this.#floors.effective(this.backend.currentKeyGroup);
  }

  processingTimerRegistered(timestamp: Timestamp): void {
    this.#env.armProcessingTimer(timestamp);
  }

  #readKeys(edges: readonly EdgeSpec[], operator: OperatorSpec): TypeInfo {
    let keyType: TypeInfo | undefined;
    for (const edge of edges) {
      const input = inputNumberOf(this.vertex, edge.id);
      if (input === 2 && operator.kind === 'keyedBroadcast') continue;
      if (edge.partition.kind !== 'hash') {
        throw new JobError(`keyed operator ${this.vertex.uid} has an input that is not keyed; use keyBy before it`);
      }
      this.#keyedInputs.set(edge.id, { keyOf: keyOfEdge(edge.partition, this.calls.user, this.calls.uid), input });
      keyType = edge.partition.keyType;
    }
    assert(keyType !== undefined, () => `keyed operator ${this.vertex.uid} has no input`);
    return keyType;
  }
}

function operatorOf(head: NodeSpec, host: OperatorHost, byKey: boolean): KeyedOperator {
  switch (head.operator.kind) {
    case 'process':
      return new ProcessOperator(head.operator.create, host);
    case 'reduce':
      return byKey ? new FinalReduceOperator(head.operator, host) : new ReduceOperator(head.operator, host);
    case 'coProcess':
      return new CoProcessOperator(head.operator.create, host);
    case 'window':
      return new WindowOperator(head.operator, host);
    case 'intervalJoin':
      return new IntervalJoinOperator(head.operator, host);
    default:
      throw new JobError(`operator ${head.uid} (${head.operator.kind}) cannot be keyed`);
  }
}
