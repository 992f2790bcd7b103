/**
 * A worker process: it gets a campaign once and then runs blocks of it, or it gets one failure to shrink, or the
 * one run over a whole input, or what was kept, to be run again. It ends when its parent goes away, in the middle of a run too: its watchdog sees to that. The
 * watchdog also ends it when a run takes no end, and says which on a descriptor of its own.
 *
 * parent -> worker   setup, block or repeat ...              | investigate        | whole              | again ...
 * worker -> parent   done or crashed, one for each of them   | found or crashed   | whole or crashed   | again or crashed
 *                    (judged, before them: the first run)
 */
import { FIRST_RUN, type Judged, type RunRow } from '../../properties/campaign/campaign.ts';
import { askAgain } from '../../properties/campaign/kept.ts';
import { isBadInput } from '../bad-input.ts';
import type { Source } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { bestWriter } from './best-so-far.ts';
import { Blocks, withArenas } from './blocks.ts';
import { tuneCompiler } from './compiler.ts';
import { Journal } from './journal.ts';
import { openHere } from './open.ts';
import { progressWriter } from './progress.ts';
import { FINDINGS_DESCRIPTOR, type FromWorker, START_MS, type ToWorker } from './protocol.ts';
import { type Bounds, DEFAULT_BOUNDS, Watchdog } from './watchdog.ts';

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

/** Of any other run the row is soon enough. */
function tellFirst(judged: Judged): void {
  const message: FromWorker = { kind: 'judged', judged };
  if (judged.run === FIRST_RUN) process.send?.(message);
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
      const answer: FromWorker = {
        kind: 'crashed',
        message: error instanceof Error ? error.message : String(error),
        isBadInput: isBadInput(error),
      };
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
              judged: tellFirst,
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
        const { investigateHere, writeOutHere } = await import('../shrinking.ts');
        const run = withArenas(workspace, this.#watched(message.bounds, message.parent), process.argv[1]);
        const { failure, begun } = message;
        // The process was started for this, and its clock began then: so did the time, on a busy machine seconds ago.
        const until = failure.shrinkMs + Math.min(performance.now(), START_MS);
        const finding =
          begun === undefined
            ? investigateHere(workspace, failure, run, { until, improved: bestWriter() })
            : writeOutHere(workspace, failure, run, begun.best);
        return { kind: 'found', finding };
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
      case 'whole': {
        const { runWholeHere } = await import('./own-input.ts');
        // A step takes as long as the input is large: it is watched only for a parent that is gone.
        this.#watched({ turnCpuMs: Infinity, pollMs: DEFAULT_BOUNDS.pollMs }, message.parent);
        return { kind: 'whole', whole: runWholeHere(message.source, message.seed) };
      }
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
