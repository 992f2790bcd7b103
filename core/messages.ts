/**
 * Control messages between job manager and task managers. Each carries the leader epoch, the attempt, and the
 * checkpoint id where there is one (-1 otherwise), so that a receiver can always tell what is out of date.
 *
 * A kind is spelled in one place: its row in `MESSAGES`. The byte on the wire, the codec, the type of the body and the
 * handlers that its receiver must have all derive from the row; who receives a kind and has no handler for it does not
 * compile. To add a kind: a row at the end, and its handler.
 *
 * Bytes: kind, leader epoch, attempt, checkpoint + 1 as varints, then the body by its type description.
 */
import { barrierOptionsType } from './channels/barrier-codec.ts';
import { taskRestore } from './checkpoint/restore/task-restore.ts';
import { taskMetricsType } from './checkpoint/snapshot/task-metrics.ts';
import { subtaskSnapshot } from './checkpoint/storage/metadata.ts';
import { partitionResult } from './batch/results.ts';
import { committableState, splitState } from './connectors/connector-state.ts';
import { EngineBug } from './errors.ts';
import { bytes, int32, int64, list, record, string, type TypeInfo } from './job/types.ts';
import { ByteReader, bytesOf } from './values/bytes.ts';
import { serializerOf, type TypeSerializer } from './values/serializers.ts';

/**
 * Who takes a message: a job manager, its current attempt (if the message is of it; in batch an attempt runs a stage), a task
 * manager, its door for queries, or who asks.
 */
export type Endpoint = 'jobManager' | 'attempt' | 'stage' | 'taskManager' | 'stateServer' | 'client';

interface MessageDefinition<E extends Endpoint, B> {
  readonly to: readonly E[];
  readonly codec: TypeSerializer<B>;
}

function message<E extends Endpoint, B>(to: readonly E[], body: TypeInfo<B>): MessageDefinition<E, B> {
  return { to, codec: serializerOf(body) };
}

const taskName = { vertex: string, subtask: int32 } as const;

const deployment = {
  parallelism: int32,
  /** Vertices that have been rescaled on their own: see `Scale`. */
  scaled: list(record({ vertex: string, parallelism: int32 })),
  /** -1: none. */
  restoredFrom: int64,
  /** Upper bound of the owners that may have open transactions. */
  ownersMax: int32,
  /** Host of each slot; subtask i of every vertex runs in slot i. */
  slotHosts: list(string),
  tasks: list(record({ ...taskName, restore: taskRestore })),
} as const;

/** The order of the rows is that on the wire: append only. */
const MESSAGES = {
  register: message(['jobManager'], record({ taskManager: string, host: string, incarnation: int32, slots: int32 })),
  heartbeat: message(['jobManager', 'taskManager'], record({})),
  taskRunning: message(['attempt', 'stage'], record(taskName)),
  acknowledge: message(['attempt'], record({ ...taskName, snapshot: subtaskSnapshot, metrics: taskMetricsType })),
  /** `reason`: see `DeclineReason`. */
  decline: message(['attempt'], record({ ...taskName, reason: string, message: string })),
  taskFailed: message(['attempt', 'stage'], record({ ...taskName, message: string })),
  /** All input of the task has been processed. */
  dataFinished: message(['attempt', 'stage'], record(taskName)),
  taskFinished: message(['attempt'], record(taskName)),
  attemptCancelled: message(['attempt', 'stage'], record({})),
  registered: message(['taskManager'], record({})),
  deploy: message(['taskManager'], record(deployment)),
  cancel: message(['taskManager'], record({})),
  /** For the named tasks: those that run and have no running task before them. */
  trigger: message(
    ['taskManager'],
    record({ triggeredAt: int64, options: barrierOptionsType, tasks: list(record(taskName)) }),
  ),
  /** Means all up to this one, too. */
  notifyComplete: message(['taskManager'], record({})),
  /** `latestCompleted`: makes up for a lost notification of completion; 0: none. */
  notifyAborted: message(['taskManager'], record({ reason: string, latestCompleted: int64 })),
  addSplits: message(['taskManager'], record({ source: string, subtask: int32, splits: list(splitState) })),
  noMoreSplits: message(['taskManager'], record({ source: string, subtask: int32 })),
  /** A task failed by a mistake of the job, which a restart would only repeat. `operator`: uid. */
  jobFault: message(['attempt', 'stage'], record({ ...taskName, operator: string, message: string })),
  /** Where a reader of an alignment group stands; MAX if it is idle. */
  watermarkReport: message(['attempt'], record({ ...taskName, watermark: int64 })),
  /** How far the readers of an alignment group may go. */
  alignmentLimit: message(['taskManager'], record({ source: string, subtask: int32, limit: int64 })),
  /** Where is the keyed state of an operator? */
  lookUp: message(['jobManager'], record({ operator: string })),
  /** `error`: see `QueryError`; "": none. `hosts`: of its subtasks, as far as they are known. The header has their attempt. */
  located: message(
    ['client'],
    record({ error: string, parallelism: int32, maxParallelism: int32, hosts: list(string) }),
  ),
  /** Of the task of the header's attempt. */
  readState: message(['stateServer'], record({ operator: string, subtask: int32, state: string, key: bytes })),
  stateRead: message(['client'], record({ error: string, value: bytes, now: int64 })),
  /** Batch: the subtasks of one chain, with the results of others that they read. */
  deployStage: message(
    ['taskManager'],
    record({
      parallelism: int32,
      stage: string,
      subtasks: list(int32),
      /** Upper bound of the owners that may have open transactions. */
      ownersMax: int32,
      inputs: list(partitionResult),
    }),
  ),
  /** All input of the task is processed, its results are in the store, and what its sinks have written is prepared. */
  stageTaskFinished: message(
    ['stage'],
    record({ ...taskName, partitions: list(partitionResult), pending: list(committableState) }),
  ),
  /** A part of a result that the task reads is gone: the task has failed. */
  resultLost: message(['stage'], record({ ...taskName, partition: partitionResult, message: string })),
  /** `deploy`, where operators have another number of key groups than follows from the job: that of their state. */
  deployAdopting: message(
    ['taskManager'],
    record({ ...deployment, keyGroups: list(record({ vertex: string, maxParallelism: int32 })) }),
  ),
  /** The job has ended: what hosts keep of its state goes. */
  release: message(['taskManager'], record({})),
} as const;

type Rows = typeof MESSAGES;
export type MessageKind = keyof Rows;
type BodyOf<Row> = Row extends MessageDefinition<Endpoint, infer B> ? B : never;
type Bodies = { readonly [K in MessageKind]: BodyOf<Rows[K]> };
export type Body<K extends MessageKind> = Bodies[K];
/** The kinds that an endpoint takes. */
export type KindsTo<E extends Endpoint> = {
  readonly [K in MessageKind]: E extends Rows[K]['to'][number] ? K : never;
}[MessageKind];

export interface MessageHeader {
  readonly leaderEpoch: number;
  readonly attempt: number;
  /** -1: none. */
  readonly checkpoint: number;
}

type Handler<K extends MessageKind, From> = (header: MessageHeader, body: Bodies[K], from: From) => void;
/** What an endpoint does with each kind that it takes. `From`: what it knows of the connection that a message came by. */
export type MessageHandlers<E extends Endpoint, From = void> = {
  readonly [K in KindsTo<E>]: Handler<K, From>;
};
type AnyHandlers<From> = { readonly [K in MessageKind]?: Handler<K, From> };

const definitions: { readonly [K in MessageKind]: MessageDefinition<Endpoint, Bodies[K]> } = MESSAGES;
const isKind = (name: string): name is MessageKind => Object.hasOwn(MESSAGES, name);
const KINDS: readonly MessageKind[] = Object.keys(MESSAGES).filter(isKind);
const CODES: ReadonlyMap<MessageKind, number> = new Map(KINDS.map((kind, code) => [kind, code]));

export function encodeMessage<K extends MessageKind>(kind: K, header: MessageHeader, body: Bodies[K]): Uint8Array {
  const code = CODES.get(kind);
  if (code === undefined) throw new EngineBug(`a control message of no known kind: ${kind}`);
  return bytesOf((out) => {
    out.byte(code);
    out.varint(header.leaderEpoch);
    out.varint(header.attempt);
    out.varint(header.checkpoint + 1);
    definitions[kind].codec.write(body, out);
  });
}

/** A message that came in: its header is read, its body only when it is delivered. */
export interface IncomingMessage {
  readonly kind: MessageKind;
  readonly header: MessageHeader;
  isTo(endpoint: Endpoint): boolean;
  /** Once. A kind without a handler is not for this endpoint: a bug of the sender. */
  deliver<From>(handlers: AnyHandlers<From>, from: From): void;
}

export function openMessage(sent: Uint8Array): IncomingMessage {
  const input = new ByteReader(sent);
  const kind = KINDS[input.byte()];
  if (kind === undefined) throw new EngineBug('a control message of no known kind');
  const leaderEpoch = input.varint();
  const attempt = input.varint();
  const header = { leaderEpoch, attempt, checkpoint: input.varint() - 1 };
  return {
    kind,
    header,
    isTo: (endpoint) => definitions[kind].to.includes(endpoint),
    deliver: (handlers, from) => {
      deliver(kind, header, input, handlers, from);
    },
  };
}

function deliver<K extends MessageKind, From>(
  kind: K,
  header: MessageHeader,
  input: ByteReader,
  handlers: AnyHandlers<From>,
  from: From,
): void {
  const handler = handlers[kind];
  if (handler === undefined) throw new EngineBug(`a ${kind} message came to an endpoint that takes none`);
  handler(header, definitions[kind].codec.read(input), from);
}
