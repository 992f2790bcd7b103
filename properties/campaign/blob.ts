/**
 * What one machine did of a campaign, as a file of lines: a head, a line for each run, an end. Each line carries its checksum;
 * a file that was cut off keeps what is whole. `merge` puts any number of them together again, in any order: a run is known by
 * its campaign and its number, whoever did it, and as often as it is there.
 */
import { hashText } from '../../sim/kernel/digest.ts';
import type { Campaign, RunRow } from './campaign.ts';
import type { Finding } from './investigate.ts';
import type { KeptResult } from './kept.ts';
import type { Sighting } from './sighting.ts';

export const BLOB_FORMAT = 2;

export interface BlobHead {
  readonly kind: 'head';
  readonly format: typeof BLOB_FORMAT;
  /** Of millrace: runs of two versions are no one campaign. */
  readonly version: string;
  /** See `campaignId`. */
  readonly id: string;
  readonly campaign: Campaign;
  /** Of the whole campaign; null: as many as the time allowed. */
  readonly runs: number | null;
  /** Which machine of how many, from 1 on. */
  readonly shard: { readonly index: number; readonly total: number };
  /** What a command line needs beside scenario and seed. */
  readonly flags: string;
}
export interface BlobRow {
  readonly kind: 'row';
  readonly row: RunRow;
}
/** Missing if the machine was lost. */
export interface BlobEnd {
  readonly kind: 'end';
  readonly seconds: number;
  readonly interrupted: boolean;
  readonly crash: string | null;
  /** What was given could not be used: the message. */
  readonly badInput?: string;
  readonly found: readonly Finding[];
  /** Runs that are no part of the campaign's own: stand outside of what is counted. */
  readonly beside: readonly RunRow[];
  readonly kept: readonly KeptResult[];
  readonly unfinished: readonly Sighting[];
}
export type BlobLine = BlobHead | BlobRow | BlobEnd;

/** Ends with a line feed. */
export function blobLine(line: BlobLine): string {
  const text = JSON.stringify(line);
  return `{"checksum":"${checksumOf(text)}","line":${text}}\n`;
}

const LINE = /^\{"checksum":"([0-9a-f]{16})","line":(.*)\}$/s;

/** Undefined: it was cut off, or changed. */
export function lineOf(text: string): BlobLine | undefined {
  const [, checksum, body] = LINE.exec(text) ?? [];
  if (body === undefined || checksumOf(body) !== checksum) return undefined;
  try {
    // What has its checksum was written by `blobLine`.
    return JSON.parse(body) as BlobLine;
  } catch {
    return undefined;
  }
}

function checksumOf(text: string): string {
  return [0x626c6f62, 0x6c696e65].map((salt) => (hashText(text, salt) >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Puts the runs of a campaign together. */
export class Merge {
  /** Digests by number of the run. */
  readonly #digests = new Map<number, string>();
  readonly #onRow: (row: RunRow) => void;
  /** Runs that two machines did differently. */
  readonly conflicts: {
    readonly run: number;
    readonly scenario: string;
    readonly seed: string;
    readonly digests: readonly string[];
  }[] = [];

  /** `onRow` is told of each run once. */
  constructor(onRow: (row: RunRow) => void) {
    this.#onRow = onRow;
  }

  add(row: RunRow): void {
    const { run, scenario, seed, digest } = row;
    const known = this.#digests.get(run);
    if (known === undefined) {
      this.#digests.set(run, digest);
      this.#onRow(row);
      return;
    }
    if (known !== digest) this.conflicts.push({ run, scenario, seed, digests: [known, digest].sort() });
  }

  /** The numbers below `runs` that nobody did: how many, and the first of them. */
  missing(runs: number): { readonly count: number; readonly first: number | undefined } {
    let first: number | undefined;
    let count = 0;
    for (let run = 0; run < runs; run++) {
      if (this.#digests.has(run)) continue;
      count += 1;
      first ??= run;
    }
    return { count, first };
  }
}
