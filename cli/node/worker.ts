/**
 * A worker process: it gets a campaign once and then runs blocks of it, or it gets one failure to shrink, or the
 * one run over a whole input. It ends
 * when its parent goes away.
 *
 * parent -> worker   setup, block ...                        | investigate        | whole
 * worker -> parent   done or crashed, one for each block     | found or crashed   | whole or crashed
 */
import type { Block, Campaign, RunPlan, RunRow } from '../../properties/campaign/campaign.ts';
import { runBlock } from '../../properties/campaign/campaign.ts';
import { type Finding, investigate } from '../../properties/campaign/investigate.ts';
import { run } from '../../properties/run/run.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import type { Failure } from '../platform.ts';
import { runWhole, type WholeRun } from '../input/whole.ts';
import type { InputSource, Source } from '../scenarios.ts';
import { type Workspace, workspaceOf } from '../workspace.ts';
import { loadConfig } from './load-config.ts';

/** First argument of a worker's command line. */
export const WORKER_ARGUMENT = 'campaign-worker';

export type ToWorker =
  | { readonly kind: 'setup'; readonly campaign: Campaign; readonly source: Source }
  | { readonly kind: 'block'; readonly block: Block }
  | { readonly kind: 'investigate'; readonly source: Source; readonly failure: Failure }
  | { readonly kind: 'whole'; readonly source: InputSource; readonly seed: string };
export type FromWorker =
  | { readonly kind: 'done'; readonly results: readonly RunRow[] }
  | { readonly kind: 'found'; readonly finding: Finding | undefined }
  | { readonly kind: 'whole'; readonly whole: WholeRun }
  | { readonly kind: 'crashed'; readonly message: string };

/** Rejects with `BadUsage` or `InvalidInput`. */
export async function openHere(source: Source): Promise<Workspace> {
  return workspaceOf(source, source.kind === 'config' ? await loadConfig(source.file) : {});
}

/** Runs a block of a campaign in this process. Throws `HarnessCrash`. */
export function blockRunner(campaign: Campaign, workspace: Workspace): (block: Block) => readonly RunRow[] {
  const { scenarios } = workspace;
  const runPlan = withArenas(workspace);
  return (block) => runBlock(campaign, block, (id) => scenarios.named(id), runPlan);
}

/** Shrinks a failure in this process. */
export function investigateHere(
  workspace: Workspace,
  { scenario, signature, seed, run: number }: Failure,
): Finding | undefined {
  return investigate(workspace.scenarios.named(scenario), { seed, run: number }, signature, withArenas(workspace));
}

/** Does the run over a whole input in this process. */
export function runWholeHere(source: InputSource, seed: string): WholeRun {
  const workspace = workspaceOf(source);
  const { whole } = workspace.scenarios;
  if (whole === undefined) throw new Error('there is no input to run as a whole');
  return runWhole(whole, source.input.columns, source.options, seed, withArenas(workspace));
}

function withArenas({ options }: Workspace): RunPlan {
  const scratch = new Scratch();
  return (scenario, plan, detail) => run(scenario, plan, { ...detail, ...options, scratch });
}

export function serveAsWorker(): void {
  let runner: Promise<BlockRunner> | undefined;
  // A signal of the terminal reaches the whole group: the parent decides what to do about it.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'setup') {
      runner = openHere(message.source).then((workspace) => blockRunner(message.campaign, workspace));
      // Whoever asks for a block hears of it.
      runner.catch(() => undefined);
    } else {
      void answer(message, runner).then((reply) => process.send?.(reply));
    }
  });
}

type BlockRunner = (block: Block) => readonly RunRow[];

async function answer(
  message: Exclude<ToWorker, { readonly kind: 'setup' }>,
  runner: Promise<BlockRunner> | undefined,
): Promise<FromWorker> {
  try {
    if (message.kind === 'investigate')
      return { kind: 'found', finding: investigateHere(await openHere(message.source), message.failure) };
    if (message.kind === 'whole') return { kind: 'whole', whole: runWholeHere(message.source, message.seed) };
    if (runner === undefined) throw new Error('a worker was given a block before its campaign');
    return { kind: 'done', results: (await runner)(message.block) };
  } catch (error) {
    return { kind: 'crashed', message: error instanceof Error ? error.message : String(error) };
  }
}
