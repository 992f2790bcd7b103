/** Which subtasks an edge joins, and which in-flight data a new subtask takes over: the engine's formulas, and the model's. */
import { z } from 'zod';
import { inFlightOf } from '../../../core/checkpoint/restore/in-flight.ts';
import { FINISHED_SUBTASK } from '../../../core/checkpoint/storage/metadata.ts';
import { pointwiseReceivers, pointwiseSenders } from '../../../core/graph/pointwise.ts';
import type { PhysicalVertex } from '../../../core/graph/physical.ts';
import type { EdgeSpec, NodeSpec, PartitionSpec } from '../../../core/job/spec.ts';
import { int32 } from '../../../core/job/types.ts';
import { joins } from '../../model/pointwise.ts';
import { defineFamily, type Output } from '../family.ts';
import { metadataWith } from '../../../core/checkpoint/storage/testing/metadata-with.ts';

const asIs = (outputs: readonly Output[]): readonly Output[] => outputs;
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

// ---- pointwise edges

const pointwiseCase = z.object({
  name: z.string(),
  config: z.object({ senders: z.number(), receivers: z.number() }),
  input: z.array(z.unknown()),
  expected: z.array(z.array(z.number())),
});

export const pointwiseEdges = defineFamily<z.infer<typeof pointwiseCase>>({
  name: 'pointwise-edges',
  schema: pointwiseCase,
  subjects: [
    {
      name: 'engine, by receiver',
      answer: ({ config: { senders, receivers } }) =>
        upTo(receivers).map((receiver) => {
          const { start, end } = pointwiseSenders(receiver, senders, receivers);
          return upTo(senders).slice(start, end);
        }),
    },
    {
      name: 'engine, by sender',
      answer: ({ config: { senders, receivers } }) =>
        upTo(receivers).map((receiver) =>
          upTo(senders).filter((sender) => {
            const { start, end } = pointwiseReceivers(sender, senders, receivers);
            return start <= receiver && receiver < end;
          }),
        ),
    },
    {
      name: 'model',
      answer: ({ config: { senders, receivers } }) =>
        upTo(receivers).map((receiver) =>
          upTo(senders).filter((sender) => joins('forward', sender, senders, receiver, receivers)),
        ),
    },
  ],
  excuses: [],
  canonical: asIs,
});

// ---- in-flight data at a restore

const EDGES = ['hash', 'rebalance', 'shuffle', 'custom', 'forward', 'rescale', 'broadcast', 'global'] as const;
const inFlightCase = z.object({
  name: z.string(),
  config: z.object({
    partitioner: z.enum(EDGES),
    side: z.enum(['downstream', 'upstream']),
    oldParallelism: z.number(),
    newParallelism: z.number(),
  }),
  input: z.array(z.unknown()),
  expected: z.array(z.unknown()),
});
type InFlightCase = z.infer<typeof inFlightCase>;

/** Flink computes the ranges of key groups with this one, not with the job's. */
const MAX_PARALLELISM = 32_768;

const PARTITIONS: Readonly<Record<Exclude<(typeof EDGES)[number], 'global'>, PartitionSpec>> = {
  hash: { kind: 'hash', key: (value) => value, keyType: int32 },
  rebalance: { kind: 'rebalance' },
  shuffle: { kind: 'shuffle' },
  custom: { kind: 'custom', partition: () => 0 },
  forward: { kind: 'forward' },
  rescale: { kind: 'rescale' },
  broadcast: { kind: 'broadcast' },
};

const node = (id: number): NodeSpec => ({
  id,
  uid: `v${id}`,
  name: `v${id}`,
  parallelism: undefined,
  maxParallelism: undefined,
  outType: int32,
  sideOutputs: [],
  operator: { kind: 'map', fn: (value) => value },
});

function vertexOf(
  id: number,
  edges: Pick<PhysicalVertex, 'inEdges' | 'outEdges'>,
  parallelism: number,
): PhysicalVertex {
  const head = node(id);
  return {
    uid: head.uid,
    nodes: [head],
    chainedEdges: [],
    keyed: false,
    parallelism,
    maxParallelism: MAX_PARALLELISM,
    ...edges,
  };
}

/** Downstream: by old receiver, of one sender. Upstream: by old sender, to one receiver. */
function byRestore({ config }: InFlightCase): readonly Output[] {
  const { partitioner, side, oldParallelism, newParallelism } = config;
  if (partitioner === 'global') return [];
  const edge: EdgeSpec = {
    id: 0,
    from: 0,
    to: 1,
    tag: undefined,
    type: int32,
    partition: PARTITIONS[partitioner],
  };
  const isDownstream = side === 'downstream';
  const senders = isDownstream ? 1 : newParallelism;
  const sender = vertexOf(0, { inEdges: [], outEdges: [edge] }, senders);
  const receiver = vertexOf(1, { inEdges: [edge], outEdges: [] }, isDownstream ? newParallelism : 1);
  const subtasks = upTo(oldParallelism).map((subtask) => ({
    ...FINISHED_SUBTASK,
    finished: false,
    channelState: [
      {
        side: isDownstream ? ('input' as const) : ('output' as const),
        edge: edge.id,
        sender: isDownstream ? 0 : subtask,
        receiver: isDownstream ? subtask : 0,
        object: `o${subtask}`,
        at: 0,
        length: 1,
        records: 1,
      },
    ],
  }));
  const metadata = metadataWith({
    parallelism: oldParallelism,
    vertices: [
      {
        uid: isDownstream ? receiver.uid : sender.uid,
        parallelism: oldParallelism,
        maxParallelism: MAX_PARALLELISM,
        subtasks,
      },
    ],
  });
  try {
    const neighbours = { sender: () => sender, receiver: () => receiver };
    const receivers = inFlightOf(receiver, metadata, neighbours);
    const senderParts = inFlightOf(sender, metadata, neighbours);
    return (isDownstream ? receivers : senderParts).map((parts) => parts.map((part) => part.receiver));
  } catch (error) {
    return [{ error: error instanceof Error ? error.name : String(error) }];
  }
}

export const inFlightMapping = defineFamily<InFlightCase>({
  name: 'in-flight-mapping',
  schema: inFlightCase,
  subjects: [{ name: 'engine', answer: byRestore }],
  excuses: [
    { row: 'in-flight-sender', from: ({ config }) => (config.side === 'upstream' ? 0 : -1) },
    {
      row: 'in-flight-custom',
      from: ({ config }) =>
        config.partitioner === 'custom' && config.oldParallelism === config.newParallelism ? 0 : -1,
    },
  ],
  canonical: (outputs) =>
    outputs.map((output) => (typeof output === 'object' && output !== null && 'error' in output ? 'refused' : output)),
  stepless: true,
  leftOut: ({ config }) => (config.partitioner === 'global' ? 'there are no global edges' : undefined),
});
