/**
 * Bounded input is a special case of a stream: a job in batch commits what it commits in streaming (SEMANTICS E3). Left out are
 * jobs with a running reduction, of which batch puts out the last values only.
 */
import { isBatch } from '../plan/knobs.ts';
import type { Relation } from './relation.ts';

export const batchEqualsStream: Relation = {
  name: 'batch-equals-stream',
  states: 'The same plan in batch and in streaming commits the same output.',
  variants(plan, { job }, { has = [] }) {
    if (!has.includes('batch') || job.nodes.some(({ operator }) => operator.kind === 'reduce')) return [];
    return [{ ...plan, config: { ...plan.config, executionMode: isBatch(plan) ? 0 : 1 } }];
  },
};
