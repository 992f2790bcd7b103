/**
 * The pieces of an effective history: what one logical instance has done, in a form that is cheap to keep, to cut and
 * to go back to (DESIGN D10).
 *
 * A history is not kept as a list of turns. Three summaries say all that the laws ask, at constant cost per turn:
 * - tallies: per edge a count and a multiset hash (two 32-bit lanes) of send ids, for conservation;
 * - the list of sink writes, newest first, sharing its tail with every earlier cut;
 * - only when a run is traced, the same kind of list of sends and receptions, so that evidence can name them.
 */
import type { Cause } from './cause.ts';
import type { ChannelRecord } from './channel.ts';
import { scramble } from './scramble.ts';

/** A value that a sink took, and everything the same instance wrote before it. */
export interface WriteNode {
  readonly sink: string;
  readonly value: unknown;
  readonly cause: Cause | undefined;
  readonly before: WriteNode | undefined;
}

/** An element that came late, and those before it at the same instance. */
export interface LateNode {
  readonly value: unknown;
  readonly key: unknown;
  readonly timestamp: number;
  readonly before: LateNode | undefined;
}

/** A send or a reception, and those before it. Kept only when a run is traced. */
export interface PassNode {
  readonly channel: ChannelRecord;
  readonly seq: number;
  readonly before: PassNode | undefined;
}

/** A tally is three numbers in a row: count, low lane, high lane. */
export const TALLY = 3;

/** Adds one send id to the tally at `at`. The order of additions does not matter. */
export function tally(tallies: number[], at: number, channel: ChannelRecord, seq: number): void {
  tallies[at] = (tallies[at] ?? 0) + 1;
  tallies[at + 1] = ((tallies[at + 1] ?? 0) + scramble(channel.hashLow + Math.imul(seq, 0x9e3779b1))) | 0;
  tallies[at + 2] = ((tallies[at + 2] ?? 0) + scramble(channel.hashHigh ^ Math.imul(seq + 1, 0x85ebca77))) | 0;
}
