/**
 * The pairs of an interval join as a declaration: what follows from the elements of a key, in the order in which it saw them, and
 * the watermark that each one met. There is no buffer and no timer here (SEMANTICS J1).
 *
 *     element i is late          iff  its time < the watermark that it met
 *     i and a later j, of both
 *     sides, within the bounds   are a pair  iff  neither was late, and the watermark did not reach cleanup(i) between them:
 *                                it had not risen since i came, or is below cleanup(i) when j comes
 *     cleanup                    left: time + max(0, upper)    right: time + max(0, -lower)
 */
import type { Timestamp } from '../../core/job/functions.ts';
import { LATEST } from './time.ts';

export interface Bounds {
  readonly lowerMs: number;
  readonly upperMs: number;
}

export interface Arrival {
  readonly side: 'left' | 'right';
  readonly value: unknown;
  readonly at: Timestamp;
  /** The effective watermark of the key when it came. */
  readonly watermark: Timestamp;
}

export interface Fate {
  readonly late: boolean;
  /** Elements before it with which it is a pair, in order of arrival. */
  readonly partners: readonly Arrival[];
}

/** Of each arrival, in order. */
export function pairsOf({ lowerMs, upperMs }: Bounds, arrivals: readonly Arrival[]): readonly Fate[] {
  const isLate = ({ at, watermark }: Arrival): boolean => at < watermark;
  const cleanUp = ({ side, at }: Arrival): Timestamp =>
    Math.min(LATEST, side === 'left' ? at + Math.max(0, upperMs) : at - Math.min(0, lowerMs));
  return arrivals.map((second, position) => {
    if (isLate(second)) return { late: true, partners: [] };
    const partners = arrivals.slice(0, position).filter((first) => {
      if (first.side === second.side || isLate(first)) return false;
      const apart = second.side === 'right' ? second.at - first.at : first.at - second.at;
      const gone = second.watermark > first.watermark && second.watermark >= cleanUp(first);
      return lowerMs <= apart && apart <= upperMs && !gone;
    });
    return { late: false, partners };
  });
}
