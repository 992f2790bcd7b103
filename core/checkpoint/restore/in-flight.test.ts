import { expect, it } from 'vitest';
import type { EdgeSpec, NodeSpec } from '../../job/spec.ts';
import { int32 } from '../../job/types.ts';
import type { ChannelStateHandle, CheckpointMetadata } from '../storage/metadata.ts';
import { FINISHED_SUBTASK } from '../storage/metadata.ts';
import type { PhysicalVertex } from '../../graph/physical.ts';
import { inFlightOf, type Neighbours } from './in-flight.ts';
import { restoreOf } from './redistribution.ts';
import { metadataWith } from '../storage/testing/metadata-with.ts';

const node: NodeSpec = {
  id: 1,
  uid: 'v',
  name: 'v',
  parallelism: undefined,
  maxParallelism: undefined,
  outType: int32,
  sideOutputs: [],
  operator: { kind: 'map', fn: (value) => value },
};
const PARTITIONS = {
  hash: { kind: 'hash', key: (value: unknown) => value, keyType: int32 },
  custom: { kind: 'custom', partition: () => 0 },
  rebalance: { kind: 'rebalance' },
  shuffle: { kind: 'shuffle' },
  forward: { kind: 'forward' },
} as const satisfies Readonly<Record<string, EdgeSpec['partition']>>;

function vertex(kind: keyof typeof PARTITIONS, parallelism: number, maxParallelism = 12): PhysicalVertex {
  const edge: EdgeSpec = { id: 3, from: 0, to: 1, tag: undefined, type: int32, partition: PARTITIONS[kind] };
  return {
    uid: 'v',
    nodes: [node],
    inEdges: [edge],
    outEdges: [],
    chainedEdges: [],
    keyed: false,
    parallelism,
    maxParallelism,
  };
}
function handle(side: 'input' | 'output', sender: number, receiver: number, edge = 3): ChannelStateHandle {
  return { side, edge, sender, receiver, object: `${side}-${sender}-${receiver}`, at: 0, length: 1, records: 1 };
}
/** The senders of v, in the new attempt. */
function senders(parallelism: number): Neighbours {
  return { sender: () => ({ ...vertex('rebalance', parallelism), uid: 's' }), receiver: () => vertex('rebalance', 1) };
}
/** `receivers` old subtasks of v. */
function metadata(
  receivers: number,
  inputs: readonly ChannelStateHandle[],
  outputs: readonly ChannelStateHandle[],
  before = 1,
): CheckpointMetadata {
  const subtask = { ...FINISHED_SUBTASK, finished: false };
  return metadataWith({
    checkpoint: 4,
    attempt: 6,
    parallelism: receivers,
    vertices: [
      { uid: 's', parallelism: before, maxParallelism: 12, subtasks: [{ ...subtask, channelState: outputs }] },
      {
        uid: 'v',
        parallelism: receivers,
        maxParallelism: 12,
        subtasks: Array.from({ length: receivers }, (_, i) => ({
          ...subtask,
          channelState: inputs.filter(({ receiver }) => receiver === i),
        })),
      },
    ],
  });
}
const byReceiver = (kind: keyof typeof PARTITIONS, before: number, after: number) => {
  const old = metadata(
    before,
    [],
    Array.from({ length: before }, (_, receiver) => handle('output', 0, receiver)),
  );
  return inFlightOf(vertex(kind, after), old, senders(1)).map((channels) =>
    channels.map(({ receiver }) => receiver).join(' '),
  );
};

it.each<[keyof typeof PARTITIONS, number, number, string[]]>([
  ['hash', 2, 2, ['0', '1']],
  ['hash', 2, 3, ['0', '0 1', '1']],
  ['hash', 3, 2, ['0 1', '1 2']],
  ['hash', 1, 3, ['0', '0', '0']],
  ['hash', 3, 1, ['0 1 2']],
  ['rebalance', 3, 2, ['0 2', '1']],
  ['rebalance', 2, 3, ['0', '1', '']],
  ['shuffle', 3, 2, ['0 2', '1']],
  ['custom', 2, 2, ['0', '1']],
  ['custom', 2, 3, ['0 1', '0 1', '0 1']],
])('%s edge, %i to %i subtasks: each replays its share of the old channels', (kind, before, after, expected) => {
  expect(byReceiver(kind, before, after)).toEqual(expected);
});

it("per channel the receiver's side comes first, channels are in order, other edges are not its own", () => {
  const old = metadata(
    1,
    [handle('input', 1, 0), handle('input', 0, 0)],
    [handle('output', 1, 0), handle('output', 0, 0), handle('output', 0, 0, 9)],
  );
  const [first] = inFlightOf(vertex('rebalance', 1), old, senders(2));
  expect(first?.map(({ sender, parts }) => [sender, parts.map(({ object }) => object)])).toEqual([
    [0, ['input-0-0', 'output-0-0']],
    [1, ['input-1-0', 'output-1-0']],
  ]);
  expect(restoreOf(vertex('rebalance', 1), old, senders(2))[0]?.inFlightAttempt).toBe(6);
});

it('a pointwise edge that has any is refused by name', () => {
  expect(() => byReceiver('forward', 1, 1)).toThrow(/operator v: .*edge 3.*forward/);
});

it.each<[senders: string, before: number, after: number, known: number[], whole: boolean[]]>([
  ['as many', 2, 2, [0], [true]],
  ['fewer, with all of the old', 3, 2, [0, 1, 2], [true, true, true]],
  ['fewer, one without in-flight data', 3, 2, [0, 1], [false, true]],
  ['one, of which one is unknown', 3, 1, [0, 2], [false, false]],
  ['more', 1, 3, [0], [true]],
])(
  '%s senders, %i to %i, old %j known: a place is whole if all whose place it takes are',
  (_, before, after, known, whole) => {
    const old = metadata(
      1,
      known.map((sender) => handle('input', sender, 0)),
      [],
      before,
    );
    const [first] = inFlightOf(vertex('hash', 1), old, senders(after));
    expect(first?.map((channel) => channel.whole)).toEqual(whole);
  },
);

it('records are filtered by key group only where several subtasks replay a channel', () => {
  const shared = (before: number, after: number) =>
    inFlightOf(vertex('custom', after), metadata(before, [handle('input', 0, 0)], []), senders(1)).map((channels) =>
      channels.map((channel) => channel.shared),
    );
  expect(shared(2, 2)).toEqual([[false], []]);
  expect(shared(2, 3)).toEqual([[true], [true], [true]]);
  expect(shared(2, 1)).toEqual([[false]]);
});
