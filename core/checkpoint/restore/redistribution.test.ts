import { expect, it } from 'vitest';
import { FRESH } from './testing/fresh.ts';
import { int32, string } from '../../job/types.ts';
import type { EdgeSpec, NodeSpec } from '../../job/spec.ts';
import { inlineObjectOf } from '../../state/handles.ts';
import { type CheckpointMetadata, FINISHED_SUBTASK, type SubtaskSnapshot } from '../storage/metadata.ts';
import { fromBytes, toBytes } from '../../values/serializers.ts';
import { physicalGraph, type PhysicalVertex } from '../../graph/physical.ts';
import type { Neighbours } from './in-flight.ts';
import { restoreOf } from './redistribution.ts';
import { metadataWith } from '../storage/testing/metadata-with.ts';

const node: NodeSpec = {
  id: 0,
  uid: 'v',
  name: 'v',
  parallelism: undefined,
  maxParallelism: undefined,
  outType: int32,
  sideOutputs: [],
  operator: { kind: 'map', fn: (value) => value },
};
const NO_EDGES: Neighbours = physicalGraph({ name: 'job', nodes: [node], edges: [] }, 1);

function vertex(parallelism: number, keyed = false, maxParallelism = 128): PhysicalVertex {
  return { uid: 'v', nodes: [node], inEdges: [], outEdges: [], chainedEdges: [], keyed, parallelism, maxParallelism };
}
function metadata(subtasks: readonly SubtaskSnapshot[], maxParallelism = 128): CheckpointMetadata {
  return metadataWith({
    parallelism: subtasks.length,
    vertices: [{ uid: 'v', parallelism: subtasks.length, maxParallelism, subtasks }],
  });
}
const empty: SubtaskSnapshot = {
  keyed: [],
  checksums: [],
  splits: [],
  pending: [],
  channelState: [],
  inline: [],
  broadcast: null,
  operatorState: [],
  finished: false,
  ended: false,
};
/** Opaque to the engine: any bytes will do. */
const split = (name: string) => ({
  version: 1,
  split: toBytes(string, name),
  maxTimestamp: 2,
  lastWatermark: 3,
  generator: null,
});
const names = (restores: ReturnType<typeof restoreOf>) =>
  restores.map((r) => r.splits.map((s) => fromBytes(string, s.split)));

it('redistributes list state as the vector of SEMANTICS says: 5 items over 3 subtasks', () => {
  const old = metadata([
    { ...empty, splits: ['a0', 'a1', 'a2'].map(split) },
    { ...empty, splits: ['b0', 'b1'].map(split) },
  ]);
  expect(names(restoreOf(vertex(3), old, NO_EDGES))).toEqual([['a0', 'a1'], ['a2', 'b0'], ['b1']]);
});

it('leaves list state where it is at the same parallelism', () => {
  const old = metadata([{ ...empty, splits: ['a0', 'a1', 'a2'].map(split) }, empty]);
  expect(names(restoreOf(vertex(2), old, NO_EDGES))).toEqual([['a0', 'a1', 'a2'], []]);
});

it('gives each new subtask whole every handle that holds a key group of its range, from whichever old subtask', () => {
  const handle = (name: string, first: number, last: number) => ({ first, last, objects: [name], own: [1] });
  const old = metadata(
    [
      { ...empty, keyed: [handle('o0', 0, 1), handle('o1', 2, 4)] },
      { ...empty, keyed: [handle('o2', 5, 9)] },
    ],
    10,
  );
  const handed = (parallelism: number) =>
    restoreOf(vertex(parallelism, true, 10), old, NO_EDGES).map((restore) => restore.keyed);
  expect(handed(3)).toEqual([
    [handle('o0', 0, 1), handle('o1', 2, 4)],
    [handle('o1', 2, 4), handle('o2', 5, 9)],
    [handle('o2', 5, 9)],
  ]);
  expect(handed(5).map((handles) => handles.flatMap(({ objects }) => objects))).toEqual([
    ['o0'],
    ['o1'],
    ['o1', 'o2'],
    ['o2'],
    ['o2'],
  ]);
});

it('objects that lie in the metadata go to every new subtask that has a handle of them, and no others; the rest is in the store', () => {
  const stored = (name: string, first: number, last: number) => ({ first, last, objects: [name], own: [] });
  const inline = (...names: string[]) => names.map((name) => inlineObjectOf(name, toBytes(string, `state in ${name}`)));
  const list = (object: string, ...offsets: number[]) => {
    return { operator: 'v', state: 's', mode: 'split', type: new Uint8Array(0), object, offsets };
  };
  const old = metadata(
    [
      {
        ...empty,
        keyed: [stored('k0', 0, 4)],
        operatorState: [list('l0', 0, 1, 2, 3)],
        broadcast: { object: 'b0', at: 0, length: 1 },
        inline: inline('k0', 'l0', 'b0'),
      },
      // Of a list without items there is no object.
      {
        ...empty,
        keyed: [stored('k1', 5, 9)],
        operatorState: [list('l1', 0)],
        broadcast: { object: 'b1', at: 0, length: 1 },
        inline: inline('b1'),
      },
    ],
    10,
  );
  const handed = (parallelism: number) =>
    restoreOf(vertex(parallelism, true, 10), old, NO_EDGES).map((restore) => restore.inline);
  expect(handed(2)).toEqual([inline('k0', 'b0', 'l0'), inline('b1')]);
  expect(handed(3)).toEqual([inline('k0', 'b0', 'l0'), inline('k0', 'b1', 'l0'), inline('b0', 'l0')]);
  expect(handed(1)).toEqual([inline('k0', 'b0', 'l0')]);
});

it('in-flight data of a sender that lies in the metadata goes to the receiver that replays it', () => {
  const edge: EdgeSpec = { id: 3, from: 0, to: 0, tag: undefined, type: int32, partition: { kind: 'rebalance' } };
  const receiver: PhysicalVertex = { ...vertex(2), inEdges: [edge] };
  const slice = { side: 'output', edge: 3, sender: 0, receiver: 1, object: 'c', at: 0, length: 1, records: 1 };
  const inline = [inlineObjectOf('c', toBytes(string, 'in flight'))];
  const { vertices, ...rest } = metadata([empty, empty]);
  const sender = {
    uid: 's',
    parallelism: 1,
    maxParallelism: 128,
    subtasks: [{ ...empty, channelState: [slice], inline }],
  };
  const neighbours: Neighbours = { sender: () => ({ ...vertex(1), uid: 's' }), receiver: () => receiver };
  const restored = restoreOf(receiver, { ...rest, vertices: [...vertices, sender] }, neighbours);
  expect(restored.map((restore) => [restore.inFlight.length, restore.inline])).toEqual([
    [0, []],
    [1, inline],
  ]);
});

it('hosts keep no copies of what lies in the metadata', () => {
  const keyed = [{ first: 0, last: 9, objects: ['k0', 'k0-run'], own: [] }];
  const inline = [inlineObjectOf('k0', toBytes(string, 'state'))];
  const old = metadata([{ ...empty, keyed, checksums: [-1, 77], inline }], 10);
  const [restore] = restoreOf(vertex(1, true, 10), old, NO_EDGES);
  expect(restore?.local?.objects).toEqual([{ object: 'k0-run', checksum: 77 }]);
});

it('assigns the committables of old subtask i to subtask i mod parallelism, and names them to all', () => {
  const pending = (owner: number) => ({
    sink: 's',
    version: 1,
    committable: toBytes(string, `transaction ${owner}`),
    checkpoint: 1,
  });
  const old = metadata([
    { ...empty, pending: [pending(0)] },
    { ...empty, pending: [pending(1)] },
    { ...empty, pending: [pending(2)] },
  ]);
  const dealt = restoreOf(vertex(2), old, NO_EDGES);
  expect(dealt.map((restore) => restore.pending)).toEqual([[pending(0), pending(2)], [pending(1)]]);
  expect(dealt[1]?.pendingAnywhere).toEqual([pending(0), pending(1), pending(2)]);
});

it('refuses another max parallelism by name', () => {
  const keyed = [{ first: 0, last: 63, objects: ['o'], own: [1] }];
  expect(() => restoreOf(vertex(1, true, 128), metadata([{ ...empty, keyed }], 64), NO_EDGES)).toThrow(
    /max parallelism 64.*128/,
  );
  // An operator that had no key groups, and is keyed in a later version.
  expect(restoreOf(vertex(1, true, 128), metadata([empty], 64), NO_EDGES)).toHaveLength(1);
});

it('restores nothing without a checkpoint', () => {
  expect(restoreOf(vertex(2), undefined, NO_EDGES)).toEqual([FRESH, FRESH]);
});

it('a vertex is finished iff all its subtasks were; a partly finished one restarts whole with the state that is left', () => {
  const left = { ...empty, splits: ['a0'].map(split) };
  const finishedOf = (subtasks: readonly SubtaskSnapshot[], parallelism: number) =>
    restoreOf(vertex(parallelism), metadata(subtasks), NO_EDGES).map(({ finished, splits }) => [
      finished,
      splits.length,
    ]);
  expect(finishedOf([FINISHED_SUBTASK, FINISHED_SUBTASK], 3)).toEqual([
    [true, 0],
    [true, 0],
    [true, 0],
  ]);
  expect(finishedOf([FINISHED_SUBTASK, left], 2)).toEqual([
    [false, 0],
    [false, 1],
  ]);
});

it('behind which a vertex had finished whole, the input had ended', () => {
  const old: CheckpointMetadata = {
    ...metadata([empty]),
    vertices: [
      { uid: 'v', parallelism: 1, maxParallelism: 128, subtasks: [empty] },
      {
        uid: 'w',
        parallelism: 2,
        maxParallelism: 128,
        subtasks: [
          { ...empty, finished: true },
          { ...empty, finished: true },
        ],
      },
      { uid: 'x', parallelism: 2, maxParallelism: 128, subtasks: [{ ...empty, finished: true }, empty] },
    ],
  };
  const inputEnded = (receivers: readonly string[]): boolean | undefined => {
    const outEdges = receivers.map((_, id) => ({
      id,
      from: 0,
      to: id + 1,
      tag: undefined,
      type: int32,
      partition: { kind: 'rebalance' } as const,
    }));
    const graph: Neighbours = {
      sender: () => vertex(1),
      receiver: ({ id }) => ({ ...vertex(1), uid: receivers[id] ?? '?' }),
    };
    return restoreOf({ ...vertex(1), outEdges }, old, graph)[0]?.inputEnded;
  };
  expect([['w'], ['x'], ['x', 'w'], []].map(inputEnded)).toEqual([true, false, true, false]);
});

it('gives new subtask i the broadcast state of the i mod n-th of the n old subtasks that have left one', () => {
  const left = (object: string): SubtaskSnapshot => ({ ...empty, broadcast: { object, at: 0, length: 1 } });
  const objects = (subtasks: readonly SubtaskSnapshot[], parallelism: number) =>
    restoreOf(vertex(parallelism), metadata(subtasks), NO_EDGES).map(({ broadcast }) =>
      broadcast.map(({ object }) => object).join(),
    );
  expect(objects([left('a'), left('b')], 5)).toEqual(['a', 'b', 'a', 'b', 'a']);
  expect(objects([left('a'), left('b')], 1)).toEqual(['a']);
  expect(objects([{ ...empty, finished: true }, left('b')], 3)).toEqual(['b', 'b', 'b']);
  expect(objects([left('a'), { ...empty, finished: true }, left('c')], 4)).toEqual(['a', 'c', 'a', 'c']);
  expect(objects([empty, empty], 2)).toEqual(['', '']);
});
