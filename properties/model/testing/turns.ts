/** For tests of the model: jobs written by hand, with none of the engine's api. */
import type { KeyedProcessFunction } from '../../../core/job/functions.ts';
import type { EdgeSpec, JobSpec, NodeSpec, OperatorSpec, PartitionSpec, WindowSpec } from '../../../core/job/spec.ts';
import type { TypeInfo } from '../../../core/job/types.ts';
import type { ModelTurn, Tape } from '../types.ts';

export const STRING: TypeInfo<string> = { kind: 'string' };
export const JSON_TYPE: TypeInfo = { kind: 'json' };
export const NO_TAPE: Tape = { clock: [], random: [], cleaned: [], place: { attempt: 1, subtask: 0, parallelism: 1 } };
export const FORWARD: PartitionSpec = { kind: 'forward' };

/** A record of the test jobs. */
export interface Event {
  readonly key: string;
  readonly at: number;
  readonly n: number;
}
export function event(key: string, at: number, n = 1): Event {
  return { key, at, n };
}
export const BY_KEY: PartitionSpec = { kind: 'hash', key: (value: Event) => value.key, keyType: STRING };

export interface NodeDraft {
  readonly operator: OperatorSpec;
  readonly parallelism?: number;
  readonly maxParallelism?: number;
}
/** [from, to, partition, tag] */
export type EdgeDraft = readonly [string, string, PartitionSpec, string?];

/** Nodes by uid, in topological order; edges in any order. */
export function job(nodes: Readonly<Record<string, NodeDraft>>, edges: readonly EdgeDraft[]): JobSpec {
  const uids = Object.keys(nodes);
  return {
    name: 'test',
    nodes: Object.entries(nodes).map(([uid, draft], id): NodeSpec => ({
      id,
      uid,
      name: uid,
      parallelism: draft.parallelism,
      maxParallelism: draft.maxParallelism,
      operator: draft.operator,
      outType: JSON_TYPE,
      sideOutputs: [],
    })),
    edges: edges
      .map(([from, to, partition, tag]) => ({ from: uids.indexOf(from), to: uids.indexOf(to), partition, tag }))
      .sort((a, b) => a.to - b.to)
      .map((edge, id): EdgeSpec => ({ ...edge, id, type: JSON_TYPE })),
  };
}

export function source(topic = 'in', bounded = true): NodeDraft {
  return {
    operator: {
      kind: 'source',
      source: { connector: 'log', input: topic, type: JSON_TYPE, bounded, startPosition: 0, rewindable: true },
      watermarks: { timestamp: (value: Event) => value.at, generator: { kind: 'none' } },
    },
  };
}
export function map(fn: (value: Event) => unknown): NodeDraft {
  return { operator: { kind: 'map', fn } };
}
export function sink(topic: string, delivery: 'exactly-once' | 'at-least-once' = 'exactly-once'): NodeDraft {
  return { operator: { kind: 'sink', sink: { connector: 'log', output: topic, type: JSON_TYPE, delivery } } };
}
export function process(create: () => KeyedProcessFunction<string, Event, unknown>): NodeDraft {
  return { operator: { kind: 'process', create } };
}
/** Sums `n` over 10 ms; emits { key, start, sum }. */
export function sums(options: Partial<Pick<WindowSpec, 'allowedLatenessMs' | 'lateTag'>> = {}): NodeDraft {
  return {
    operator: {
      kind: 'window',
      assigner: { kind: 'tumbling', domain: 'event', sizeMs: 10, offsetMs: 0 },
      trigger: { kind: 'eventTime' },
      evictor: undefined,
      create: undefined,
      allowedLatenessMs: options.allowedLatenessMs ?? 0,
      lateTag: options.lateTag,
      fold: {
        kind: 'aggregate',
        fn: {
          createAccumulator: () => 0,
          add: (value, sum) => Number(sum) + (value as Event).n,
          getResult: (sum) => sum,
          merge: (a, b) => Number(a) + Number(b),
        },
      },
      accumulatorType: { kind: 'int32' },
      emit: ({ key, window, result }) => ({ key, start: window.start, sum: result }),
    },
  };
}

/** The values that a turn sends, by edge. */
export function sent(turn: ModelTurn): readonly (readonly [number, unknown, number | undefined])[] {
  return turn.sends.map(({ edge, value, timestamp }) => [edge, value, timestamp]);
}
