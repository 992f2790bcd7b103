/** How a run ended, and how that is reported to the laws. */
import type { Facts } from '../../core/facts.ts';
import type { LawsOfRun } from '../laws/index.ts';
import type { Verdict } from '../outcome.ts';

export interface End {
  /** Why the universe no longer runs: `stopped` once the job has ended. */
  readonly state: 'stopped' | 'dry' | 'deadline';
  /** The end of the job, if there was one. */
  readonly ended: Facts['jobEnded'] | undefined;
  /** The bound on events, if the universe was ended for it before its time was up. */
  readonly outOfEvents: number | undefined;
  /** Who waits for what, if the job has not ended. */
  whoWaits(): readonly string[];
}

/** Tells the laws how the run ended. What it returns says why nothing can be said of the job's end, if so. */
export function judgeEnd(laws: LawsOfRun, end: End): string | undefined {
  if (end.state === 'stopped' && end.ended !== undefined) {
    if (end.ended.status === 'failed') laws.failed(end.ended.message);
    else laws.settled();
    return undefined;
  }
  if (end.outOfEvents !== undefined) return `${end.outOfEvents} events without an end`;
  laws.notSettled(end.whoWaits());
  return undefined;
}

export function verdictOf(violations: number, reason: string | undefined): Verdict {
  if (violations > 0) return 'fail';
  return reason === undefined ? 'pass' : 'inconclusive';
}
