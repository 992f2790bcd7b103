/**
 * Control messages between job manager and task managers. Each carries the leader epoch, the attempt, and the
 * checkpoint id where there is one (-1 otherwise), so that a receiver can always tell what is out of date.
 *
 * Bytes: kind, leader epoch, attempt, checkpoint + 1 as varints, then the body by its type description.
 */
import { int32, int64, list, record, string, type TypeOf } from '../job/types.ts';
import { subtaskSnapshot } from '../checkpoint/storage/metadata.ts';
import { splitState } from '../connectors/connector-state.ts';
import { barrierOptionsType } from '../channels/barrier-codec.ts';
import { taskMetricsType } from '../checkpoint/snapshot/task-metrics.ts';
import { taskRestore } from '../checkpoint/restore/task-restore.ts';
import { EngineBug } from '../errors.ts';
import { ByteReader, ByteWriter } from '../values/bytes.ts';
import { serializerOf, type TypeSerializer } from '../values/serializers.ts';

const taskName = { vertex: string, subtask: int32 } as const;

const bodies = {
  // task manager -> job manager
  register: record({ taskManager: string, host: string, incarnation: int32, slots: int32 }),
  heartbeat: record({}),
  taskRunning: record(taskName),
  acknowledge: record({ ...taskName, snapshot: subtaskSnapshot, metrics: taskMetricsType }),
  /** `reason`: see `DeclineReason`. */
  decline: record({ ...taskName, reason: string, message: string }),
  taskFailed: record({ ...taskName, message: string }),
  /** All input of the task has been processed. */
  dataFinished: record(taskName),
  taskFinished: record(taskName),
  attemptCancelled: record({}),
  // job manager -> task manager
  registered: record({}),
  deploy: record({
    parallelism: int32,
    /** -1: none. */
    restoredFrom: int64,
    /** Upper bound of the owners that may have open transactions. */
    ownersMax: int32,
    /** Host of each slot; subtask i of every vertex runs in slot i. */
    slotHosts: list(string),
    tasks: list(record({ ...taskName, restore: taskRestore })),
  }),
  cancel: record({}),
  /** For the named tasks: those that run and have no running task before them. */
  trigger: record({ triggeredAt: int64, options: barrierOptionsType, tasks: list(record(taskName)) }),
  /** Means all up to this one, too. */
  notifyComplete: record({}),
  /** `latestCompleted`: makes up for a lost notification of completion; 0: none. */
  notifyAborted: record({ reason: string, latestCompleted: int64 }),
  addSplits: record({ source: string, subtask: int32, splits: list(splitState) }),
  noMoreSplits: record({ source: string, subtask: int32 }),
} as const;

type Bodies = { readonly [K in keyof typeof bodies]: TypeOf<(typeof bodies)[K]> };
export type MessageKind = keyof Bodies;
export type Body<K extends MessageKind> = Bodies[K];

export interface MessageHeader {
  readonly leaderEpoch: number;
  readonly attempt: number;
  /** -1: none. */
  readonly checkpoint: number;
}

/** What an endpoint does with each kind; a kind without a handler is not for it and a bug of the sender. */
export type MessageHandlers = { readonly [K in MessageKind]?: (header: MessageHeader, body: Bodies[K]) => void };

/** Order on the wire: append only. */
const KINDS = [
  'register',
  'heartbeat',
  'taskRunning',
  'acknowledge',
  'decline',
  'taskFailed',
  'dataFinished',
  'taskFinished',
  'attemptCancelled',
  'registered',
  'deploy',
  'cancel',
  'trigger',
  'notifyComplete',
  'notifyAborted',
  'addSplits',
  'noMoreSplits',
] as const satisfies readonly MessageKind[];

type Serializers = { readonly [K in MessageKind]: TypeSerializer<Bodies[K]> };
const serializers: Serializers = {
  register: serializerOf(bodies.register),
  heartbeat: serializerOf(bodies.heartbeat),
  taskRunning: serializerOf(bodies.taskRunning),
  acknowledge: serializerOf(bodies.acknowledge),
  decline: serializerOf(bodies.decline),
  taskFailed: serializerOf(bodies.taskFailed),
  dataFinished: serializerOf(bodies.dataFinished),
  taskFinished: serializerOf(bodies.taskFinished),
  attemptCancelled: serializerOf(bodies.attemptCancelled),
  registered: serializerOf(bodies.registered),
  deploy: serializerOf(bodies.deploy),
  cancel: serializerOf(bodies.cancel),
  trigger: serializerOf(bodies.trigger),
  notifyComplete: serializerOf(bodies.notifyComplete),
  notifyAborted: serializerOf(bodies.notifyAborted),
  addSplits: serializerOf(bodies.addSplits),
  noMoreSplits: serializerOf(bodies.noMoreSplits),
};

export function encodeMessage<K extends MessageKind>(kind: K, header: MessageHeader, body: Bodies[K]): Uint8Array {
  const out = new ByteWriter(64);
  out.byte(KINDS.indexOf(kind));
  out.varint(header.leaderEpoch);
  out.varint(header.attempt);
  out.varint(header.checkpoint + 1);
  serializers[kind].write(body, out);
  return out.take();
}

/** Decodes and hands over to the handler of its kind. */
export function dispatchMessage(bytes: Uint8Array, handlers: MessageHandlers): void {
  const input = new ByteReader(bytes);
  const kind = KINDS[input.byte()];
  if (kind === undefined) throw new EngineBug('a control message of no known kind');
  const leaderEpoch = input.varint();
  const attempt = input.varint();
  const header: MessageHeader = { leaderEpoch, attempt, checkpoint: input.varint() - 1 };
  deliver(kind, header, input, handlers);
}

function deliver<K extends MessageKind>(
  kind: K,
  header: MessageHeader,
  input: ByteReader,
  handlers: MessageHandlers,
): void {
  const handler = handlers[kind];
  if (handler === undefined) throw new EngineBug(`a ${kind} message came to an endpoint that takes none`);
  handler(header, serializers[kind].read(input));
}
