/**
 * The reference model of a job: what each vertex must do in each turn, read off the job as data (DESIGN D10).
 *
 * It imports itself and the types of `core/api`, nothing else: hashes, windows, timer order, chains and equality are
 * written here a second time, so that a bug of the engine is not shared. It knows single turns only. Which turns there
 * are, in what order, and that their sends arrive, is the witness's to check.
 * Left out: that watermarks are legal, split assignment, checkpoints, transactions.
 */
import type { EdgeSpec, JobSpec, NodeSpec } from '../../core/job/spec.ts';
import { asyncSubtasks } from './async.ts';
import { besideBroadcast, keyedSide, plainSubtasks } from './broadcast.ts';
import { chainsOf, inputOf, isKeyed, outputOf, type Chain } from './chain.ts';
import { Functions } from './functions.ts';
import { generatorOf } from './generator.ts';
import { defaultMaxParallelism, keyGroupOf, ownerOf } from './key-groups.ts';
import { broadcastEdges, hashInput } from './keyed.ts';
import { JoinInstance, joinHead } from './interval-join.ts';
import { OwnJob } from './own-job.ts';
import { joins } from './pointwise.ts';
import { keyedBroadcastInstances, processInstances } from './process.ts';
import { ReduceInstance, reduceHead } from './reduce.ts';
import { EARLIEST } from './time.ts';
import { SourceTurn, TapeReader, TurnLog } from './turn.ts';
import type { ExecutionMode, FunctionLife, Model, ModelVertex, Place } from './types.ts';
import { WindowInstance, windowHead } from './window.ts';

/**
 * @param lives how long the function objects of all operators live, or those of the operator with this uid.
 * @throws Error if a keyed operator has an input that is not partitioned by key.
 */
export function createModel(
  given: JobSpec,
  lives: FunctionLife | ((uid: string) => FunctionLife) = 'turn',
  executionMode: ExecutionMode = 'streaming',
): Model {
  const lifeOf = typeof lives === 'string' ? () => lives : lives;
  const forgets = ({ uid }: NodeSpec): boolean => lifeOf(uid) === 'turn';
  const own = new OwnJob(given);
  own.renew();
  const { job } = own;
  const vertices = chainsOf(job).map((chain) => createVertex(job, chain, lifeOf(chain.head.uid), executionMode));
  const byUid = new Map(vertices.map((vertex) => [vertex.uid, vertex]));
  const byNode = new Map(vertices.flatMap((vertex) => vertex.nodes.map((node) => [node, vertex])));
  const edgeAt = (id: number): EdgeSpec => known(job.edges[id], `edge ${id}`);
  return {
    job,
    executionMode,
    forgets: job.nodes.every(forgets),
    renew: () => {
      if (job.nodes.some(forgets)) own.renew(forgets);
    },
    vertices,
    vertex: (uid) => known(byUid.get(uid), `vertex '${uid}'`),
    sender: (edge) => known(byNode.get(edgeAt(edge).from), `node ${edgeAt(edge).from}`),
    receiver: (edge) => known(byNode.get(edgeAt(edge).to), `node ${edgeAt(edge).to}`),
    ownerOf,
    joins: (edge, sender, senders, receiver, receivers) =>
      joins(edgeAt(edge).partition.kind, sender, senders, receiver, receivers),
    receiverOf(edge, value, senderSubtask, receiverParallelism, receiverMaxParallelism) {
      const { partition } = edgeAt(edge);
      switch (partition.kind) {
        case 'forward':
          return senderSubtask;
        case 'rebalance':
        case 'rescale':
        case 'shuffle':
          return undefined;
        case 'custom':
          return namedBy(partition.partition, value, receiverParallelism);
        case 'broadcast':
          return 'all';
        case 'hash': {
          const keyGroup = keyGroupOf(partition.keyType, partition.key(value), receiverMaxParallelism);
          return ownerOf(keyGroup, receiverParallelism, receiverMaxParallelism);
        }
      }
    },
  };
}

/** A function that throws, as one that names a receiver that is not there, has no legal one: -1. */
function namedBy(partition: (value: unknown, receivers: number) => number, value: unknown, receivers: number): number {
  try {
    return partition(value, receivers);
  } catch {
    return -1;
  }
}

function createVertex(job: JobSpec, chain: Chain, life: FunctionLife, executionMode: ExecutionMode): ModelVertex {
  const { head } = chain;
  const { operator, uid } = head;
  const edges = new Map(chain.inEdges.map((edge) => [edge.id, edge]));
  const { instance, broadcast, handOver, opened } = headOf(job, chain, life, executionMode);
  return {
    uid,
    kind: operator.kind === 'source' ? 'source' : isKeyed(head) ? 'keyed' : 'stateless',
    nodes: chain.nodes.map((node) => node.id),
    inEdges: chain.inEdges.map((edge) => edge.id),
    outEdges: chain.outEdges.map((edge) => edge.id),
    sinks: chain.nodes.filter((node) => node.operator.kind === 'sink').map((node) => node.uid),
    maxParallelism: (parallelism, stored) => head.maxParallelism ?? stored ?? defaultMaxParallelism(parallelism),
    keyGroupOf(edge, value, maxParallelism) {
      const input = hashInput(known(edges.get(edge), `edge ${edge} into '${uid}'`));
      return keyGroupOf(input.keyType, input.key(value), maxParallelism);
    },
    keyGroupOfKey(key, maxParallelism) {
      const keyed = chain.inEdges.find(({ partition }) => partition.kind === 'hash');
      return keyGroupOf(hashInput(known(keyed, `keyed edge into '${uid}'`)).keyType, key, maxParallelism);
    },
    instance,
    broadcast,
    handOver,
    opened,
    isBroadcastTurn: broadcastTurns(job, chain),
    sourceRecord: sourceTurns(job, chain),
    generator: operator.kind === 'source' ? generatorOf(operator.watermarks) : undefined,
    record: statelessTurns(job, chain),
  };
}

type StatefulHead = Pick<ModelVertex, 'instance' | 'broadcast' | 'handOver' | 'opened'>;

/** The state of the head and its functions. */
function headOf(job: JobSpec, { head }: Chain, life: FunctionLife, executionMode: ExecutionMode): StatefulHead {
  const { operator, uid } = head;
  /** What the engine makes when a task opens is made then, if it lives as long as the task. */
  const openedOf = (functions: { opened(place: Place): unknown }) => (place: Place) => {
    if (life !== 'task') return;
    try {
      functions.opened(place);
    } catch {
      // It throws again, and is heard, in the first turn.
    }
  };
  switch (operator.kind) {
    case 'process':
    case 'coProcess': {
      const [instance, functions] = processInstances(job, head, operator, life);
      return { ...stateless(uid), instance, opened: openedOf(functions) };
    }
    case 'keyedBroadcast': {
      const functions = new Functions(
        uid,
        () => operator.create(),
        life,
        (fn, ctx) => fn.open?.(ctx),
      );
      const sides = keyedSide(job, head, operator, functions);
      return { instance: keyedBroadcastInstances(job, head, functions), ...sides, opened: openedOf(functions) };
    }
    case 'broadcast':
      return { ...stateless(uid), ...besideBroadcast(job, head, operator, life) };
    case 'plainProcess':
      return { ...stateless(uid), ...plainSubtasks(job, head, operator, life) };
    case 'asyncWait': {
      const { functions, ...subtasks } = asyncSubtasks(job, head, operator, life);
      return { ...stateless(uid), ...subtasks, opened: openedOf(functions) };
    }
    case 'reduce': {
      const reduce = reduceHead(job, head, operator, executionMode === 'batch');
      return { ...stateless(uid), instance: (from) => ReduceInstance.from(reduce, from) };
    }
    case 'window': {
      const window = windowHead(job, head, operator, life);
      return { ...stateless(uid), instance: (from) => WindowInstance.from(window, from), opened: openedOf(window) };
    }
    case 'intervalJoin': {
      const join = joinHead(job, head, operator, life);
      return { ...stateless(uid), instance: (from) => JoinInstance.from(join, from), opened: openedOf(join) };
    }
    default:
      return stateless(uid);
  }
}

function stateless(uid: string): StatefulHead {
  return {
    instance: () => {
      throw new Error(`'${uid}' has no keyed head, so it has no instances by key group`);
    },
    broadcast: undefined,
    handOver: () => undefined,
    opened: () => undefined,
  };
}

function broadcastTurns(job: JobSpec, { head }: Chain): ModelVertex['isBroadcastTurn'] {
  if (hasOwnSubtasks(head)) return () => true;
  const edges = new Set(broadcastEdges(job, head));
  return (edge) => edges.has(edge);
}

/** A process function without key, or one that asks a service: all its turns are those of its subtasks. */
function hasOwnSubtasks({ operator }: NodeSpec): boolean {
  return operator.kind === 'broadcast' || operator.kind === 'plainProcess' || operator.kind === 'asyncWait';
}

function sourceTurns(job: JobSpec, { head }: Chain): ModelVertex['sourceRecord'] {
  const { operator, uid } = head;
  if (operator.kind !== 'source') {
    return () => {
      throw new Error(`'${uid}' is no source`);
    };
  }
  const output = outputOf(job, head, undefined);
  const ahead = outputOf(job, head, operator.watermarks.futureBound?.output.tag);
  const { watermarks } = operator;
  return (value, tape) => {
    const turn = new SourceTurn(uid, EARLIEST);
    const reader = new TapeReader(turn, tape);
    try {
      const { timestamp, futureBound } = watermarks;
      turn.timestamp = timestamp(value);
      turn.counts = futureBound === undefined || turn.timestamp <= reader.now() + futureBound.maxAheadMs;
      (turn.counts ? output : ahead)(turn, value, turn.timestamp);
      reader.finish();
    } catch (thrown) {
      turn.fail(thrown);
    }
    return turn;
  };
}

function statelessTurns(job: JobSpec, { head, inEdges }: Chain): ModelVertex['record'] {
  if (head.operator.kind === 'source' || hasOwnSubtasks(head) || isKeyed(head)) {
    return () => {
      throw new Error(`'${head.uid}' has no turns without source, key or state`);
    };
  }
  const input = inputOf(job, head);
  const ids = new Set(inEdges.map((edge) => edge.id));
  return (edge, value, timestamp) => {
    if (!ids.has(edge)) throw new Error(`edge ${edge} does not end at '${head.uid}'`);
    const turn = new TurnLog(head.uid);
    try {
      input(turn, value, timestamp);
    } catch (thrown) {
      turn.fail(thrown);
    }
    return turn;
  };
}

function known<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new Error(`the job has no ${name}`);
  return thing;
}
