/**
 * A worker process: it gets a campaign once and then runs blocks of it, or it gets one failure to shrink, or the
 * one run over a whole input. It ends when its parent goes away, in the middle of a run too: its watchdog sees to that. The
 * watchdog also ends it when a run takes no end, and says which on a descriptor of its own.
 *
 * parent -> worker   setup, block ...                        | investigate        | whole
 * worker -> parent   done or crashed, one for each block     | found or crashed   | whole or crashed
 */
import type { Block, Campaign, RunPlan, RunRow } from '../../properties/campaign/campaign.ts';
import { type Finding, investigate } from '../../properties/campaign/investigate.ts';
import type { Failure } from '../platform.ts';
import { runWhole, type WholeRun } from '../input/whole.ts';
import { type InputSource, type Scenarios, scenariosOf, type Source } from '../scenarios.ts';
import { Blocks, withArenas } from './blocks.ts';
import { type Bounds, Watchdog } from './watchdog.ts';

/** First argument of a worker's command line. */
export const WORKER_ARGUMENT = 'campaign-worker';

export type ToWorker =
  | { readonly kind: 'setup'; readonly campaign: Campaign; readonly source: Source; readonly bounds: Bounds }
  | { readonly kind: 'block'; readonly block: Block }
  | {
      readonly kind: 'investigate';
      readonly source: Source;
      readonly failure: Failure;
      readonly bounds: Bounds;
      readonly shrinks: boolean;
    }
  | { readonly kind: 'whole'; readonly source: InputSource; readonly seed: string };
export type FromWorker =
  | { readonly kind: 'done'; readonly results: readonly RunRow[] }
  | { readonly kind: 'found'; readonly finding: Finding | undefined }
  | { readonly kind: 'whole'; readonly whole: WholeRun }
  | { readonly kind: 'crashed'; readonly message: string };

/** Descriptor on which the watchdog of a worker writes; behind those of node's own, the channel of messages included. */
export const FINDINGS_DESCRIPTOR = 4;

const NOTHING = { runs: 0, events: 0 };

/** Shrinks a failure in this process, or only writes it out. */
export function investigateHere(
  scenarios: Scenarios,
  { scenario, signature, seed, run: number }: Failure,
  run: RunPlan,
  shrinks = true,
): Finding | undefined {
  const shrinking = shrinks ? {} : { budgets: { shrink: NOTHING, polish: NOTHING } };
  return investigate(scenarios.named(scenario), { seed, run: number }, signature, run, shrinking);
}

/** Does the run over a whole input in this process: a step of it takes as long as the input is large, so nobody watches. */
export function runWholeHere(scenarios: Scenarios, source: InputSource, seed: string): WholeRun {
  const { whole } = scenarios;
  if (whole === undefined) throw new Error('there is no input to run as a whole');
  return runWhole(whole, source.input.columns, source.options, seed, withArenas(undefined));
}

/** `resolve`: what a source stands for. */
export function serveAsWorker(resolve: (source: Source) => Scenarios = scenariosOf): void {
  const worker = new CampaignWorker(resolve);
  // A signal of the terminal reaches the whole group: the parent decides what to do about it.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: ToWorker) => {
    void worker.take(message);
  });
}

class CampaignWorker {
  readonly #resolve: (source: Source) => Scenarios;
  #watchdog: Watchdog | undefined;
  #blocks: Blocks | undefined;

  constructor(resolve: (source: Source) => Scenarios) {
    this.#resolve = resolve;
  }

  async take(message: ToWorker): Promise<void> {
    try {
      const answer = await this.#answer(message);
      if (answer !== undefined) process.send?.(answer);
    } catch (error) {
      const answer: FromWorker = { kind: 'crashed', message: error instanceof Error ? error.message : String(error) };
      process.send?.(answer);
    }
  }

  async #answer(message: ToWorker): Promise<FromWorker | undefined> {
    switch (message.kind) {
      case 'setup': {
        const scenarios = this.#resolve(message.source);
        this.#blocks = new Blocks(message.campaign, (id) => scenarios.named(id), this.#watched(message.bounds));
        return undefined;
      }
      case 'block':
        if (this.#blocks === undefined) throw new Error('a worker was given a block before its campaign');
        return { kind: 'done', results: await this.#blocks.run(message.block) };
      case 'investigate': {
        const run = withArenas(this.#watched(message.bounds));
        return {
          kind: 'found',
          finding: investigateHere(this.#resolve(message.source), message.failure, run, message.shrinks),
        };
      }
      case 'whole':
        return { kind: 'whole', whole: runWholeHere(this.#resolve(message.source), message.source, message.seed) };
    }
  }

  #watched(bounds: Bounds): Watchdog {
    this.#watchdog ??= new Watchdog({
      bounds,
      worker: { descriptor: FINDINGS_DESCRIPTOR, parent: process.ppid },
    });
    return this.#watchdog;
  }
}
