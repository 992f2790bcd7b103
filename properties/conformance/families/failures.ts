/** How many failed checkpoints a job survives: the coordinator's count. */
import { z } from 'zod';
import { FailureManager } from '../../../core/checkpoint/coordinator/failure-manager.ts';
import type { AbortReason } from '../../../core/facts.ts';
import { defineFamily, type Output } from '../family.ts';

/** Flink's reasons by ours; 'failover' stands for all that end an attempt or are none of a checkpoint that was triggered. */
const REASONS: ReadonlyMap<string, AbortReason> = new Map<string, AbortReason>([
  ['CHECKPOINT_EXPIRED', 'expired'],
  ['CHECKPOINT_DECLINED', 'declined'],
  ['CHECKPOINT_ASYNC_EXCEPTION', 'declined'],
  ['IO_EXCEPTION', 'store-failed'],
  ['FINALIZE_CHECKPOINT_FAILURE', 'store-failed'],
  ['CHECKPOINT_DECLINED_TASK_NOT_READY', 'task-not-ready'],
  ['CHECKPOINT_DECLINED_TASK_CLOSING', 'task-closing'],
  ['CHECKPOINT_DECLINED_ON_CANCELLATION_BARRIER', 'cancellation-marker'],
  ['CHECKPOINT_DECLINED_SUBSUMED', 'subsumed'],
  ['CHECKPOINT_SUBSUMED', 'subsumed'],
  ['NOT_ALL_REQUIRED_TASKS_RUNNING', 'not-all-running'],
  ['CHECKPOINT_COORDINATOR_SHUTDOWN', 'stopped'],
]);

const schema = z.object({
  name: z.string(),
  config: z.object({ tolerable: z.number() }),
  input: z.array(
    z.union([z.tuple([z.literal('fail'), z.number(), z.string()]), z.tuple([z.literal('ok'), z.number()])]),
  ),
  expected: z.array(z.boolean()),
});
type FailureCase = z.infer<typeof schema>;

export const checkpointFailures = defineFamily<FailureCase>({
  name: 'checkpoint-failures',
  schema,
  subjects: [
    {
      name: 'engine',
      answer: ({ config, input }) => {
        const manager = new FailureManager(config.tolerable);
        const fails: Output[] = [];
        for (const item of input) {
          if (item[0] === 'ok') manager.completed(item[1]);
          const fatal =
            item[0] === 'fail' &&
            manager.aborted(item[1], 'checkpoint', REASONS.get(item[2]) ?? 'failover') !== undefined;
          fails.push(fatal);
          if (fatal) break;
        }
        return fails;
      },
    },
  ],
  excuses: [],
  canonical: (outputs) => outputs,
});
