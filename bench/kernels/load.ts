/**
 * What both kernels are measured on: so many events are always under way, and each one that fires draws a latency and
 * goes into the queue again. Eight kinds of events, by id.
 */
import { avalanche } from '../../sim/kernel/digest.ts';

export interface Load {
  /** Events in the queue at any time. */
  readonly queue: number;
  /** Events fired in one turn. */
  readonly events: number;
  /** Latencies are in [0, latencyUs). */
  readonly latencyUs: number;
}

export const KINDS = 8;

/** The latency of the n-th event of a seed. The sum over a turn stays far below 2^32 us. */
export function latency(seed: number, n: number, { latencyUs }: Load): number {
  const bits = avalanche((seed ^ Math.imul(n, 0x9e3779b9)) | 0) >>> 0;
  return Math.floor((bits * latencyUs) / 0x1_0000_0000);
}
