/**
 * Drives a campaign: hands blocks of runs to a pool, in order, until all are done, the time is up or the user stops.
 * What came back is kept in any case.
 */
import type { Block, RunRow } from '../properties/campaign/campaign.ts';
import type { Sighting } from '../properties/campaign/sighting.ts';
import type { Platform, Pool } from './platform.ts';

export interface Extent {
  readonly runs: number;
  /** Undefined: no limit. No block begins later, and none is waited for much longer. */
  readonly seconds: number | undefined;
  /** Of them, so many are left over as soon as something has failed: for shrinking. */
  readonly reserve?: number;
  /** From when on they count, on the platform's clock. Default: from now. */
  readonly since?: number;
}

export interface Driven {
  readonly results: readonly RunRow[];
  readonly cutShort: boolean;
  /** Failing runs of blocks that did not come to their end. */
  readonly unfinished: readonly Sighting[];
  /** Why it did not go on, if the harness crashed. */
  readonly crash?: Error;
}

/** Small enough that a signal is heard soon and workers end together; large enough that a message is nothing beside it. */
const BLOCK_RUNS = 16;
/** So long after the time is up blocks that have begun may still come to their end. */
const GRACE_S = 1;

export async function drive(
  platform: Platform,
  pool: Pool,
  extent: Extent,
  onResults: (results: readonly RunRow[]) => void,
): Promise<Driven> {
  const started = extent.since ?? platform.seconds();
  const results: RunRow[] = [];
  let next = 0;
  let reserve = 0;
  let isLate = false;
  const left = (): number => (extent.seconds ?? Infinity) - reserve - (platform.seconds() - started);
  const mayGoOn = (): boolean => !platform.interrupted() && !isLate && left() > 0;
  /** What one lane cannot do, the others need not go on with. */
  const stop = (error: unknown): never => {
    next = extent.runs;
    throw error;
  };
  const lane = async (): Promise<void> => {
    while (next < extent.runs && mayGoOn()) {
      const block: Block = { from: next, to: Math.min(extent.runs, next + BLOCK_RUNS) };
      next = block.to;
      const done = await pool.run(block);
      results.push(...done);
      if (done.some(({ verdict }) => verdict === 'fail')) reserve = extent.reserve ?? 0;
      onResults(done);
    }
  };
  const callOff =
    extent.seconds === undefined
      ? () => undefined
      : platform.after(Math.max(0, left()) + GRACE_S, () => {
          isLate = true;
          pool.close();
        });
  const ends = await Promise.allSettled(Array.from({ length: pool.lanes }, () => lane().catch(stop)));
  callOff();
  const done = new Set(results.map(({ run }) => run));
  const driven = {
    results,
    cutShort: results.length < extent.runs,
    unfinished: results.length < extent.runs ? pool.written().filter(({ run }) => !done.has(run)) : [],
  };
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed === undefined || platform.interrupted() || isLate) return driven;
  return { ...driven, crash: failed.reason instanceof Error ? failed.reason : new Error(String(failed.reason)) };
}
