/** Runs blocks of a campaign in this process, or in others that are forked from the same entry point. */
import { type ChildProcess, fork } from 'node:child_process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Block, Campaign, RunResult } from '../../properties/campaign/campaign.ts';
import { HarnessCrash } from '../../properties/campaign/campaign.ts';
import type { Pool } from '../platform.ts';
import type { Source } from '../scenarios.ts';
import { blockRunner, type FromWorker, type ToWorker, WORKER_ARGUMENT } from './worker.ts';

export function openPool(entry: string, campaign: Campaign, source: Source, workers: number): Pool {
  return workers === 0 ? inlinePool(campaign, source) : new ForkedPool(entry, campaign, source, workers);
}

function inlinePool(campaign: Campaign, source: Source): Pool {
  const runner = blockRunner(campaign, source);
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

interface Waiting {
  readonly resolve: (results: readonly RunResult[]) => void;
  readonly reject: (error: Error) => void;
}

class ForkedPool implements Pool {
  readonly lanes: number;
  readonly #children: readonly Child[];

  constructor(entry: string, campaign: Campaign, source: Source, workers: number) {
    this.lanes = workers;
    this.#children = Array.from({ length: workers }, () => new Child(entry, { kind: 'setup', campaign, source }));
  }

  run(block: Block): Promise<readonly RunResult[]> {
    const idle = this.#children.find((child) => !child.busy);
    if (idle === undefined) throw new Error('more blocks at once than there are workers');
    return idle.run(block);
  }

  close(): void {
    for (const child of this.#children) child.close();
  }
}

class Child {
  readonly #process: ChildProcess;
  #waiting: Waiting | undefined;
  #closed = false;

  constructor(entry: string, setup: ToWorker) {
    this.#process = fork(entry, [WORKER_ARGUMENT], { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.on('message', (message: FromWorker) => {
      if (message.kind === 'done') this.#take()?.resolve(message.results);
      else this.#take()?.reject(new HarnessCrash(message.message));
    });
    this.#process.on('error', (error) => this.#take()?.reject(error));
    this.#process.on('exit', (code, signal) => {
      const how = this.#closed ? 'was closed' : `ended (${signal ?? `exit ${String(code)}`})`;
      this.#take()?.reject(new Error(`a worker process ${how} before its block was done`));
    });
    this.#process.send(setup);
  }

  get busy(): boolean {
    return this.#waiting !== undefined;
  }

  run(block: Block): Promise<readonly RunResult[]> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#process.send({ kind: 'block', block } satisfies ToWorker);
    });
  }

  close(): void {
    this.#closed = true;
    this.#process.kill('SIGKILL');
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }
}
