/**
 * Where a process writes down failing runs the moment it meets them: `findings/<campaign>-<pid>.jsonl` in the directory of
 * cases, one file a process, a line a run, on the disk before the next run begins. The file is made with the first line.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { findingLine, readFindings, type Sighting } from '../../properties/campaign/sighting.ts';
import { FINDINGS, makeDirectory, readText, reasonOf, syncDirectory } from './files.ts';

/** Plain data, so that it can be sent to a worker. */
export interface JournalPlace {
  /** Of cases. */
  readonly directory: string;
  /** See `campaignId`. */
  readonly campaign: string;
  readonly flags: string;
}

export class Journal {
  readonly #place: JournalPlace;
  #file: number | undefined;
  /** Why lines could not be written, each reason once; the runs are in the campaign's report all the same. */
  readonly #problems = new Set<string>();

  constructor(place: JournalPlace) {
    this.#place = place;
  }

  /** Never throws: a campaign that cannot write down a failure must still report it. */
  met(sighting: Sighting): void {
    const { campaign, flags } = this.#place;
    const line = findingLine({ campaign, flags, sighting });
    try {
      const file = (this.#file ??= this.#open());
      // A line that was cut off before must not take this one with it.
      writeSync(file, isAtLineStart(file) ? line : `\n${line}`);
      fsyncSync(file);
    } catch (error) {
      this.#problems.add(reasonOf(error));
    }
  }

  /** And forgets them. */
  takeProblems(): readonly string[] {
    const problems = [...this.#problems];
    this.#problems.clear();
    return problems;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(): number {
    const directory = join(this.#place.directory, FINDINGS);
    makeDirectory(directory);
    const file = openSync(pathOf(this.#place, process.pid), 'a+');
    syncDirectory(directory);
    return file;
  }
}

function pathOf({ directory, campaign }: JournalPlace, pid: number): string {
  return join(directory, FINDINGS, `${campaign}-${pid}.jsonl`);
}

/** What a process has written down. */
export function sightingsOf(place: JournalPlace, pid: number): readonly Sighting[] {
  return readFindings(readText(pathOf(place, pid)) ?? '').findings.map(({ sighting }) => sighting);
}

function isAtLineStart(file: number): boolean {
  const { size } = fstatSync(file);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  return readSync(file, last, 0, 1, size - 1) === 0 || last[0] === 10;
}
