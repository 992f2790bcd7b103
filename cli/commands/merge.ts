/**
 * `millrace merge`: what several machines did of one campaign, put together. The order of the files does not matter, nor that
 * one is there twice; what is missing, and where two machines differ, is told.
 */
import { VERSION } from '../../core/version.ts';
import { BLOB_FORMAT, type BlobEnd, type BlobHead, lineOf, Merge } from '../../properties/campaign/blob.ts';
import type { RunRow } from '../../properties/campaign/campaign.ts';
import { exitCodeOf } from '../../properties/campaign/summary.ts';
import { CampaignTally } from '../../properties/campaign/tally.ts';
import { LAWS } from '../../properties/laws/index.ts';
import { conclude } from '../../reports/conclusion.ts';
import type { Found } from '../../reports/json.ts';
import { plural } from '../../reports/words.ts';
import { BadUsage, type ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import type { Workspace } from '../workspace.ts';
import { writeCase } from './cases.ts';
import { type Audience, refuseReports, tell } from './telling.ts';

export interface MergeCommand extends Audience {
  readonly workspace: Workspace;
  readonly directory: string;
  /** Judged as a gate: states that must be reached, kept cases that must still apply. */
  readonly isGate: boolean;
}

interface Merged {
  readonly head: BlobHead;
  readonly ends: readonly BlobEnd[];
  readonly files: number;
  /** "2 of 4": shards without a file that was written to its end. */
  readonly lost: readonly string[];
}

export async function mergeCommand(platform: Platform, command: MergeCommand): Promise<ExitCode> {
  const { workspace, directory, isGate } = command;
  refuseReports(platform, command);
  const tally = new CampaignTally();
  const merge = new Merge((row) => tally.add(row));
  const { head, ends, files, lost } = read(platform, directory, merge);
  for (const row of unique(
    ends.flatMap(({ beside }) => beside),
    runKey,
  ))
    tally.add(row);
  const summary = tally.summary(workspace.marks, LAWS);
  const found = foundIn(platform, workspace, head, ends);
  const kept = unique(
    ends.flatMap((end) => end.kept),
    ({ file, replay }) => `${file} ${replay}`,
  );
  const conclusion = conclude({
    summary,
    exitCode: exitCodeOf(summary),
    kept,
    isGate,
    interrupted: false,
    crash: ends.find(({ crash }) => crash !== null)?.crash ?? undefined,
    badInput: ends.find(({ badInput }) => badInput !== undefined)?.badInput,
    unfinished: unique(
      ends.flatMap((end) => end.unfinished),
      runKey,
    ),
    lost,
    missing: head.runs === null ? { count: 0, first: undefined } : merge.missing(head.runs),
    conflicts: merge.conflicts,
  });
  const circumstances = {
    seed: head.campaign.seed,
    seconds: Math.max(0, ...ends.map(({ seconds }) => seconds)),
    workers: files,
    cutShort: ends.some(({ interrupted }) => interrupted),
    replayFlags: head.flags,
  };
  const { exitCode } = conclusion;
  return tell(platform, command, { summary, found, circumstances, exitCode, conclusion, kept });
}

function runKey({ scenario, seed }: Pick<RunRow, 'scenario' | 'seed'>): string {
  return `${scenario} ${seed}`;
}

function unique<T>(list: readonly T[], keyOf: (one: T) => string): readonly T[] {
  return [...new Map(list.map((one) => [keyOf(one), one])).values()];
}

/** Throws `BadUsage` if there is nothing, or files of more than one campaign. */
function read(platform: Platform, directory: string, merge: Merge): Merged {
  const files = platform.listBlobs(directory);
  const ends = new Map<string, BlobEnd>();
  const shards = new Shards();
  let first: { readonly head: BlobHead; readonly file: string } | undefined;
  for (const file of files) {
    let torn = 0;
    let head: BlobHead | undefined;
    for (const text of platform.readLines(file)) {
      if (text === '') continue;
      const line = lineOf(text);
      if (line === undefined) torn += 1;
      else if (line.kind === 'head') {
        refuseOther(first?.head ?? { ...line, version: VERSION, format: BLOB_FORMAT }, first?.file ?? OURS, line, file);
        first ??= { head: line, file };
        head = line;
        shards.begun(line);
      } else if (line.kind === 'row') merge.add(line.row);
      else {
        ends.set(text, line);
        if (head !== undefined && !line.interrupted) shards.ended(head);
      }
    }
    if (torn > 0) platform.warn(`${file}: ${plural(torn, 'line')} cut off or changed, left out`);
  }
  if (first === undefined) throw new BadUsage(`${directory}: there is no file of a campaign (*.blob.jsonl)`);
  return { head: first.head, ends: [...ends.values()], files: files.length, lost: shards.lost() };
}

/** This command, beside a file of another version. */
const OURS = 'this command';

/** Which machines have come to their end. A campaign may have been shared in more than one way: one that is whole is enough. */
class Shards {
  readonly #ended = new Map<number, Set<number>>();

  begun({ shard: { total } }: BlobHead): void {
    if (!this.#ended.has(total)) this.#ended.set(total, new Set());
  }

  ended({ shard: { index, total } }: BlobHead): void {
    this.#ended.get(total)?.add(index);
  }

  lost(): readonly string[] {
    const ways = [...this.#ended].sort(([a], [b]) => a - b);
    const lost = ways.map(([total, ended]) =>
      Array.from({ length: total }, (_, at) => at + 1)
        .filter((index) => !ended.has(index))
        .map((index) => `${index} of ${total}`),
    );
    return lost.sort((a, b) => a.length - b.length)[0] ?? [];
  }
}

function refuseOther(one: BlobHead, file: string, other: BlobHead, otherFile: string): void {
  const differs = (['id', 'version', 'runs', 'format'] as const).find((field) => one[field] !== other[field]);
  if (differs === undefined) return;
  throw new BadUsage(
    `${file} and ${otherFile} are of two campaigns (${differs}: ${String(one[differs])}, ${String(other[differs])}): merge each by itself`,
  );
}

/** Their cases are written here, too: the machines that met them may be gone. */
function foundIn(platform: Platform, workspace: Workspace, head: BlobHead, ends: readonly BlobEnd[]): readonly Found[] {
  const all = ends.flatMap(({ found }) => found).sort((a, b) => a.kase.origin.run - b.kase.origin.run);
  return unique([...all].reverse(), ({ kase }) => kase.signature)
    .toReversed()
    .map((finding) => {
      return { finding, caseFile: writeCase(platform, workspace, finding.kase) + head.flags };
    });
}
