/**
 * A worker process: it gets a campaign once and then runs blocks of it, or it gets one failure to shrink, or the
 * one run over a whole input, or what was kept, to be run again. It ends when its parent goes away, in the middle of a run too: its watchdog sees to that. The
 * watchdog also ends it when a run takes no end, and says which on a descriptor of its own.
 *
 * parent -> worker   setup, block or repeat ...              | investigate        | whole              | again ...
 * worker -> parent   done or crashed, one for each of them   | found or crashed   | whole or crashed   | again or crashed
 */
import type { Block, Campaign, RunPlan, RunRow } from '../../properties/campaign/campaign.ts';
import { type Finding, investigate, usualShrinking as shrinkingOf } from '../../properties/campaign/investigate.ts';
import { askAgain, type Kept, type KeptAnswer } from '../../properties/campaign/kept.ts';
import { DEFAULT_BUDGET, POLISH_RUNS } from '../../properties/shrink/shrink.ts';
import type { Failure } from '../platform.ts';
import { runWhole, type WholeRun } from '../input/whole.ts';
import type { InputSource, Source } from '../scenarios.ts';
import { type Workspace, workspaceOf } from '../workspace.ts';
import { Blocks, withArenas } from './blocks.ts';
import { tuneCompiler } from './compiler.ts';
import { loadConfig } from './load-config.ts';
import { Journal, type JournalPlace } from './journal.ts';
import { progressWriter } from './progress.ts';
import { type Bounds, DEFAULT_BOUNDS, Watchdog } from './watchdog.ts';

/** First argument of a worker's command line. */
export const WORKER_ARGUMENT = 'campaign-worker';

export type ToWorker =
  | {
      readonly kind: 'setup';
      readonly campaign: Campaign;
      readonly source: Source;
      readonly bounds: Bounds;
      readonly journal: JournalPlace;
      readonly parent: number;
      /** See `Watching`. */
      readonly leavesRepeats: boolean;
    }
  | { readonly kind: 'block'; readonly block: Block }
  /** One run that another worker has done. */
  | { readonly kind: 'repeat'; readonly run: number }
  | {
      readonly kind: 'investigate';
      readonly source: Source;
      readonly failure: Failure;
      readonly bounds: Bounds;
      readonly shrinks: boolean;
      readonly parent: number;
    }
  | { readonly kind: 'whole'; readonly source: InputSource; readonly seed: string; readonly parent: number }
  | {
      readonly kind: 'again';
      readonly source: Source;
      readonly kept: Kept;
      readonly bounds: Bounds;
      readonly parent: number;
    };
export type FromWorker =
  /** `problems`: why failing runs could not be written down. */
  | { readonly kind: 'done'; readonly results: readonly RunRow[]; readonly problems: readonly string[] }
  | { readonly kind: 'found'; readonly finding: Finding | undefined }
  | { readonly kind: 'whole'; readonly whole: WholeRun }
  | { readonly kind: 'again'; readonly answer: KeptAnswer }
  | { readonly kind: 'crashed'; readonly message: string };

/** Descriptor on which the watchdog of a worker writes; behind those of node's own, the channel of messages included. */
export const FINDINGS_DESCRIPTOR = 4;

/** Rejects with `BadUsage` or `InvalidInput`. */
export async function openHere(source: Source): Promise<Workspace> {
  return workspaceOf(source, source.kind === 'config' ? await loadConfig(source.file) : {});
}

const NOTHING = { runs: 0, events: 0 };

/** Shrinks a failure in this process, or only writes it out. */
export function investigateHere(
  { scenarios }: Workspace,
  { scenario, signature, seed, run: number, shrinkMs, way }: Failure,
  run: RunPlan,
  shrinks = true,
): Finding | undefined {
  const until = performance.now() + shrinkMs;
  const expired = (): boolean => performance.now() > until;
  const budgets = shrinks
    ? { shrink: { ...DEFAULT_BUDGET, expired }, polish: POLISH_RUNS }
    : { shrink: NOTHING, polish: 0 };
  const shrinking = { ...shrinkingOf(scenarios.named(scenario), { seed }), budgets, way: way ?? 0 };
  return investigate(scenarios.named(scenario), { seed, run: number }, signature, run, shrinking);
}

/** Does the run over a whole input in this process: a step of it takes as long as the input is large, so nobody watches. */
export function runWholeHere(source: InputSource, seed: string): WholeRun {
  const workspace = workspaceOf(source);
  const { whole } = workspace.scenarios;
  if (whole === undefined) throw new Error('there is no input to run as a whole');
  return runWhole(whole, source.input.columns, source.options, seed, withArenas(workspace, undefined, undefined));
}

/** `open`: what a source stands for. */
export function serveAsWorker(open: (source: Source) => Promise<Workspace> = openHere): void {
  tuneCompiler();
  const worker = new CampaignWorker(open);
  // A signal of the terminal reaches the whole group: the parent decides what to do about it.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: ToWorker) => {
    void worker.take(message);
  });
}

class CampaignWorker {
  readonly #open: (source: Source) => Promise<Workspace>;
  #watchdog: Watchdog | undefined;
  #journal: Journal | undefined;
  #blocks: Promise<Blocks> | undefined;

  constructor(open: (source: Source) => Promise<Workspace>) {
    this.#open = open;
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
      case 'setup':
        this.#journal = new Journal(message.journal);
        this.#blocks = this.#open(message.source).then(
          (workspace) =>
            new Blocks(message.campaign, workspace, {
              watchdog: this.#watched(message.bounds, message.parent),
              journal: this.#journal ?? new Journal(message.journal),
              entry: process.argv[1],
              began: progressWriter(),
              leavesRepeats: message.leavesRepeats,
            }),
        );
        // Whoever asks for a block hears of it.
        this.#blocks.catch(() => undefined);
        return undefined;
      case 'block':
        return this.#done(await (await this.#campaign()).run(message.block));
      case 'repeat':
        return this.#done([await (await this.#campaign()).repeat(message.run)]);
      case 'investigate': {
        const workspace = await this.#open(message.source);
        const run = withArenas(workspace, this.#watched(message.bounds, message.parent), process.argv[1]);
        return { kind: 'found', finding: investigateHere(workspace, message.failure, run, message.shrinks) };
      }
      case 'again': {
        const { scenarios, ...workspace } = await this.#open(message.source);
        const run = withArenas(
          { scenarios, ...workspace },
          this.#watched(message.bounds, message.parent),
          process.argv[1],
        );
        return { kind: 'again', answer: askAgain(message.kept, (id) => scenarios.find(id), run) };
      }
      case 'whole':
        // A step takes as long as the input is large: it is watched only for a parent that is gone.
        this.#watched({ turnCpuMs: Infinity, pollMs: DEFAULT_BOUNDS.pollMs }, message.parent);
        return { kind: 'whole', whole: runWholeHere(message.source, message.seed) };
    }
  }

  #campaign(): Promise<Blocks> {
    if (this.#blocks === undefined) throw new Error('a worker was given runs before their campaign');
    return this.#blocks;
  }

  #done(results: readonly RunRow[]): FromWorker {
    return { kind: 'done', results, problems: this.#journal?.takeProblems() ?? [] };
  }

  #watched(bounds: Bounds, parent: number): Watchdog {
    this.#watchdog ??= new Watchdog({
      bounds,
      worker: { descriptor: FINDINGS_DESCRIPTOR, parent },
    });
    return this.#watchdog;
  }
}
