/**
 * Drives a campaign: hands blocks of runs to a pool, in order, until all are done, the time is up or the user stops.
 * What came back is kept in any case.
 */
import type { Block, RunRow } from '../properties/campaign/campaign.ts';
import { isFailure, type Sighting } from '../properties/campaign/sighting.ts';
import { OutOfTime, type Platform, type Pool } from './platform.ts';

/** One of several machines that share a campaign: it does every n-th block, beginning with the one of its number. */
export interface Shard {
  /** From 1 on. */
  readonly index: number;
  readonly total: number;
}

/** One machine does all of it. */
export const WHOLE_CAMPAIGN: Shard = { index: 1, total: 1 };

export interface Extent {
  /** Of the campaign, all shards together. */
  readonly runs: number;
  /** Undefined: all of it. */
  readonly shard?: Shard | undefined;
  /** Ends when so many runs have failed. Undefined: never. */
  readonly failuresMax?: number | undefined;
  /** Undefined: no limit. No block begins later, and none is waited for much longer. */
  readonly seconds: number | undefined;
  /** Of them, so many are left over as soon as something has failed: for shrinking. */
  readonly reserve?: number;
  /** From when on they count, on the platform's clock. Default: from now. */
  readonly since?: number;
}

export interface Driven {
  readonly cutShort: boolean;
  /** Failing runs of blocks that did not come to their end. */
  readonly unfinished: readonly Sighting[];
  /** Why it did not go on, if it did not: the harness crashed, or what it was given cannot be used. */
  readonly crash?: Error;
}

/** Small enough that a signal is heard soon and workers end together; large enough that a message is nothing beside it. */
const BLOCK_RUNS = 16;
/** So long after the time is up blocks that have begun may still come to their end. */
export const GRACE_S = 1;

export async function drive(
  platform: Platform,
  pool: Pool,
  extent: Extent,
  onResults: (results: readonly RunRow[]) => void,
): Promise<Driven> {
  const started = extent.since ?? platform.seconds();
  const { index, total } = extent.shard ?? WHOLE_CAMPAIGN;
  /** Runs whose results have not come back. */
  const open = new Set<number>();
  let next = (index - 1) * BLOCK_RUNS;
  let reserve = 0;
  let failures = 0;
  let isLate = false;
  const left = (): number => (extent.seconds ?? Infinity) - reserve - (platform.seconds() - started);
  const mayGoOn = (): boolean =>
    !platform.interrupted() && !isLate && left() > 0 && failures < (extent.failuresMax ?? Infinity);
  /** What one lane cannot do, the others need not go on with. */
  const stop = (error: unknown): never => {
    next = extent.runs;
    throw error;
  };
  /** What is left of a block: with a time limit it is done run by run, lest a slow one is waited for. */
  const step = extent.seconds === undefined ? BLOCK_RUNS : 1;
  const inSteps = async ({ from, to }: Block): Promise<void> => {
    for (let at = from; at < to; at += step) {
      if (at > from && !mayGoOn()) return;
      const part = { from: at, to: Math.min(to, at + step) };
      for (let run = part.from; run < part.to; run++) open.add(run);
      const done = await pool.run(part);
      for (const { run } of done) open.delete(run);
      const failed = done.filter(isFailure).length;
      failures += failed;
      if (failed > 0) reserve = extent.reserve ?? 0;
      did += done.length;
      onResults(done);
    }
  };
  let did = 0;
  const lane = async (): Promise<void> => {
    while (next < extent.runs && mayGoOn()) {
      const block: Block = { from: next, to: Math.min(extent.runs, next + BLOCK_RUNS) };
      next += total * BLOCK_RUNS;
      await inSteps(block);
    }
  };
  const callOff =
    extent.seconds === undefined
      ? () => undefined
      : platform.after(Math.max(0, left()) + GRACE_S, () => {
          isLate = true;
          pool.close();
        });
  if (extent.seconds !== undefined) pool.cutAfter?.(Math.max(0, left()) + GRACE_S);
  const ends = await Promise.allSettled(Array.from({ length: pool.lanes }, () => lane().catch(stop)));
  callOff();
  const driven = {
    cutShort: did < runsOf(extent),
    unfinished: open.size === 0 ? [] : pool.written().filter(({ run }) => open.has(run)),
  };
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed === undefined || platform.interrupted() || isLate || failed.reason instanceof OutOfTime) return driven;
  return { ...driven, crash: failed.reason instanceof Error ? failed.reason : new Error(String(failed.reason)) };
}

/** How many runs of a campaign are this machine's. */
export function runsOf({ runs, shard = WHOLE_CAMPAIGN }: Extent): number {
  const blocks = Math.ceil(runs / BLOCK_RUNS);
  const own = Math.max(0, Math.ceil((blocks - (shard.index - 1)) / shard.total));
  const mine = own * BLOCK_RUNS;
  // The last block of the campaign may be a short one.
  const isLastMine = own > 0 && (blocks - 1) % shard.total === shard.index - 1;
  return isLastMine ? mine - (blocks * BLOCK_RUNS - runs) : mine;
}
