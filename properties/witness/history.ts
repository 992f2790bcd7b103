/**
 * The pieces of an effective history: what one logical instance has done, in a form that is cheap to keep, to cut and
 * to go back to (DESIGN D10).
 *
 * A history is not kept as a list of turns. Three summaries say all that the laws ask, at constant cost per turn:
 * - tallies: per edge a count and a multiset hash (two 32-bit lanes) of send ids, for conservation;
 * - the list of sink writes, newest first, sharing its tail with every earlier cut;
 * - only when a run is traced, the same kind of list of sends and receptions, so that evidence can name them.
 */
import type { Channel } from './channel.ts';

/** Why something happened: a chain that ends at a source record. Kept only when a run is traced. */
export interface Cause {
  readonly what: string;
  readonly because: Cause | undefined;
}

/** `source:in-0@17 -> map[0] -> window[1] timer 999`: the newest last. */
export function chainText(cause: Cause | undefined): string {
  const parts: string[] = [];
  for (let at = cause; at !== undefined; at = at.because) parts.push(at.what);
  return parts.reverse().join(' -> ');
}

/** A value that a sink took, and everything the same instance wrote before it. */
export interface WriteNode {
  readonly sink: string;
  readonly value: unknown;
  readonly cause: Cause | undefined;
  readonly before: WriteNode | undefined;
}

/** A send or a reception, and those before it. Kept only when a run is traced. */
export interface PassNode {
  readonly channel: Channel;
  readonly seq: number;
  readonly before: PassNode | undefined;
}

/** A tally is three numbers in a row: count, low lane, high lane. */
export const TALLY = 3;

/** Adds one send id to the tally at `at`. The order of additions does not matter. */
export function tally(tallies: number[], at: number, channel: Channel, seq: number): void {
  tallies[at] = (tallies[at] ?? 0) + 1;
  tallies[at + 1] = ((tallies[at + 1] ?? 0) + scramble(channel.hashLow + Math.imul(seq, 0x9e3779b1))) | 0;
  tallies[at + 2] = ((tallies[at + 2] ?? 0) + scramble(channel.hashHigh ^ Math.imul(seq + 1, 0x85ebca77))) | 0;
}

/** A bijection on 32-bit integers that spreads every bit (the finalizer of a multiplicative hash). */
export function scramble(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) | 0;
}
