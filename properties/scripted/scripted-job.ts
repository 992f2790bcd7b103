/**
 * A job whose sources follow a script: what is in their topics are entries, each a record, a watermark or a silence, so that
 * event time comes back at the same places when a source is read again after a crash.
 *
 *     source S of T          source S of entry(T), generator: the last watermark entry --forward--> S-records: flatMap to T
 *
 * The flatMap is chained to its source, so that nothing else of the job changes, but the numbers of nodes and edges.
 */
import { JobError } from '../../core/errors.ts';
import { MIN_TIMESTAMP, type Timestamp } from '../../core/job/functions.ts';
import type { EdgeSpec, JobSpec, NodeSpec } from '../../core/job/spec.ts';
import { boolean, int64, nullable, record, tuple, type TypeInfo } from '../../core/job/types.ts';
import { customWatermarks } from '../../core/job/watermarks.ts';
import { logSource } from '../../core/connectors/log/log-source.ts';

/** A step of a source. `value` null: no record, event time comes to `at`, and the split may fall idle. */
export interface Entry {
  readonly value: readonly [unknown] | null;
  readonly at: Timestamp;
  readonly idle: boolean;
}

export function entryType(type: TypeInfo): TypeInfo<Entry> {
  return record({ value: nullable(tuple(type)), at: int64, idle: boolean });
}

/** Where the entries of a source of the job go. */
export interface ScriptedSource {
  readonly uid: string;
  readonly topic: string;
  readonly type: TypeInfo<Entry>;
  readonly timestamp: (value: unknown) => Timestamp;
}

export function scripted(job: JobSpec): { readonly job: JobSpec; readonly sources: readonly ScriptedSource[] } {
  const sources: ScriptedSource[] = [];
  const nodes: NodeSpec[] = [];
  /** By old id: the node that its readers read now. */
  const readFrom = new Map<number, number>();
  const ids = new Map<number, number>();
  const inner: { readonly from: number; readonly to: number; readonly type: TypeInfo }[] = [];
  for (const node of job.nodes) {
    const id = nodes.length;
    ids.set(node.id, id);
    if (node.operator.kind !== 'source') {
      nodes.push({ ...node, id });
      readFrom.set(node.id, id);
      continue;
    }
    if (node.sideOutputs.length > 0)
      throw new JobError(
        `testStream: source ${node.uid} has a bound on the future, which needs a clock; leave it out in the test`,
      );
    const { source, watermarks } = node.operator;
    const type = entryType(source.type);
    const timestamp = watermarks.timestamp;
    sources.push({ uid: node.uid, topic: node.uid, type, timestamp });
    nodes.push({
      ...node,
      id,
      outType: type,
      operator: {
        kind: 'source',
        source: logSource({ topic: node.uid, type, bounded: false }),
        watermarks: customWatermarks<Entry, readonly [Timestamp, boolean]>({
          timestamp: ({ at }) => at,
          stateType: tuple(int64, boolean),
          generator: {
            createState: () => [MIN_TIMESTAMP, false],
            onRecord: ([watermark], { value, at, idle }) => [
              value === null ? Math.max(watermark, at) : watermark,
              idle,
            ],
            watermark: ([watermark]) => (watermark === MIN_TIMESTAMP ? undefined : watermark),
            isIdle: ([, idle]) => idle,
          },
        }),
      },
    });
    nodes.push({
      id: id + 1,
      uid: `${node.uid}-records`,
      name: node.name,
      parallelism: node.parallelism,
      maxParallelism: node.maxParallelism,
      outType: node.outType,
      sideOutputs: [],
      operator: { kind: 'flatMap', fn: (entry) => (entry as Entry).value ?? [] },
    });
    readFrom.set(node.id, id + 1);
    inner.push({ from: id, to: id + 1, type });
  }
  const drafts = [
    ...inner.map((edge): Omit<EdgeSpec, 'id'> => ({ ...edge, tag: undefined, partition: { kind: 'forward' } })),
    ...job.edges.map(({ id: _, ...edge }) => ({
      ...edge,
      from: readFrom.get(edge.from) ?? edge.from,
      to: ids.get(edge.to) ?? edge.to,
    })),
  ];
  // Of one receiver they keep their order.
  const edges = drafts.sort((a, b) => a.to - b.to).map((edge, id) => ({ ...edge, id }));
  const { rebuild: _, ...rest } = job;
  return { job: { ...rest, nodes, edges }, sources };
}
