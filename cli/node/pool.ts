/** Runs blocks of a campaign in this process, or in others that are forked from the same entry point. */
import { type ChildProcess, fork } from 'node:child_process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Block, Campaign, RunRow } from '../../properties/campaign/campaign.ts';
import { HarnessCrash } from '../../properties/campaign/campaign.ts';
import type { Finding } from '../../properties/campaign/investigate.ts';
import type { Failure, Pool } from '../platform.ts';
import type { WholeRun } from '../input/whole.ts';
import type { InputSource, Source } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { blockRunner, type FromWorker, type ToWorker, WORKER_ARGUMENT } from './worker.ts';

export function openPool(entry: string, campaign: Campaign, workspace: Workspace, workers: number): Pool {
  return workers === 0 ? inlinePool(campaign, workspace) : new ForkedPool(entry, campaign, workspace.source, workers);
}

function inlinePool(campaign: Campaign, workspace: Workspace): Pool {
  const runner = blockRunner(campaign, workspace);
  return {
    lanes: 1,
    async run(block) {
      // Signals and the terminal get their turn between two blocks.
      await nextTurn();
      return runner(block);
    },
    close: () => undefined,
  };
}

/** Shrinks a failure in a process of its own; `close` of what is returned ends it, and the promise rejects. */
export function investigateElsewhere(
  entry: string,
  source: Source,
  failure: Failure,
): { readonly finding: Promise<Finding | undefined>; close(): void } {
  const child = new Child(entry);
  const finding = child
    .ask({ kind: 'investigate', source, failure })
    .then((answer) => (answer.kind === 'found' ? answer.finding : undefined))
    .finally(() => child.close());
  return { finding, close: () => child.close() };
}

/** Does the run over a whole input in a process of its own, whose memory is given back; `close` as above. */
export function runWholeElsewhere(
  entry: string,
  source: InputSource,
  seed: string,
): { readonly run: Promise<WholeRun>; close(): void } {
  // One large universe: what lives is old at once, and a large young generation would be in addition to it.
  const child = new Child(entry, []);
  const run = child
    .ask({ kind: 'whole', source, seed })
    .then((answer) => {
      if (answer.kind !== 'whole') throw new Error('a worker gave another answer than it was asked for');
      return answer.whole;
    })
    .finally(() => child.close());
  return { run, close: () => child.close() };
}

class ForkedPool implements Pool {
  readonly lanes: number;
  readonly #children: readonly Child[];

  constructor(entry: string, campaign: Campaign, source: Source, workers: number) {
    this.lanes = workers;
    this.#children = Array.from({ length: workers }, () => {
      const child = new Child(entry);
      child.tell({ kind: 'setup', campaign, source });
      return child;
    });
  }

  async run(block: Block): Promise<readonly RunRow[]> {
    const idle = this.#children.find((child) => !child.busy);
    if (idle === undefined) throw new Error('more blocks at once than there are workers');
    const answer = await idle.ask({ kind: 'block', block });
    return answer.kind === 'done' ? answer.results : [];
  }

  close(): void {
    for (const child of this.#children) child.close();
  }
}

type Answer = Exclude<FromWorker, { readonly kind: 'crashed' }>;
interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A universe allocates some megabytes and lives some milliseconds. With node's default young generation of 16 MiB a
 * collection meets it half done and copies it; with 64 MiB most universes are gone by then.
 */
const WORKER_FLAGS = ['--max-semi-space-size=64'];

/** A forked worker; one question at a time. */
class Child {
  readonly #process: ChildProcess;
  #waiting: Waiting | undefined;
  #ended: Error | undefined;

  constructor(entry: string, flags: readonly string[] = WORKER_FLAGS) {
    this.#process = fork(entry, [WORKER_ARGUMENT], {
      // The parent's flags go first: tsx loads TypeScript through them.
      execArgv: [...process.execArgv, ...flags],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.on('message', (message: FromWorker) => {
      if (message.kind === 'crashed') this.#take()?.reject(new HarnessCrash(message.message));
      else this.#take()?.resolve(message);
    });
    this.#process.on('error', (error) => this.#end(error));
    this.#process.on('exit', (code, signal) =>
      this.#end(new Error(`a worker process ended (${signal ?? `exit ${String(code)}`}) before it had answered`)),
    );
  }

  get busy(): boolean {
    return this.#waiting !== undefined;
  }

  tell(message: ToWorker): void {
    this.#process.send(message);
  }

  /** Rejects with `HarnessCrash` if the worker says so, or if it ends before it has answered. */
  ask(message: ToWorker): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.tell(message);
    });
  }

  close(): void {
    this.#process.kill('SIGKILL');
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#take()?.reject(error);
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }
}
