/**
 * Runs blocks of a campaign in this process, watched, and counts what its runs leave behind. A block in which something
 * failed outside of all turns is run again, run by run, to know whose it is.
 */
import { JobFault } from '../../core/job-fault.ts';
import type { Block, Campaign, Judged, RunPlan, RunRow } from '../../properties/campaign/campaign.ts';
import { plannedRun, runAlone, runBlock } from '../../properties/campaign/campaign.ts';
import { rowOfFault } from '../../properties/campaign/outside.ts';
import { sightingOf } from '../../properties/campaign/sighting.ts';
import { run, type RunOptions } from '../../properties/run/run.ts';
import { Scratch } from '../../sim/kernel/scratch.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import type { Workspace } from '../workspace.ts';
import { type Escape, Escapes } from './escapes.ts';
import { observedElsewhere } from './fresh-process.ts';
import type { Journal } from './journal.ts';
import { withProcessTraps } from './process-traps.ts';
import type { Watchdog } from './watchdog.ts';

/**
 * Runs plans one after the other in the same arenas. `watchdog` undefined: nobody watches. `entry`: the file that this process
 * was started from, so that another one can be; undefined: there is no such file.
 */
export function withArenas(
  { options, source }: Workspace,
  watchdog: Watchdog | undefined,
  entry: string | undefined,
): RunPlan {
  // Our own jobs remember nothing.
  const fresh: Pick<RunOptions, 'inFreshProcess'> =
    entry === undefined || source.kind !== 'config'
      ? {}
      : { inFreshProcess: ({ id }, plan) => observedElsewhere(entry, { source, scenario: id, plan }) };
  const scratch = new Scratch();
  const listeners = watchdog === undefined ? [] : [watchdog.probe];
  return (scenario, plan, detail) => {
    const body = (): ReturnType<RunPlan> =>
      withProcessTraps(() => run(scenario, plan, { ...detail, ...options, ...fresh, scratch, listeners }));
    return watchdog === undefined ? body() : watchdog.watched(body);
  };
}

/** What is told of the runs of blocks while they are done. */
export interface BlockWatch {
  readonly watchdog: Watchdog;
  /** Where failing runs are written down as they are met. */
  readonly journal: Journal;
  /** See `withArenas`. */
  readonly entry: string | undefined;
  /** The number of each run, before it is done. */
  readonly began?: (run: number) => void;
  /** See `Watching`. */
  readonly judged?: (judged: Judged) => void;
  readonly leavesRepeats?: boolean;
}

export class Blocks {
  readonly #campaign: Campaign;
  readonly #workspace: Workspace;
  readonly #watchdog: Watchdog;
  readonly #watch: BlockWatch;
  readonly #escapes = new Escapes();
  #run: RunPlan;

  constructor(campaign: Campaign, workspace: Workspace, watch: BlockWatch) {
    this.#campaign = campaign;
    this.#workspace = workspace;
    this.#watchdog = watch.watchdog;
    this.#watch = watch;
    this.#run = withArenas(workspace, watch.watchdog, watch.entry);
  }

  /** `around` runs what it is given. Throws `HarnessCrash`, and what `around` throws. */
  async run(block: Block, around: <T>(body: () => T) => T = (body) => body()): Promise<readonly RunRow[]> {
    const { value: rows, escaped } = await this.#escapes.drained(() => around(() => this.#runNow(block)));
    const [first] = escaped;
    if (first === undefined) return rows;
    const again: RunRow[] = [];
    for (const row of rows) again.push(await this.#blamed(row, around));
    if (again.some(({ outside }) => outside === true)) return again;
    // Alone none of them shows it: it must not be forgotten for that.
    return rows.map((row, index) => (index === 0 ? this.#rowOf(row, first) : row));
  }

  /** Without what comes up later. */
  #runNow(block: Block): readonly RunRow[] {
    const watchdog = this.#watchdog;
    const scenarioOf = (id: string): Scenario => this.#workspace.scenarios.named(id);
    return watchdog.watched(() =>
      runBlock(this.#campaign, block, scenarioOf, this.#run, {
        began: (number) => this.#began(number),
        met: (sighting) => this.#watch.journal.met(sighting),
        judged: (judged) => this.#watch.judged?.(judged),
        leavesRepeats: this.#watch.leavesRepeats ?? false,
      }),
    );
  }

  #began(number: number): void {
    this.#watchdog.began(number);
    this.#watch.began?.(number);
  }

  /** A run that another process has done: as it is, to be compared there. Throws `HarnessCrash`. */
  async repeat(number: number): Promise<RunRow> {
    const item = plannedRun(this.#campaign, number, (id) => this.#workspace.scenarios.named(id));
    const { value: row, escaped } = await this.#escapes.drained(() =>
      this.#watchdog.watched(() => {
        this.#began(number);
        return runAlone(item, this.#run);
      }),
    );
    const [first] = escaped;
    return first === undefined ? row : this.#rowOf(row, first);
  }

  /** After a batch was broken: nothing that it wrote to is used again. */
  dropArenas(): void {
    this.#run = withArenas(this.#workspace, this.#watchdog, this.#watch.entry);
  }

  async #blamed(row: RunRow, around: <T>(body: () => T) => T): Promise<RunRow> {
    const alone = { from: row.run, to: row.run + 1 };
    const { escaped } = await this.#escapes.traced(
      () => around(() => this.#runNow(alone)),
      () => this.#watchdog.operator,
    );
    const [first] = escaped;
    return first === undefined ? row : this.#rowOf(row, first);
  }

  #rowOf(row: RunRow, { reason, operator }: Escape): RunRow {
    const text = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
    const message = `something that its code began failed after the turn, where nobody waits for it: ${text}`;
    const blamed = rowOfFault(row, new JobFault('escaped', message, { cause: reason }).data(operator ?? row.scenario));
    if (blamed !== row) this.#watch.journal.met(sightingOf(row, blamed.violations));
    return blamed;
  }
}
