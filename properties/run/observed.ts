/** What a run shows to the outside: committed records by topic. */
import { messageOf } from '../../core/errors.ts';
import type { JobSpec, NodeSpec } from '../../core/job/spec.ts';
import { fromBytes } from '../../core/values/serializers.ts';
import type { SimBroker } from '../../sim/services/broker.ts';
import type { Observed } from '../outcome.ts';

/** `jobs`: the versions of the job, oldest first. */
export function observedIn(broker: SimBroker, jobs: readonly JobSpec[]): Observed {
  const committed: Record<string, unknown[]> = {};
  for (const node of jobs.flatMap(({ nodes }) => nodes)) {
    if (node.operator.kind !== 'sink' || node.operator.sink.external === true) continue;
    const { output: topic, type } = node.operator.sink;
    committed[topic] = broker.committed(topic).map((record) => decoded(node, type, record.bytes));
  }
  return { committed };
}

/** A committed record that cannot be decoded is the laws' to judge; here it is shown as what it is. */
function decoded(node: NodeSpec, type: NodeSpec['outType'], bytes: Uint8Array): unknown {
  try {
    return fromBytes(type, bytes);
  } catch (error) {
    return { undecodable: `${node.uid}: ${messageOf(error)}` };
  }
}
