/** Runs blocks of a campaign in this process, or in others that are forked from the same entry point. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Block, Campaign, RunRow } from '../../properties/campaign/campaign.ts';
import type { Finding } from '../../properties/campaign/investigate.ts';
import { type Overrun, rowOfOverrun } from '../../properties/campaign/outside.ts';
import { signatureOf } from '../../properties/outcome.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import type { WholeRun } from '../input/whole.ts';
import type { Failure, Pool } from '../platform.ts';
import type { InputSource, Source } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { Blocks } from './blocks.ts';
import { Child, EndedByWatchdog } from './child.ts';
import { type Bounds, CONFIRM_FACTOR, DEFAULT_BOUNDS, Watchdog } from './watchdog.ts';

/** What a pool is opened with beside its campaign. */
export interface PoolOptions {
  /** The file that workers are forked from. */
  readonly entry: string;
  /** Flags of node for it. Default: those of this process, which say how it is loaded. */
  readonly flags?: readonly string[];
  readonly bounds?: Bounds;
}

export function openPool(campaign: Campaign, workspace: Workspace, workers: number, options: PoolOptions): Pool {
  return workers === 0
    ? new InlinePool(campaign, workspace, options)
    : new ForkedPool(campaign, workspace, workers, options);
}

/** Does blocks for which somebody else has to say what a run that takes no end was. */
abstract class WatchedPool {
  readonly campaign: Campaign;
  readonly workspace: Workspace;
  readonly #options: PoolOptions;
  readonly bounds: Bounds;
  /** Signatures that have been confirmed: a job that never ends in one run hardly ever does in another. */
  readonly #known = new Set<string>();
  /** Confirms findings; closed with the pool. */
  readonly #confirming = new Set<Child>();

  constructor(campaign: Campaign, workspace: Workspace, options: PoolOptions) {
    this.campaign = campaign;
    this.workspace = workspace;
    this.#options = options;
    this.bounds = options.bounds ?? DEFAULT_BOUNDS;
  }

  /** The block, and nothing else; throws `EndedByWatchdog`. */
  protected abstract attempt(block: Block): Promise<readonly RunRow[]>;

  /** A run that takes no end is told from the others: those are done without it. */
  async run(block: Block): Promise<readonly RunRow[]> {
    if (block.from >= block.to) return [];
    try {
      return await this.attempt(block);
    } catch (error) {
      if (!(error instanceof EndedByWatchdog) || !within(block, error.overrun.run)) throw error;
      const { run } = error.overrun;
      const before = await this.run({ from: block.from, to: run });
      const row = await this.#confirmed(error.overrun);
      return [...before, row, ...(await this.run({ from: run + 1, to: block.to }))];
    }
  }

  close(): void {
    for (const child of this.#confirming) child.close();
  }

  protected fork(bounds: Bounds): Child {
    const { entry, flags } = this.#options;
    const child = new Child(entry, flags);
    child.tell({ kind: 'setup', campaign: this.campaign, source: this.workspace.source, bounds });
    return child;
  }

  /** Alone, in a fresh process, at a multiple of the bound. */
  async #confirmed(overrun: Overrun): Promise<RunRow> {
    const scenarioOf = (id: string): Scenario => this.workspace.scenarios.named(id);
    const known = rowOfOverrun(this.campaign, scenarioOf, overrun, true);
    if (known.violations.some((violation) => this.#known.has(signatureOf(violation)))) return known;
    const { turnCpuMs, pollMs } = this.bounds;
    const bounds = { turnCpuMs: CONFIRM_FACTOR * turnCpuMs, pollMs };
    const child = this.fork(bounds);
    this.#confirming.add(child);
    try {
      await child.ask({ kind: 'block', block: { from: overrun.run, to: overrun.run + 1 } });
      return rowOfOverrun(this.campaign, scenarioOf, overrun, false);
    } catch (error) {
      if (!(error instanceof EndedByWatchdog)) throw error;
      const row = rowOfOverrun(this.campaign, scenarioOf, error.overrun, true);
      for (const violation of row.violations) this.#known.add(signatureOf(violation));
      return row;
    } finally {
      this.#confirming.delete(child);
      child.close();
    }
  }
}

function within({ from, to }: Block, run: number): boolean {
  return from <= run && run < to;
}

class InlinePool extends WatchedPool implements Pool {
  readonly lanes = 1;
  readonly #watchdog: Watchdog;
  readonly #blocks: Blocks;

  constructor(campaign: Campaign, workspace: Workspace, options: PoolOptions) {
    super(campaign, workspace, options);
    this.#watchdog = new Watchdog({ bounds: this.bounds });
    this.#blocks = new Blocks(campaign, workspace, this.#watchdog, options.entry);
  }

  protected override async attempt(block: Block): Promise<readonly RunRow[]> {
    // Signals and the terminal get their turn between two blocks.
    await nextTurn();
    return this.#blocks.run(block, (body) => this.#guarded(body));
  }

  #guarded<T>(body: () => T): T {
    const guarded = this.#watchdog.guarded(body);
    if (guarded.kind === 'done') return guarded.value;
    this.#blocks.dropArenas();
    if (guarded.kind === 'overrun') throw new EndedByWatchdog(guarded.overrun);
    // The script took the signal; those who listen for it have not heard it.
    process.emit('SIGINT');
    throw new Error('interrupted');
  }

  override close(): void {
    super.close();
    this.#watchdog.close();
  }
}

class ForkedPool extends WatchedPool implements Pool {
  readonly lanes: number;
  readonly #children: (Child | undefined)[];

  constructor(campaign: Campaign, workspace: Workspace, workers: number, options: PoolOptions) {
    super(campaign, workspace, options);
    this.lanes = workers;
    this.#children = Array.from({ length: workers }, () => this.fork(this.bounds));
  }

  protected override async attempt(block: Block): Promise<readonly RunRow[]> {
    const at = this.#children.findIndex((child) => child?.busy === false);
    const child = this.#children[at];
    if (child === undefined) throw new Error('more blocks at once than there are workers');
    try {
      const answer = await child.ask({ kind: 'block', block });
      return answer.kind === 'done' ? answer.results : [];
    } catch (error) {
      if (error instanceof EndedByWatchdog) this.#children[at] = this.fork(this.bounds);
      throw error;
    }
  }

  override close(): void {
    super.close();
    for (const child of this.#children) child?.close();
  }
}

/**
 * Shrinks a failure in a process of its own; `close` of what is returned ends it, and the promise rejects. If a smaller
 * candidate takes no end, the failure is kept as it was met.
 */
export function investigateElsewhere(
  entry: string,
  source: Source,
  failure: Failure,
): { readonly finding: Promise<Finding | undefined>; close(): void } {
  let child = new Child(entry);
  const ask = (shrinks: boolean): Promise<Finding | undefined> =>
    child
      .ask({ kind: 'investigate', source, failure, bounds: DEFAULT_BOUNDS, shrinks })
      .then((answer) => (answer.kind === 'found' ? answer.finding : undefined));
  const finding = ask(true)
    .catch((error: unknown) => {
      if (!(error instanceof EndedByWatchdog)) throw error;
      child = new Child(entry);
      return ask(false);
    })
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
  const child = new Child(entry, process.execArgv, []);
  const run = child
    .ask({ kind: 'whole', source, seed })
    .then((answer) => {
      if (answer.kind !== 'whole') throw new Error('a worker gave another answer than it was asked for');
      return answer.whole;
    })
    .finally(() => child.close());
  return { run, close: () => child.close() };
}
