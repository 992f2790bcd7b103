/** Runs blocks of a campaign in this process, or in others that are forked from the same entry point. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Block,
  type Campaign,
  FIRST_RUN,
  type Judged,
  repeatOf,
  type RunRow,
  withRepeat,
} from '../../properties/campaign/campaign.ts';
import { HarnessCrash } from '../../properties/campaign/harness-crash.ts';
import type { Finding } from '../../properties/campaign/investigate.ts';
import { campaignId, type Sighting, sightingOf } from '../../properties/campaign/sighting.ts';
import { type Overrun, rowOfDeath, rowOfOverrun } from '../../properties/campaign/outside.ts';
import { NO_DIGEST, signatureOf } from '../../properties/outcome.ts';
import { WAYS, weightOf } from '../../properties/shrink/parts.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import type { WholeRun } from '../input/whole.ts';
import { endedAgain } from '../../properties/campaign/kept.ts';
import { type Failure, OutOfTime, type Pool, type Replayer } from '../platform.ts';
import { type InputSource, type Source, sourceFlags } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { Blocks } from './blocks.ts';
import { tuneCompiler } from './compiler.ts';
import { type Answer, Child, EndedByWatchdog, WorkerDied } from './child.ts';
import { Crew } from './crew.ts';
import { CASE_DIRECTORY } from './files.ts';
import type { Begun } from './protocol.ts';
import { Journal, type JournalPlace, sightingsOf } from './journal.ts';
import { type Bounds, CONFIRM_FACTOR, DEFAULT_BOUNDS, Watchdog } from './watchdog.ts';

/** What a pool is opened with beside its campaign. */
export interface PoolOptions {
  /** The file that workers are forked from. */
  readonly entry: string;
  /** Flags of node for it. Default: those of this process, which say how it is loaded. */
  readonly flags?: readonly string[];
  readonly bounds?: Bounds;
  /** The first run of the campaign, once: before it is done again. */
  readonly first?: (judged: Judged) => void;
  /** Called behind it if it was done in this process, which is as it was started until then. */
  readonly firstDone?: () => void;
  /** What a person should know: why something could not be written. */
  readonly warn?: (text: string) => void;
}

/** A worker that ends again and again before it has begun a run: something else is wrong than a run. */
const DEATHS_AT_REST_MAX = 4;
/** So often a run may take its worker with it before it is a finding. */
const DEATHS_OF_RUN_MAX = 2;

export function openPool(campaign: Campaign, workspace: Workspace, workers: number, options: PoolOptions): Pool {
  return workers === 0
    ? new InlinePool(campaign, workspace, options)
    : new ForkedPool(campaign, workspace, workers, options);
}

/** Does blocks for which somebody else has to say what a run was that takes no end, or that takes its worker with it. */
abstract class WatchedPool {
  readonly campaign: Campaign;
  readonly workspace: Workspace;
  readonly bounds: Bounds;
  protected readonly journal: Journal;
  readonly #place: JournalPlace;
  readonly #options: PoolOptions;
  /** Signatures that have been confirmed: a job that never ends in one run hardly ever does in another. */
  readonly #known = new Set<string>();
  /** Confirms findings; closed with the pool. */
  readonly #confirming = new Set<Child>();
  /** How often a worker has died, by the run that it was doing. */
  readonly #deaths = new Map<number | undefined, number>();
  readonly #warned = new Set<string>();
  readonly #pids: number[] = [];
  #isFirstTold = false;
  protected closed = false;

  /** See `Watching`. */
  protected readonly leavesRepeats: boolean;

  constructor(campaign: Campaign, workspace: Workspace, options: PoolOptions, leavesRepeats: boolean) {
    this.leavesRepeats = leavesRepeats;
    this.campaign = campaign;
    this.workspace = workspace;
    this.#options = options;
    this.bounds = options.bounds ?? DEFAULT_BOUNDS;
    this.#place = {
      directory: workspace.caseDirectory ?? CASE_DIRECTORY,
      campaign: campaignId(campaign),
      flags: sourceFlags(workspace.source),
    };
    this.journal = new Journal(this.#place);
  }

  /** The block, and nothing else; throws `EndedByWatchdog` and `WorkerDied`. */
  protected abstract attempt(block: Block): Promise<readonly RunRow[]>;

  /** A run that takes no end, or its worker with it, is told from the others: those are done without it. */
  async run(block: Block): Promise<readonly RunRow[]> {
    if (block.from >= block.to) return [];
    try {
      return await this.attempt(block);
    } catch (error) {
      if (this.closed) throw error;
      if (error instanceof WorkerDied) return await this.#runAfterDeath(block, error);
      if (!(error instanceof EndedByWatchdog) || !within(block, error.overrun.run)) throw error;
      const { overrun } = error;
      return await this.#runAround(block, overrun.run, () => this.#confirmed(overrun));
    } finally {
      this.warnOf(this.journal.takeProblems());
    }
  }

  async #runAfterDeath(block: Block, death: WorkerDied): Promise<readonly RunRow[]> {
    const at = death.run !== undefined && within(block, death.run) ? death.run : undefined;
    const times = (this.#deaths.get(at) ?? 0) + 1;
    this.#deaths.set(at, times);
    if (at === undefined) {
      if (times < DEATHS_AT_REST_MAX) return this.run(block);
      throw new HarnessCrash(`worker processes end (${death.how}) before they have begun a run`, { cause: death });
    }
    if (times < DEATHS_OF_RUN_MAX) return this.run(block);
    return this.#runAround(block, at, () => Promise.resolve(this.#written(this.#rowOfDeath(at, death))));
  }

  async #runAround(block: Block, at: number, rowAt: () => Promise<RunRow>): Promise<readonly RunRow[]> {
    const row = await rowAt();
    const before = await this.run({ from: block.from, to: at });
    return [...before, row, ...(await this.run({ from: at + 1, to: block.to }))];
  }

  #rowOfDeath(run: number, { how }: WorkerDied): RunRow {
    return rowOfDeath(this.campaign, (id) => this.workspace.scenarios.named(id), run, how);
  }

  /** A row that no worker lived to write down. */
  #written(row: RunRow): RunRow {
    if (row.verdict === 'fail') this.journal.met(sightingOf(row, row.violations));
    return row;
  }

  /** What processes of this campaign have written down: also of blocks that did not come to their end. */
  written(): readonly Sighting[] {
    return [process.pid, ...this.#pids].flatMap((pid) => sightingsOf(this.#place, pid));
  }

  /** A block may be done again: what it began with is told once. */
  protected judged(judged: Judged): void {
    if (judged.run !== FIRST_RUN || this.#isFirstTold) return;
    this.#isFirstTold = true;
    this.#options.first?.(judged);
  }

  /** Each problem is told once. */
  protected warnOf(problems: readonly string[]): void {
    for (const problem of problems.filter((one) => !this.#warned.has(one))) {
      this.#warned.add(problem);
      this.#options.warn?.(
        `a failing run could not be written down (${problem}): it is in the report of this campaign only`,
      );
    }
  }

  close(): void {
    this.closed = true;
    for (const child of this.#confirming) child.close();
    this.journal.close();
  }

  protected fork(bounds: Bounds): Child {
    const { entry, flags } = this.#options;
    const child = new Child(entry, { flags, judged: (judged) => this.judged(judged) });
    if (child.pid !== undefined) this.#pids.push(child.pid);
    const { campaign, workspace } = this;
    child.tell({
      kind: 'setup',
      campaign,
      source: workspace.source,
      bounds,
      journal: this.#place,
      parent: process.pid,
      leavesRepeats: this.leavesRepeats,
    });
    return child;
  }

  /** Alone, in a fresh process, at a multiple of the bound. */
  async #confirmed(overrun: Overrun): Promise<RunRow> {
    const scenarioOf = (id: string): Scenario => this.workspace.scenarios.named(id);
    const known = rowOfOverrun(this.campaign, scenarioOf, overrun, true);
    if (known.violations.some((violation) => this.#known.has(signatureOf(violation)))) return this.#written(known);
    const { turnCpuMs, pollMs } = this.bounds;
    const bounds = { turnCpuMs: CONFIRM_FACTOR * turnCpuMs, pollMs };
    const child = this.fork(bounds);
    this.#confirming.add(child);
    try {
      await child.ask({ kind: 'block', block: { from: overrun.run, to: overrun.run + 1 } });
      return rowOfOverrun(this.campaign, scenarioOf, overrun, false);
    } catch (error) {
      if (error instanceof WorkerDied) return this.#written(this.#rowOfDeath(overrun.run, error));
      if (!(error instanceof EndedByWatchdog)) throw error;
      const row = rowOfOverrun(this.campaign, scenarioOf, error.overrun, true);
      for (const violation of row.violations) this.#known.add(signatureOf(violation));
      return this.#written(row);
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
  readonly #firstDone: () => void;
  #until = Infinity;

  constructor(campaign: Campaign, workspace: Workspace, options: PoolOptions) {
    super(campaign, workspace, options, false);
    this.#watchdog = new Watchdog({ bounds: this.bounds });
    const { entry, firstDone = () => undefined } = options;
    this.#firstDone = firstDone;
    this.#blocks = new Blocks(campaign, workspace, {
      watchdog: this.#watchdog,
      journal: this.journal,
      entry,
      judged: (judged) => this.#judged(judged),
    });
  }

  protected override async attempt(block: Block): Promise<readonly RunRow[]> {
    // Signals and the terminal get their turn between two blocks.
    await nextTurn();
    if (block.from !== FIRST_RUN) tuneCompiler();
    return this.#blocks.run(block, (body) => this.#guarded(body));
  }

  /** The first run is over before baseline code has paid for itself: without it, it has its verdict a seventh sooner. */
  #judged(judged: Judged): void {
    this.judged(judged);
    if (judged.run !== FIRST_RUN) return;
    this.#firstDone();
    tuneCompiler();
  }

  #guarded<T>(body: () => T): T {
    const guarded = this.#watchdog.guarded(body, this.#until - performance.now());
    if (guarded.kind === 'done') return guarded.value;
    this.#blocks.dropArenas();
    if (guarded.kind === 'cut') throw new OutOfTime('the time limit has ended a run');
    if (guarded.kind === 'overrun') throw new EndedByWatchdog(guarded.overrun);
    // The script took the signal; those who listen for it have not heard it.
    process.emit('SIGINT');
    throw new Error('interrupted');
  }

  cutAfter(seconds: number): void {
    this.#until = performance.now() + 1000 * seconds;
  }

  override close(): void {
    super.close();
    this.#watchdog.close();
  }
}

class ForkedPool extends WatchedPool implements Pool {
  readonly lanes: number;
  readonly #crew: Crew;

  constructor(campaign: Campaign, workspace: Workspace, workers: number, options: PoolOptions) {
    super(campaign, workspace, options, workers >= 2);
    // While one block waits for a second run in another worker, the worker that did it has another block to do.
    this.lanes = this.leavesRepeats ? workers + 1 : workers;
    this.#crew = new Crew(() => this.fork(this.bounds), workers);
  }

  protected override async attempt(block: Block): Promise<readonly RunRow[]> {
    const { answer, by } = await this.#crew.ask({ kind: 'block', block });
    const rows = this.#rowsIn(answer);
    return Promise.all(rows.map((row) => this.#repeated(row, by)));
  }

  /** A row from outside has no digest to compare. */
  #isLeft({ run, outside }: RunRow): boolean {
    return this.leavesRepeats && outside !== true && repeatOf(this.campaign, run) === 'elsewhere';
  }

  /** With its second run, if that was left. If that worker ends, the whole block is done again, as if the first one had. */
  async #repeated(row: RunRow, by: Child): Promise<RunRow> {
    if (!this.#isLeft(row)) return row;
    try {
      const { answer } = await this.#crew.askAnother({ kind: 'repeat', run: row.run }, by);
      const [again] = this.#rowsIn(answer);
      return again === undefined
        ? row
        : withRepeat(this.campaign, row, again, (sighting) => this.journal.met(sighting));
    } catch (error) {
      // The campaign was ended: what was done counts.
      if (this.closed) return row;
      throw error;
    }
  }

  #rowsIn(answer: Answer): readonly RunRow[] {
    if (answer.kind !== 'done') throw new Error('a worker gave another answer than it was asked for');
    this.warnOf(answer.problems);
    return answer.results;
  }

  override close(): void {
    super.close();
    this.#crew.close();
  }
}

/** What a process may need beyond its time, which it keeps by itself if no run is much longer than those before it. */
const GRACE_MS = 1_500;

type Shrinking = { readonly finding: Promise<Finding | 'no-time' | undefined>; close(): void };

/**
 * Shrinks a failure in processes of its own, as many as there are processors for it and ways to go: the smallest plan counts.
 * `close` of what is returned ends them: what they have found until then counts. `flags`: of node, see `PoolOptions`.
 */
export function investigateElsewhere(
  entry: string,
  source: Source,
  failure: Failure,
  flags?: readonly string[],
): Shrinking {
  const ways = Math.max(1, Math.min(WAYS.length, failure.processors ?? 1));
  const [first, ...others] = Array.from({ length: ways }, (_, way) =>
    investigateOneWay(entry, source, { ...failure, way }, flags),
  );
  if (first === undefined) throw new Error('there is no way to shrink');
  const close = (): void => {
    for (const one of [first, ...others]) one.close();
  };
  // What becomes of the other ways decides nothing but the size.
  const beside = others.map(({ finding }) => finding.catch(() => undefined));
  const finding = Promise.all([first.finding, ...beside]).then((found) => smallest(found) ?? found[0]);
  return { finding: finding.finally(close), close };
}

/** The first of the smallest. */
function smallest(found: readonly (Finding | 'no-time' | undefined)[]): Finding | undefined {
  const [best] = found
    .flatMap((one) => (one === undefined || one === 'no-time' ? [] : [one]))
    .toSorted((a, b) => sizeToRead(a.kase.plan) - sizeToRead(b.kase.plan) || missing(a) - missing(b));
  return best;
}

/** Of two that are as small, one that was run to its end has more to tell. */
function missing({ kase }: Finding): number {
  return kase.digest === NO_DIGEST ? 1 : 0;
}

/** What nobody has written out cannot be read. */
function sizeToRead(plan: Plan): number {
  return 'seed' in plan.choices ? Infinity : weightOf(plan);
}

/**
 * However it ends, the smallest plan that was found until then is what it comes to. If a smaller candidate takes no end, or takes
 * the process with it, that plan is written out by another one; the time for it bounds all of that.
 */
function investigateOneWay(
  entry: string,
  source: Source,
  failure: Failure,
  flags: readonly string[] | undefined,
): Shrinking {
  let child: Child | undefined;
  let end = (): void => undefined;
  const over = new Promise<'over'>((resolve) => {
    end = () => resolve('over');
  });
  const timer = setTimeout(end, Math.min(failure.shrinkMs + GRACE_MS, TIMER_MS_MAX));
  const until = performance.now() + failure.shrinkMs;
  const ask = async (of: Child, begun?: Begun): Promise<Finding | 'over' | 'ended' | undefined> => {
    const left = { ...failure, shrinkMs: Math.max(0, until - performance.now()) };
    const message = {
      kind: 'investigate',
      source,
      failure: left,
      bounds: DEFAULT_BOUNDS,
      parent: process.pid,
    } as const;
    const answer = of.ask(begun === undefined ? message : { ...message, begun }).then(
      (told) => (told.kind === 'found' ? told.finding : undefined),
      (error: unknown) => {
        if (error instanceof EndedByWatchdog || error instanceof WorkerDied) return 'ended' as const;
        throw error;
      },
    );
    return Promise.race([over, answer]);
  };
  const work = async (): Promise<Finding | 'no-time' | undefined> => {
    const shrinker = (child = new Child(entry, { flags, shrinks: true }));
    const found = await ask(shrinker);
    if (found !== 'over' && found !== 'ended') return found;
    const { best } = shrinker;
    if (found === 'over') return best ?? 'no-time';
    const written = await ask((child = new Child(entry, { flags })), { best });
    if (written === 'over' || written === 'ended') return best ?? 'no-time';
    return written ?? best;
  };
  const close = (): void => {
    end();
    child?.close();
  };
  const finding = work().finally(() => {
    clearTimeout(timer);
    close();
  });
  return { finding, close };
}

/** The longest that a timer can wait. */
const TIMER_MS_MAX = 2_147_483_647;

/** Does the run over a whole input in a process of its own, whose memory is given back; `close` as above. */
export function runWholeElsewhere(
  entry: string,
  source: InputSource,
  seed: string,
  ms: number,
): { readonly run: Promise<WholeRun | 'no-time'>; close(): void } {
  // One large universe: what lives is old at once, and a large young generation would be in addition to it.
  const child = new Child(entry, { memory: [] });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'no-time'>((resolve) => {
    timer = setTimeout(() => resolve('no-time'), Math.min(ms, TIMER_MS_MAX));
  });
  const whole = child.ask({ kind: 'whole', source, seed, parent: process.pid }).then((answer) => {
    if (answer.kind !== 'whole') throw new Error('a worker gave another answer than it was asked for');
    return answer.whole;
  });
  const run = Promise.race([whole, late]).finally(() => {
    clearTimeout(timer);
    child.close();
  });
  whole.catch(() => undefined);
  return { run, close: () => child.close() };
}

/** Runs what was kept again, one after the other, in a process of its own: what ends that process is told of as its answer. */
export function replayElsewhere(
  entry: string,
  source: Source,
  environment: Readonly<Record<string, string>> = {},
): Replayer {
  let child: Child | undefined;
  let closed = false;
  return {
    async ask(kept) {
      if (child === undefined || child.ended) child = new Child(entry, { environment });
      try {
        const message = { kind: 'again', source, kept, bounds: DEFAULT_BOUNDS, parent: process.pid } as const;
        const answer = await child.ask(message);
        if (answer.kind !== 'again') throw new Error('a worker gave another answer than it was asked for');
        return answer.answer;
      } catch (error) {
        if (closed) throw error;
        if (error instanceof EndedByWatchdog) return endedAgain(kept, 'it takes no end');
        if (error instanceof WorkerDied) return endedAgain(kept, `it ends the process that runs it (${error.how})`);
        throw error;
      }
    },
    close() {
      closed = true;
      child?.close();
    },
  };
}
