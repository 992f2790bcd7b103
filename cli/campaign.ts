/**
 * Drives a campaign: hands blocks of runs to a pool, in order, until all are done, the time is up or the user stops.
 * What came back is kept in any case.
 */
import type { Block, RunRow } from '../properties/campaign/campaign.ts';
import type { Platform, Pool } from './platform.ts';

export interface Extent {
  readonly runs: number;
  /** Undefined: no limit. No block begins later. */
  readonly seconds: number | undefined;
  /** From when on they count, on the platform's clock. Default: from now. */
  readonly since?: number;
}

export interface Driven {
  readonly results: readonly RunRow[];
  readonly cutShort: boolean;
  /** Why it did not go on, if the harness crashed. */
  readonly crash?: Error;
}

/** Small enough that a signal is heard soon and workers end together; large enough that a message is nothing beside it. */
const BLOCK_RUNS = 16;

export async function drive(
  platform: Platform,
  pool: Pool,
  extent: Extent,
  onResults: (results: readonly RunRow[]) => void,
): Promise<Driven> {
  const started = extent.since ?? platform.seconds();
  const results: RunRow[] = [];
  let next = 0;
  const mayGoOn = (): boolean =>
    !platform.interrupted() && (extent.seconds === undefined || platform.seconds() - started < extent.seconds);

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
      onResults(done);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: pool.lanes }, () => lane().catch(stop)));
  const failed = ends.find((end) => end.status === 'rejected');
  const done = { results, cutShort: results.length < extent.runs };
  if (failed === undefined || platform.interrupted()) return done;
  return { ...done, crash: failed.reason instanceof Error ? failed.reason : new Error(String(failed.reason)) };
}
