/** Rows of runs that nobody did, for tests of what is done with rows. */
import { type Block, type Campaign, plannedRun, type RunRow } from '../../properties/campaign/campaign.ts';
import { hashText } from '../../sim/kernel/digest.ts';
import type { Pool } from '../platform.ts';
import type { Workspace } from '../workspace.ts';

/** Every seventh run fails if `failing`. The same campaign has the same rows, in any blocks. */
function madeUpRows(campaign: Campaign, { scenarios }: Workspace, block: Block, failing: boolean): readonly RunRow[] {
  return Array.from({ length: block.to - block.from }, (_, at): RunRow => {
    const { number, seed, scenario } = plannedRun(campaign, block.from + at, (id) => scenarios.named(id));
    const fails = failing && number % 7 === 3;
    const violation = { law: 'sinks', anomaly: 'lost', place: 'out', message: 'gone', evidence: [], atUs: 1 };
    return {
      run: number,
      scenario: scenario.id,
      seed,
      verdict: fails ? 'fail' : 'pass',
      reason: undefined,
      violations: fails ? [violation] : [],
      marks: number % 2 === 0 ? ['restored'] : [],
      laws: ['sinks'],
      counters: {
        sourceRecords: 100 + number,
        events: 1_000 + ((number * 37) % 100),
        draws: 1,
        virtualUs: 1,
        checkpointsTriggered: 4,
        checkpointsCompleted: number % 5,
        checkpointsAborted: 1,
        inFlightRecords: number % 3,
        inFlightBytes: 40 * number,
        replayedRecords: 0,
        pendingProcessingTimers: 0,
        attempts: 2,
        restores: number % 2,
        incidents: { kill: number % 4 },
      },
      mix: { discipline: 'unaligned', parallelism: 1 + (number % 2), topology: scenario.id, traits: [] },
      digest: (hashText(seed, 1) >>> 0).toString(16).padStart(16, '0'),
      digestAgain: undefined,
      compared: 0,
      difference: undefined,
    };
  });
}

/** A pool whose runs are made up. */
export function madeUpPool(campaign: Campaign, workspace: Workspace, isFailing: boolean): Pool {
  return {
    lanes: 1,
    run: (block) => Promise.resolve(madeUpRows(campaign, workspace, block, isFailing)),
    written: () => [],
    close: () => undefined,
  };
}
