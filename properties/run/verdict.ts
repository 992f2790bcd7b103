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

/** Why nothing can be said of the job's end, or why the job did not have to go on to it. */
export interface NoEnd {
  readonly verdict: 'refused' | 'inconclusive';
  readonly reason: string;
}

/** Tells the laws how the run ended. */
export function judgeEnd(laws: LawsOfRun, end: End): NoEnd | undefined {
  if (end.state === 'stopped' && end.ended !== undefined) {
    const { status, message } = end.ended;
    if (status === 'failed') {
      const reason = laws.refusal(message);
      if (reason !== undefined) return { verdict: 'refused', reason };
      laws.failed(message);
    } else laws.settled();
    return undefined;
  }
  if (end.outOfEvents !== undefined)
    return { verdict: 'inconclusive', reason: `${end.outOfEvents} events without an end` };
  laws.notSettled(end.whoWaits());
  return undefined;
}

export function verdictOf(violations: number, end: NoEnd | undefined): Verdict {
  return violations > 0 ? 'fail' : (end?.verdict ?? 'pass');
}
