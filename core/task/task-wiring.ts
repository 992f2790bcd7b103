/** How a task is put together: channels, reader, keyed head and sinks, from what it was deployed with. */
import type { Timestamp } from '../job/functions.ts';
import type { EdgeSpec, NodeSpec, OperatorSpec } from '../job/spec.ts';
import { requireSink } from '../connectors/check.ts';
import { guardedSink, guardedSource } from '../connectors/own-code.ts';
import { requireSource } from '../connectors/check.ts';
import { createSinkOperator, type SinkOperator } from '../operators/sink-operator.ts';
import { SourceOperator } from '../operators/source-operator.ts';
import type { BarrierHandler } from '../checkpoint/barriers/barrier-handler.ts';
import { readRestored } from '../checkpoint/restore/restored-objects.ts';
import { decodeChannelState } from '../checkpoint/storage/channel-state.ts';
import { stateDirectory, taskPrefix } from '../state/host-files.ts';
import { assert } from '../errors.ts';
import type { ChannelId } from '../facts.ts';
import { inputNumberOf } from '../graph/inputs.ts';
import { keyGroupRange } from '../graph/key-groups.ts';
import { partitionerOf } from '../graph/partitioners.ts';
import { isPointwise, pointwiseReceivers, sendersInto } from '../graph/pointwise.ts';
import { UserCode } from '../user-code.ts';
import { serializerOf } from '../values/serializers.ts';
import type { Coroutine, Scope } from '../waiting.ts';
import { type Chain, OutputEdge } from '../operators/chain.ts';
import { type ChannelListener, InputChannel } from '../channels/input-gate.ts';
import type { StreamElement } from '../channels/elements.ts';
import { KeyedHead } from '../operators/heads/keyed-head.ts';
import { AsyncHead } from '../operators/heads/async-head.ts';
import { PlainHead } from '../operators/heads/plain-head.ts';
import type { HeadEnv } from '../operators/turn-host.ts';
import { OutputChannel } from '../channels/output-channel.ts';
import type { Mailbox } from './mailbox.ts';
import { Replay, type ReplayedChannel } from './replay.ts';
import type { TaskEnv } from './task-env.ts';
import type { TaskOutputs } from './task-outputs.ts';

/** `wake`: a channel that had no room has some again. */
export function outputEdgeOf(env: TaskEnv, edge: EdgeSpec, user: UserCode, wake: () => void): OutputEdge {
  const { graph, config, ports, task } = env;
  const sender = graph.sender(edge);
  const receiver = graph.receiver(edge);
  const { start, end } = isPointwise(edge)
    ? pointwiseReceivers(task.subtask, sender.parallelism, receiver.parallelism)
    : { start: 0, end: receiver.parallelism };
  const channels: OutputChannel[] = [];
  for (let subtask = start; subtask < end; subtask++) {
    const id: ChannelId = { edge: edge.id, attempt: task.attempt, sender: task.subtask, receiver: subtask };
    channels.push(new OutputChannel(id, task, ports.probe, config, wake));
  }
  const partition = partitionerOf(edge, task.subtask, receiver.parallelism, receiver.maxParallelism, {
    parallelism: sender.parallelism,
    random: ports.random,
    edge: edgeName(env, edge),
    receiver: uidOf(env, edge.to),
    user,
  });
  return new OutputEdge(edge, channels, partition, start);
}

/** By the operators at its ends, which need not be heads of chains. */
function edgeName(env: TaskEnv, { from, to }: EdgeSpec): string {
  return `the edge from operator ${uidOf(env, from)} to operator ${uidOf(env, to)}`;
}

function uidOf({ job }: TaskEnv, node: number): string {
  return job.nodes[node]?.uid ?? '?';
}

/** In order of (edge, sender). */
export function inputChannelsOf(env: TaskEnv, listener: ChannelListener): readonly InputChannel[] {
  const { graph, vertex, task } = env;
  const channels: InputChannel[] = [];
  for (const edge of vertex.inEdges) {
    const senders = graph.sender(edge).parallelism;
    const { start, end } = sendersInto(edge, task.subtask, senders, vertex.parallelism);
    for (let sender = start; sender < end; sender++) {
      const id: ChannelId = { edge: edge.id, attempt: task.attempt, sender, receiver: task.subtask };
      channels.push(new InputChannel(id, channels.length, listener));
    }
  }
  return channels;
}

/** The input of the operator to which each channel belongs. */
export function inputNumbersOf({ vertex }: TaskEnv, channels: readonly InputChannel[]): readonly (1 | 2)[] {
  return channels.map(({ id }) => inputNumberOf(vertex, id.edge));
}

/** Who sends on the channel: `map[0]`. */
export function senderName({ job, graph }: TaskEnv, { id }: InputChannel): string {
  const edge = job.edges[id.edge];
  const sender = edge === undefined ? '?' : graph.vertexOf(edge.from).uid;
  return `${sender}[${id.sender}]`;
}

/** Undefined for a source. */
export function barrierHandlerOf(env: TaskEnv, channels: number): BarrierHandler | undefined {
  if (channels === 0) return undefined;
  return env.parts.barrierHandler({ channels, mode: env.config.checkpointing.mode });
}

/** Reads the in-flight data that was assigned to the task. Undefined if there is none. Throws `IoError` if an object is missing. */
export function* replayOf(env: TaskEnv, channels: readonly InputChannel[]): Coroutine<Replay | undefined> {
  const { inFlight, inFlightAttempt } = env.restore;
  if (inFlight.length === 0) return undefined;
  const objects = new Map<string, Uint8Array>();
  const replayed: ReplayedChannel[] = [];
  for (const { edge, sender, receiver, parts, shared, whole } of inFlight) {
    const spec = env.job.edges[edge];
    const physical = channels.filter((channel) => channel.id.edge === edge);
    const own = physical[sender % physical.length];
    assert(
      spec !== undefined && own !== undefined,
      () => `in-flight data of edge ${edge}, which does not end at ${env.task.vertex}`,
    );
    const elements: StreamElement[] = [];
    for (const { object, at, length } of parts) {
      const bytes = objects.get(object) ?? (yield* readRestored(env.restore, env.ports.objects, object));
      objects.set(object, bytes);
      elements.push(...decodeChannelState(bytes.subarray(at, at + length), serializerOf(spec.type)));
    }
    const id: ChannelId = { edge, attempt: inFlightAttempt, sender, receiver };
    replayed.push({
      id,
      physical: own.index,
      elements,
      isWhole: whole,
      isOwn: shared ? ownerCheck(env, spec) : () => true,
    });
  }
  return new Replay(replayed);
}

/** Whether a record of an edge is this task's: where a function of the record names the receiver, it is asked again. */
function ownerCheck(env: TaskEnv, edge: EdgeSpec): (value: unknown) => boolean {
  if (edge.partition.kind !== 'hash' && edge.partition.kind !== 'custom') return () => true;
  const { parallelism, maxParallelism } = env.vertex;
  const partitioner = partitionerOf(edge, 0, parallelism, maxParallelism, {
    parallelism: 1,
    random: env.ports.random,
    edge: edgeName(env, edge),
    receiver: uidOf(env, edge.to),
    user: new UserCode(),
  });
  if (partitioner === 'broadcast') return () => true;
  return (value) => partitioner(value) === env.task.subtask;
}

export function sinkOf(env: TaskEnv, node: NodeSpec, scope: Scope): SinkOperator {
  assert(node.operator.kind === 'sink', () => `${node.uid} is no sink`);
  const { job, ports, task, vertex, ownersMax } = env;
  return createSinkOperator(guardedSink(node.uid, requireSink(node.uid, node.operator.sink)), {
    job: job.name,
    sink: node.uid,
    task,
    parallelism: vertex.parallelism,
    subtasksMax: ownersMax,
    probe: ports.probe,
    ports,
    scope,
  });
}

export function sourceOf(
  { ports, config, task }: TaskEnv,
  head: Extract<OperatorSpec, { readonly kind: 'source' }>,
  user: UserCode,
  scope: Scope,
  mailbox: Mailbox,
): SourceOperator {
  return new SourceOperator(guardedSource(task.vertex, requireSource(task.vertex, head.source)), head.watermarks, {
    task,
    probe: ports.probe,
    ports,
    scope,
    fetchMaxRecords: config.fetchMaxRecords,
    keepsWatermarks: !config.flinkCompatibleWatermarks,
    user,
    wake: () => {
      mailbox.wake();
    },
    idleArrived: () => {
      mailbox.post({ kind: 'idle-arrived' });
    },
  });
}

/** Undefined unless the head is keyed. */
export function keyedHeadOf(
  env: TaskEnv,
  chain: Chain,
  user: UserCode,
  scope: Scope,
  armProcessingTimer: (timestamp: Timestamp) => void,
): KeyedHead | undefined {
  const { ports, parts, vertex, task, job, config } = env;
  if (!vertex.keyed) return undefined;
  const node = vertex.nodes[0];
  assert(node !== undefined, () => `vertex ${vertex.uid} has no head`);
  return new KeyedHead(headEnv(env, node, chain, user), {
    range: keyGroupRange(task.subtask, vertex.parallelism, vertex.maxParallelism),
    stateBackend: parts.stateBackend,
    stateSettings: {
      backend: config.stateBackend,
      memoryBytes: config.stateMemoryBytes,
      incremental: config.checkpointing.incremental,
    },
    disk: ports.disk,
    directory: `${stateDirectory(job.name)}/${taskPrefix(task)}`,
    scope,
    keepsFloors: !config.flinkCompatibleWatermarks,
    byKey: config.executionMode === 'batch',
    armProcessingTimer,
  });
}

/** Undefined unless the head asks an external service. */
export function asyncHeadOf(
  env: TaskEnv,
  chain: Chain,
  user: UserCode,
  outputs: TaskOutputs,
  mailbox: Mailbox,
): AsyncHead | undefined {
  const [node] = env.vertex.nodes;
  if (node?.operator.kind !== 'asyncWait') return undefined;
  return new AsyncHead(headEnv(env, node, chain, user), {
    operator: node.operator,
    services: env.ports.services,
    post: (event) => {
      mailbox.post({ kind: 'request', event });
    },
    sendWatermark: (watermark) => {
      outputs.sendWatermark(watermark);
    },
    sendStatus: (idle) => {
      outputs.sendStatus(idle);
    },
  });
}

/** Undefined unless the head is a process function without key. */
export function plainHeadOf(env: TaskEnv, chain: Chain, user: UserCode): PlainHead | undefined {
  const [node] = env.vertex.nodes;
  if (node?.operator.kind !== 'broadcast' && node?.operator.kind !== 'plainProcess') return undefined;
  return new PlainHead(headEnv(env, node, chain, user), node.operator);
}

function headEnv({ ports, vertex, task }: TaskEnv, node: NodeSpec, chain: Chain, user: UserCode): HeadEnv {
  const { probe, clock, random } = ports;
  return { vertex, task, probe, clock, random, outputs: chain.headOutputs, node, user };
}
