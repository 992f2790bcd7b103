import { expect, it } from 'vitest';
import { defineJob } from '../../api/job.ts';
import { physicalGraph } from '../../graph/physical.ts';
import type { JobSpec } from '../../job/spec.ts';
import { valueState } from '../../job/states.ts';
import { int32, int64, type TypeInfo } from '../../job/types.ts';
import { atLeastOnceSink } from '../../connectors/log/at-least-once-sink.ts';
import { logSink } from '../../connectors/log/log-sink.ts';
import { logSource } from '../../connectors/log/log-source.ts';
import { noWatermarks } from '../../job/watermarks.ts';
import { type CheckpointMetadata, FINISHED_SUBTASK, foundAt, type SubtaskSnapshot } from '../storage/metadata.ts';
import { exchangesOf, fittedTo } from './fit.ts';
import { metadataWith } from '../storage/testing/metadata-with.ts';

interface Shape {
  readonly count?: string;
  readonly type?: TypeInfo<number>;
  /** The sink has a task of its own. */
  readonly apart?: boolean;
  /** One operator more, in front, so that all ids are other ones. */
  readonly more?: boolean;
  /** The sink writes without transactions. */
  readonly plain?: boolean;
}
function job({ count = 'count', type = int32, apart = false, more = false, plain = false }: Shape = {}): JobSpec {
  return defineJob('job', (env) => {
    const from = (topic: string) =>
      env.fromSource(logSource({ topic, type }), { uid: topic, watermarks: noWatermarks({ timestamp: () => 0 }) });
    if (more) from('first').sinkTo(logSink({ topic: 'copy', type }), { uid: 'copy' });
    const counted = from('in')
      .keyBy((n) => n, type)
      .process(() => ({ processElement: (n, ctx) => ctx.getState(valueState('n', type)).update(n) }), type, {
        uid: count,
      });
    const sink = plain ? atLeastOnceSink({ topic: 'out', type }) : logSink({ topic: 'out', type });
    (apart ? counted.rebalance() : counted).sinkTo(sink, { uid: 'out' });
  });
}
const empty: SubtaskSnapshot = { ...FINISHED_SUBTASK, finished: false };
const keyed = { first: 0, last: 127, objects: ['job/1-4/count-0'], own: [] };
const pending = { sink: 'out', version: 1, committable: Uint8Array.of(7), checkpoint: 4 };

/** Of `taken`, at parallelism 1: its operator with keyed state and a committable, perhaps in-flight data into it. */
function taken(spec: JobSpec, inFlight: boolean): CheckpointMetadata {
  const graph = physicalGraph(spec, 1);
  const edge = spec.edges.find(({ partition }) => partition.kind === 'hash')?.id ?? -1;
  const slice = {
    side: 'input',
    edge,
    sender: 0,
    receiver: 0,
    object: 'job/1-4/count-0-channels',
    at: 0,
    length: 9,
    records: 1,
  };
  return metadataWith({
    checkpoint: 4,
    vertices: graph.vertices.map(({ uid, keyed: isKeyed, nodes }) => ({
      uid,
      parallelism: 1,
      maxParallelism: 128,
      subtasks: [
        {
          ...empty,
          keyed: isKeyed ? [keyed] : [],
          pending: nodes.some((node) => node.uid === 'out') ? [pending] : [],
          channelState: isKeyed && inFlight ? [slice] : [],
        },
      ],
    })),
    exchanges: inFlight ? exchangesOf(graph, [edge]) : [],
  });
}
const fit = (from: Shape, to: Shape, { inFlight = false, allow = false } = {}): CheckpointMetadata =>
  fittedTo(physicalGraph(job(to), 2), taken(job(from), inFlight), allow);
const pendingOf = ({ vertices }: CheckpointMetadata): unknown =>
  vertices.flatMap(({ uid, subtasks }) =>
    subtasks.flatMap((subtask) => subtask.pending.map(({ sink }) => [uid, sink])),
  );

it('the same job takes a checkpoint as it is', () => {
  expect(fit({}, {}, { inFlight: true })).toEqual(taken(job(), true));
});

it('committables follow their sink into a chain and out of it', () => {
  expect(pendingOf(fit({}, {}))).toEqual([['count', 'out']]);
  expect(pendingOf(fit({}, { apart: true }))).toEqual([['out', 'out']]);
  expect(pendingOf(fit({ apart: true }, {}))).toEqual([['count', 'out']]);
});

it('committables of a sink that commits no more are an error by name, or dropped if that is allowed', () => {
  expect(() => fit({}, { plain: true })).toThrow(
    'state of operator out (committables), which in job "job" has none of the kind',
  );
  expect(pendingOf(fit({}, { plain: true }, { allow: true }))).toEqual([]);
});

it('state of an operator that the job does not have is an error by name, or dropped if that is allowed', () => {
  expect(() => fit({}, { count: 'other' })).toThrow(
    'state of operator count (keyed state), which job "job" does not have',
  );
  const dropped = fit({}, { count: 'other' }, { allow: true });
  expect(dropped.vertices.flatMap(({ subtasks }) => subtasks.flatMap((subtask) => subtask.keyed))).toEqual([]);
  // The operator of this uid has no state of its own.
  expect(() =>
    fittedTo(physicalGraph(job({ count: 'x' }), 1), { ...taken(job(), false), vertices: [vertexOf('out')] }),
  ).toThrow('state of operator out (keyed state), which in job "job" has none of the kind');
});
function vertexOf(uid: string): CheckpointMetadata['vertices'][number] {
  return { uid, parallelism: 1, maxParallelism: 128, subtasks: [{ ...empty, keyed: [keyed] }] };
}

it('in-flight data finds its exchange where the edges have other numbers', () => {
  const [own] = physicalGraph(job({ more: true }), 2).job.edges.filter(({ partition }) => partition.kind === 'hash');
  const moved = fit({}, { more: true }, { inFlight: true });
  expect(
    moved.vertices.flatMap(({ subtasks }) =>
      subtasks.flatMap(({ channelState }) => channelState.map(({ edge }) => edge)),
    ),
  ).toEqual([own?.id]);
  expect(own?.id).not.toBe(taken(job(), true).exchanges[0]?.edge);
});

it('in-flight data is never dropped', () => {
  const why = 'start this version of the job from a savepoint';
  expect(() => fit({}, { type: int64 }, { inFlight: true, allow: true })).toThrow(
    `whose records were int32 and are int64 now; ${why}`,
  );
  expect(() => fit({}, { count: 'other' }, { inFlight: true, allow: true })).toThrow(
    `between operators in and count, which the job does not have; ${why}`,
  );
});

it('objects lie beside the metadata, wherever a checkpoint was copied to', () => {
  const found = foundAt('copies/here/metadata', taken(job(), true));
  const [vertex] = found.vertices.filter(({ uid }) => uid === 'count');
  expect(vertex?.subtasks[0]?.keyed[0]?.objects).toEqual(['copies/here/count-0']);
  expect(vertex?.subtasks[0]?.channelState[0]?.object).toBe('copies/here/count-0-channels');
  expect(foundAt('job/1-4/metadata', found)).toEqual(found);
});
