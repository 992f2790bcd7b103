/**
 * The keyed operator at the head of a chain: its backend, its watermark floors, its timers.
 *
 * Every turn of it is stated from here, around the operator: a record, the event-time timers of a watermark, one
 * processing-time timer at a time.
 */
import type { Timestamp } from '../api/functions.ts';
import type { EdgeSpec, Erased, NodeSpec } from '../api/spec.ts';
import type { KeyedHandle } from '../checkpoint/metadata.ts';
import { assert, IoError, JobError } from '../errors.ts';
import type { Probe, TaskId } from '../facts.ts';
import type { PhysicalVertex } from '../graph/physical.ts';
import type { Parts } from '../parts.ts';
import type { Clock, ObjectStore, Random } from '../ports.ts';
import type { KeyedSnapshot, KeyedStateBackend, KeyGroupRange } from '../state/backend.ts';
import { Floors } from '../time/floors.ts';
import type { Coroutine } from '../waiting.ts';
import type { NodeOutputs } from './chain.ts';
import { freezingBackend } from './freeze.ts';
import type { KeyedOperator, OperatorHost } from './operator.ts';
import { ProcessOperator } from './process-operator.ts';
import { WindowOperator } from './window-operator.ts';

export interface KeyedHeadEnv {
  readonly vertex: PhysicalVertex;
  readonly range: KeyGroupRange;
  readonly task: TaskId;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly random: Random;
  readonly parts: Parts;
  readonly freezeValues: boolean;
  readonly outputs: NodeOutputs;
  /** (Re)arms the task's processing-time timer for this timestamp if it is the earliest. */
  readonly armProcessingTimer: (timestamp: Timestamp) => void;
}

export class KeyedHead implements OperatorHost {
  readonly task: TaskId;
  readonly probe: Probe;
  readonly backend: KeyedStateBackend;
  readonly range: KeyGroupRange;
  readonly #env: KeyedHeadEnv;
  readonly #floors: Floors;
  readonly #operator: KeyedOperator;
  readonly #keyOf = new Map<number, Erased<unknown>>();

  constructor(env: KeyedHeadEnv) {
    this.#env = env;
    this.task = env.task;
    this.probe = env.probe;
    this.range = env.range;
    const head = env.vertex.nodes[0];
    assert(head !== undefined, () => `vertex ${env.vertex.uid} has no head`);
    const keyType = this.#readKeys(env.vertex.inEdges);
    const backend = env.parts.stateBackend({ range: env.range, maxParallelism: env.vertex.maxParallelism, keyType });
    this.backend = env.freezeValues ? freezingBackend(backend) : backend;
    this.#floors = new Floors(env.range);
    this.#operator = operatorOf(head, this);
  }

  /** Reads the key groups that were dealt to this subtask. Before `open`. */
  *restore(handles: readonly KeyedHandle[], objects: ObjectStore): Coroutine<void> {
    for (const handle of handles) {
      const bytes = yield* objects.get(handle.object);
      if (bytes === undefined) throw new IoError(`checkpoint object ${handle.object} is missing`);
      const header = bytes.subarray(handle.header.at, handle.header.at + handle.header.length);
      for (const group of handle.groups) {
        const content = bytes.subarray(group.at, group.at + group.length);
        for (let keyGroup = group.first; keyGroup <= group.last; keyGroup++) {
          this.#floors.restore(keyGroup, this.backend.restore(header, keyGroup, content));
        }
      }
    }
  }

  open(): void {
    this.#operator.open({ uid: this.task.vertex, subtask: this.task.subtask, parallelism: this.#env.vertex.parallelism });
    const head = this.backend.timers('processing').head();
    if (head !== undefined) this.#env.armProcessingTimer(head);
  }

  close(): void {
    this.#operator.close();
  }

  /** A record of an input edge. Inside a turn. */
  process(edge: number, value: unknown, timestamp: Timestamp | undefined): void {
    const keyOf = this.#keyOf.get(edge);
    assert(keyOf !== undefined, () => `vertex ${this.task.vertex} has no keyed input edge ${edge}`);
    this.backend.setCurrentKey(keyOf(value));
    this.#operator.processElement(value, timestamp);
  }

  /** The task's watermark rose: fires what is due (SEMANTICS W4) and returns what to forward (W5). Inside a turn. */
  advance(watermark: Timestamp): Timestamp | undefined {
    const { eligible, forward } = this.#floors.advance(watermark);
    const timers = this.backend.timers('event');
    for (;;) {
      const timer = timers.poll(watermark, eligible);
      if (timer === undefined) return forward;
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
  }

  /** Fires all processing-time timers that are due, a turn each, and returns the next one's time. */
  fireProcessingTimers(): Timestamp | undefined {
    const timers = this.backend.timers('processing');
    const now = this.#env.clock.now();
    for (;;) {
      const timer = timers.poll(now);
      if (timer === undefined) return timers.head();
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
      this.probe.turnEnded?.({ task: this.task });
    }
  }

  /** The sync part: structure only, with the effective watermark of each group (SEMANTICS W2). */
  snapshot(): KeyedSnapshot {
    return this.backend.snapshot((keyGroup) => this.#floors.effective(keyGroup));
  }

  // ---- OperatorHost

  effectiveWatermark(): Timestamp {
    return this.#floors.effective(this.backend.currentKeyGroup);
  }

  emit(value: unknown, timestamp: Timestamp | undefined): void {
    this.#env.outputs.main.receive(value, timestamp);
  }

  emitSide(tag: string, value: unknown, timestamp: Timestamp | undefined): void {
    this.#env.outputs.side(tag).receive(value, timestamp);
  }

  now(): Timestamp {
    const now = this.#env.clock.now();
    this.probe.clockRead?.({ task: this.task, now });
    return now;
  }

  random(n: number): number {
    const value = this.#env.random.below(n);
    this.probe.randomDrawn?.({ task: this.task, n, value });
    return value;
  }

  processingTimerRegistered(timestamp: Timestamp): void {
    this.#env.armProcessingTimer(timestamp);
  }

  #readKeys(edges: readonly EdgeSpec[]): Extract<EdgeSpec['partition'], { kind: 'hash' }>['keyType'] {
    let keyType: Extract<EdgeSpec['partition'], { kind: 'hash' }>['keyType'] | undefined;
    for (const edge of edges) {
      if (edge.partition.kind !== 'hash') {
        throw new JobError(`keyed operator ${this.#env.vertex.uid} has an input that is not keyed; use keyBy before it`);
      }
      this.#keyOf.set(edge.id, edge.partition.key);
      keyType = edge.partition.keyType;
    }
    assert(keyType !== undefined, () => `keyed operator ${this.#env.vertex.uid} has no input`);
    return keyType;
  }
}

function operatorOf(head: NodeSpec, host: OperatorHost): KeyedOperator {
  switch (head.operator.kind) {
    case 'process':
      return new ProcessOperator(head.operator.create, host);
    case 'window':
      return new WindowOperator(head.operator, host);
    default:
      throw new JobError(`operator ${head.uid} (${head.operator.kind}) cannot be keyed`);
  }
}

