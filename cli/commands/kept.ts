/**
 * What earlier campaigns have kept in a directory, run again: cases first, then failing runs that are no case yet, one for
 * each signature. Done before a campaign, so that what failed yesterday is the first thing that one hears of.
 */
import { type Kept, type KeptAnswer, type KeptResult, signatureKept } from '../../properties/campaign/kept.ts';
import { readFindings, type Sighted } from '../../properties/campaign/sighting.ts';
import { isRestoredId } from '../../properties/case/restored.ts';
import { InvalidInput } from '../../properties/plan/invalid-input.ts';
import { count, plural, quoted } from '../../reports/words.ts';
import { GRACE_S } from '../campaign.ts';
import type { Platform } from '../platform.ts';
import { replayLine, sourceFlags } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';

interface KeptItem {
  readonly file: string;
  readonly replay: string;
  readonly scenario: string;
  readonly kept: Kept;
}

export interface KeptThings {
  readonly items: readonly KeptItem[];
  /** What is there and cannot be run again, or was left out: a line each. */
  readonly notes: readonly string[];
}

/** Of failing runs that are no case yet, if not all are asked for. */
const SIGHTINGS_MAX = 20;

/** `everything`: each failing run that was written down, not one for each signature. */
export async function keptIn(
  platform: Platform,
  workspace: Workspace,
  directory: string,
  everything: boolean,
): Promise<KeptThings> {
  const notes: string[] = [];
  const cases: KeptItem[] = [];
  for (const file of platform.listJson(directory)) {
    try {
      const item = await caseIn(platform, workspace, file);
      if (!isKeptElsewhere(item) || workspace.scenarios.find(item.scenario) !== undefined) cases.push(item);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      notes.push(error.message);
    }
  }
  const known = new Set(everything ? [] : cases.map(keyOf));
  const fresh = sightedIn(platform, directory, notes)
    .filter(({ flags }) => flags === sourceFlags(workspace.source))
    .map((sighted) => itemOf(workspace, sighted))
    .filter((item) => {
      const isNew = everything || !known.has(keyOf(item));
      known.add(keyOf(item));
      return isNew;
    });
  const shown = everything ? fresh : fresh.slice(0, SIGHTINGS_MAX);
  const left = fresh.length - shown.length;
  if (left > 0)
    notes.push(`${plural(left, 'failing run')} more is written down there: run --last-failed does all again`);
  return { items: [...cases, ...shown], notes };
}

/**
 * Of a checkpoint that this command does not start from: its file says so, and `replay --from` asks for it. Or of a check, whose
 * job only its own test or script knows.
 */
function isKeptElsewhere({ scenario, kept }: KeptItem): boolean {
  return isRestoredId(scenario) || (kept.kind === 'case' && kept.kase.origin.check !== undefined);
}

function keyOf({ scenario, kept }: KeptItem): string {
  return `${scenario} ${signatureKept(kept)}`;
}

/** Rejects with `InvalidInput`. */
async function caseIn(platform: Platform, { source }: Workspace, file: string): Promise<KeptItem> {
  // Mostly there is no case to be read, and a campaign need not wait for what reads one.
  const { parseCase } = await import('../../properties/case/parse.ts');
  const kase = parseCase(platform.readText(file) ?? '', file);
  const replay = `npx millrace replay ${quoted(file)}${sourceFlags(source)}`;
  return { file, replay, scenario: kase.scenario, kept: { kind: 'case', kase } };
}

/** The cases that a gate asks about. Rejects with `InvalidInput` for one that cannot be read. */
export async function corpusIn(platform: Platform, workspace: Workspace, directory: string): Promise<KeptThings> {
  const items: KeptItem[] = [];
  for (const file of platform.listJson(directory)) items.push(await caseIn(platform, workspace, file));
  return { items, notes: [] };
}

interface SightedIn extends Sighted {
  readonly file: string;
}

/** Newest first would need clocks: in order of file and line. */
function sightedIn(platform: Platform, directory: string, notes: string[]): readonly SightedIn[] {
  return platform.listFindings(directory).flatMap((file) => {
    const { findings, torn } = readFindings(platform.readText(file) ?? '');
    if (torn > 0) notes.push(`${file}: ${plural(torn, 'line')} cut off or changed, left out`);
    return findings.map((sighted) => ({ ...sighted, file }));
  });
}

function itemOf({ source }: Workspace, { file, sighting }: SightedIn): KeptItem {
  const { scenario, seed } = sighting;
  return { file, scenario, replay: replayLine(scenario, seed, source), kept: { kind: 'sighting', sighting } };
}

/** Runs all of it again, until the user stops or the time is up; says what fails, and how much there was no time for. */
export async function runKept(
  platform: Platform,
  workspace: Workspace,
  { items, notes }: KeptThings,
  secondsLeft: () => number = () => Infinity,
): Promise<readonly KeptResult[]> {
  for (const note of notes) platform.warn(note);
  if (items.length === 0) return [];
  const replayer = platform.openReplayer(workspace);
  const results: KeptResult[] = [];
  let isLate = secondsLeft() <= 0;
  const callOff =
    secondsLeft() === Infinity
      ? () => undefined
      : platform.after(Math.max(0, secondsLeft()) + GRACE_S, () => {
          isLate = true;
          replayer.close();
        });
  try {
    for (const { kept, ...item } of items) {
      isLate ||= secondsLeft() <= 0;
      if (platform.interrupted() || isLate) break;
      platform.progress(`what was kept: ${results.length} of ${plural(items.length, 'run')}`);
      results.push({ ...item, keptFor: signatureKept(kept), answer: await replayer.ask(kept) });
    }
  } catch (error) {
    if (!platform.interrupted() && !isLate) throw error;
  } finally {
    callOff();
    platform.progress(undefined);
    replayer.close();
  }
  const left = items.length - results.length;
  if (isLate && left > 0)
    platform.warn(
      `--time-limit: no time for ${plural(left, 'run')} of ${count(items.length)} that were kept: whether they still fail is not known; give it more time`,
    );
  return results;
}

export function keptInWords({ file, replay, keptFor, answer }: KeptResult): string {
  return `${headOf(answer, keptFor)}\n  kept in     ${file}\n  reproduce   ${replay}`;
}

function headOf({ kind, signature, detail }: KeptAnswer, keptFor: string): string {
  switch (kind) {
    case 'fails':
      return `STILL FAILS  ${signature}\n  ${detail}`;
    case 'differs':
      return `A DIFFERENT FAILURE  ${signature}, kept for ${keptFor}\n  ${detail}`;
    case 'passes':
      return `PASSES NOW  ${keptFor}`;
    case 'no-longer-applies':
      return `NO LONGER APPLIES  ${keptFor}\n  ${detail}`;
  }
}
