import { expect, it } from 'vitest';
import type { JobSpec, PartitionSpec } from '../../core/job/spec.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import { createModel } from '../model/model.ts';
import { type EdgeDraft, FORWARD, job, JSON_TYPE, type NodeDraft, sink, source } from '../model/testing/turns.ts';
import { ChannelRecord } from './channel.ts';
import { Cut } from './cut.ts';
import { losesInFlight } from './upgrade.ts';

const pass: NodeDraft = { operator: { kind: 'map', fn: (value) => value } };
const REBALANCE: PartitionSpec = { kind: 'rebalance' };

/** in --partition--> map --> out, with records of this type in between. */
function jobOf(partition: PartitionSpec, type: TypeInfo = JSON_TYPE, ends: readonly EdgeDraft[] = []): JobSpec {
  const made = job({ in: source(), map: pass, more: pass, out: sink('out') }, [
    ['in', 'map', partition],
    ['map', 'out', REBALANCE],
    ...ends,
  ]);
  return { ...made, edges: made.edges.map((edge) => (edge.from === 0 ? { ...edge, type } : edge)) };
}

/** So many records of edge 0 in flight. */
function cutWith(inFlight: number): Cut {
  const channel = new ChannelRecord({ edge: 0, attempt: 1, sender: 0, receiver: 0 });
  const cut = new Cut(1, 1, undefined, []);
  for (let i = 0; i < inFlight; i++) channel.send(i, undefined, undefined);
  cut.channel(channel).sent = { records: inFlight, controls: 0 };
  cut.channel(channel).received = { records: 0, controls: 0 };
  return cut;
}

it('in-flight data has a place in another version only on the same exchange', () => {
  const before = createModel(jobOf(REBALANCE));
  const loses = (now: JobSpec, inFlight = 1): boolean => losesInFlight(cutWith(inFlight), before, createModel(now));
  expect(loses(jobOf(REBALANCE))).toBe(false);
  // Chained now; by another partitioning; records of another type; not there any more.
  expect(loses(jobOf(FORWARD))).toBe(true);
  expect(loses(jobOf({ kind: 'broadcast' }))).toBe(true);
  expect(loses(jobOf(REBALANCE, { kind: 'string' }))).toBe(true);
  const between: readonly EdgeDraft[] = [['in', 'more', REBALANCE], ['more', 'map', REBALANCE]]; // prettier-ignore
  const removed = jobOf(REBALANCE, JSON_TYPE, between);
  expect(loses({ ...removed, edges: removed.edges.filter(({ from, to }) => from !== 0 || to !== 1) })).toBe(true);
  expect(loses(jobOf(FORWARD), 0)).toBe(false);
});
