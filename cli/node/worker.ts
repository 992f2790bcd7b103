/**
 * A worker process: it is told a campaign once and then runs blocks of it. It ends when its parent goes away.
 *
 * parent -> worker   setup, block ...
 * worker -> parent   done | crashed, one for each block
 */
import type { Block, Campaign, RunPlan, RunResult } from '../../properties/campaign/campaign.ts';
import { runBlock } from '../../properties/campaign/campaign.ts';
import { run } from '../../properties/run.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import type { Source } from '../scenarios.ts';
import { scenariosOf } from '../scenarios.ts';

/** First argument of a worker's command line. */
export const WORKER_ARGUMENT = 'campaign-worker';

export type ToWorker =
  | { readonly kind: 'setup'; readonly campaign: Campaign; readonly source: Source }
  | { readonly kind: 'block'; readonly block: Block };
export type FromWorker =
  | { readonly kind: 'done'; readonly results: readonly RunResult[] }
  | { readonly kind: 'crashed'; readonly message: string };

/** Runs a block of a campaign in this process. Throws `HarnessCrash`. */
export function blockRunner(campaign: Campaign, source: Source): (block: Block) => readonly RunResult[] {
  const scenarios = scenariosOf(source);
  const scratch = new Scratch();
  const runPlan: RunPlan = (scenario, plan, detail) => run(scenario, plan, { ...detail, scratch });
  return (block) => runBlock(campaign, block, (id) => scenarios.named(id), runPlan);
}

export function serveAsWorker(): void {
  let runner: ((block: Block) => readonly RunResult[]) | undefined;
  // A signal of the terminal reaches the whole group: the parent decides what to do about it.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'setup') runner = blockRunner(message.campaign, message.source);
    else process.send?.(answer(runner, message.block));
  });
}

function answer(runner: ((block: Block) => readonly RunResult[]) | undefined, block: Block): FromWorker {
  try {
    if (runner === undefined) throw new Error('a worker was given a block before its campaign');
    return { kind: 'done', results: runner(block) };
  } catch (error) {
    return { kind: 'crashed', message: error instanceof Error ? error.message : String(error) };
  }
}
