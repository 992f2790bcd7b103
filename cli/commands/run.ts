/** `millrace run`: a campaign, its findings as cases, its reports. */
import { isFailure } from '../../properties/campaign/sighting.ts';
import { type Campaign, type Judged, plannedRun, type RunRow } from '../../properties/campaign/campaign.ts';
import type { Finding } from '../../properties/campaign/investigate.ts';
import { findingFromOutside, findingUnshrunk } from '../../properties/campaign/outside.ts';
import { exitCodeOf, type FailureGroup } from '../../properties/campaign/summary.ts';
import { LAWS } from '../../properties/laws/index.ts';
import { expand } from '../../properties/plan/generate.ts';
import type { KeepableCheckpoint } from '../../properties/run/run.ts';
import { CampaignTally } from '../../properties/campaign/tally.ts';
import type { Found } from '../../reports/json.ts';
import { conclude } from '../../reports/conclusion.ts';
import type { CampaignReport } from '../../reports/reporters.ts';
import type { Circumstances } from '../../reports/summary.ts';
import { count, plural, quoted } from '../../reports/words.ts';
import { drive, type Extent, runsOf, WHOLE_CAMPAIGN } from '../campaign.ts';
import type { KeptResult } from '../../properties/campaign/kept.ts';
import { isBadInput } from '../bad-input.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { openBlob } from './blob.ts';
import { caseDirectoryOf, writeCase } from './cases.ts';
import { keptIn, keptInWords, type KeptThings, runKept } from './kept.ts';
import type { Platform } from '../platform.ts';
import { campaignOf, sourceFlags } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { type Audience, refuseReports, refuseUnwritableIn, tell } from './telling.ts';
import { WHOLE, wholeRun } from './whole.ts';

export interface RunCommand extends Audience {
  readonly workspace: Workspace;
  /** Ids; none: all of the workspace. */
  readonly scenarios: readonly string[];
  readonly extent: Extent;
  readonly seed: string;
  /** Nobody named it: it is told first and last, so that the campaign can be had again. */
  readonly isSeedFresh?: boolean;
  /** 0: in this process. Undefined: as many as pay off. */
  readonly workers: number | undefined;
  /** Where what this machine did is written, for `millrace merge`. */
  readonly blobDirectory: string | undefined;
  /** For shrinking, all findings together. Undefined: a minute, or a fifth of the time limit if that is less. */
  readonly shrinkSeconds: number | undefined;
  /** Only what was kept, all of it; with nothing kept, everything. */
  readonly lastFailed: boolean;
  /** Where copies of the checkpoints of all runs go. */
  readonly keepCheckpoints?: string | undefined;
}

/** Findings that are shrunk and shown; the summary names all. */
const FINDINGS_MAX = 3;
/** Other failures, met while a finding was shrunk, that become cases too. */
const SLIPPED_MAX = 2;
const SHRINK_SECONDS = 60;
const SHRINK_SHARE = 5;
/** Below this a campaign ends sooner than other processes start. */
const RUNS_PER_WORKER_MIN = 400;

export async function runCommand(platform: Platform, command: RunCommand): Promise<ExitCode> {
  const { workspace, extent, seed } = command;
  const { source, scenarios } = workspace;
  const ids = command.scenarios.map((id) => scenarios.named(id).id);
  refuseFiles(platform, command);
  refuseUnwritableIn(platform, '--keep-checkpoints', command.keepCheckpoints);
  if (command.isSeedFresh === true) platform.warn(`seed ${seed}: a fresh one; --seed ${seed} is this campaign again`);
  const kept = await runOwnKept(platform, command, () =>
    keptIn(platform, workspace, caseDirectoryOf(platform, workspace), command.lastFailed),
  );
  const isWholeAskedFor = !isAnsweredBy(command, kept) && (ids.length === 0 || ids.includes(WHOLE));
  const before =
    source.kind === 'input' && isWholeAskedFor
      ? [await wholeRun(platform, source, seed, secondsLeft(platform, extent))]
      : [];
  const chosen = ids.length === 0 ? scenarios.all : ids.filter((id) => id !== WHOLE).map((id) => scenarios.named(id));
  const isNothingLeft = chosen.length === 0 || isAnsweredBy(command, kept);
  const rest: Extent = isNothingLeft ? { ...extent, runs: 0 } : extent;
  const campaign = campaignOf(chosen, seed, source);
  const exitCode = await campaignReport(
    platform,
    campaign,
    { ...command, extent: rest },
    { before, kept, isGate: false },
  );
  const { keepCheckpoints } = command;
  if (keepCheckpoints !== undefined) await keepAll(platform, workspace, campaign, rest.runs, keepCheckpoints);
  return exitCode;
}

/** Files that are written at the end, or as it goes on: that they cannot be is known before anything is run. Throws `BadUsage`. */
export function refuseFiles(platform: Platform, command: RunCommand): void {
  refuseReports(platform, command);
  refuseUnwritableIn(platform, '--blob-dir', command.blobDirectory);
}

/** Does the runs once more, which are the same runs again, and copies their checkpoints: `<scenario>/<seed>/<checkpoint>`. */
async function keepAll(
  platform: Platform,
  workspace: Workspace,
  campaign: Campaign,
  runs: number,
  directory: string,
): Promise<void> {
  const { CheckpointWatch } = await import('../kept-checkpoints.ts');
  for (let number = 0; number < runs && !platform.interrupted(); number++) {
    const { scenario, seed } = plannedRun(campaign, number, (id) => workspace.scenarios.named(id));
    const plan = expand(scenario, seed);
    const watch = new CheckpointWatch(platform, workspace, `${directory}/${scenario.id}/${seed}`);
    const completed = (checkpoint: KeepableCheckpoint): void => {
      watch.hear(checkpoint, plan);
    };
    // A run that takes no end has been reported.
    platform.guarded(workspace, (run) => run(scenario, plan, { completed, judged: false }));
    platform.print(`kept  ${plural(watch.kept.length, 'checkpoint')} of ${directory}/${scenario.id}/${seed}`);
  }
}

/** Of machines that share a campaign, the first runs what was kept. */
export async function runOwnKept(
  platform: Platform,
  { workspace, extent }: Pick<RunCommand, 'workspace' | 'extent'>,
  things: () => Promise<KeptThings>,
): Promise<readonly KeptResult[]> {
  const { index } = extent.shard ?? WHOLE_CAMPAIGN;
  return index === 1 ? runKept(platform, workspace, await things(), () => secondsLeft(platform, extent)) : [];
}

/** Infinity: there is no limit. */
function secondsLeft(platform: Platform, { seconds = Infinity, since = 0 }: Extent): number {
  return seconds - (platform.seconds() - since);
}

/** `--last-failed` is about what was kept, and with nothing kept about everything. */
function isAnsweredBy({ lastFailed }: RunCommand, kept: readonly KeptResult[]): boolean {
  return lastFailed && kept.length > 0;
}

/** What is summed up with a campaign, and how. */
export interface Beside {
  /** Rows that are no part of the campaign's own runs. */
  readonly before: readonly RunRow[];
  readonly kept: readonly KeptResult[];
  /** See `Ended`. */
  readonly isGate: boolean;
  readonly unchangedSince?: string | undefined;
}

/** Runs, shrinks what failed, writes cases and reports, prints. Used by `gate` too. */
export async function campaignReport(
  platform: Platform,
  campaign: Campaign,
  command: RunCommand,
  { before, kept, isGate, unchangedSince }: Beside,
): Promise<ExitCode> {
  const { workspace, extent } = command;
  platform.removeStale(caseDirectoryOf(platform, workspace));
  const workers = command.workers ?? workersFor(extent, platform.processors);
  const started = extent.since ?? platform.seconds();
  const pool = platform.openPool(campaign, workspace, workers, (judged) => platform.warn(firstInWords(judged)));
  const limited: Extent = { ...extent, since: started, reserve: shrinkSecondsOf(command) };
  const tally = new CampaignTally();
  const blob = openBlob(platform, campaign, command);
  const progress = progressOf(platform, extent);
  const onResults = (rows: readonly RunRow[]): void => {
    for (const row of rows) tally.add(row);
    blob?.rows(rows);
    progress(rows);
  };
  const driven = await drive(platform, pool, limited, onResults).finally(() => pool.close());
  platform.progress(undefined);
  const circumstances: Circumstances = {
    seed: campaign.seed,
    seconds: platform.seconds() - started,
    workers,
    cutShort: driven.cutShort,
    replayFlags: sourceFlags(workspace.source),
    ...(command.isSeedFresh === true ? { again: againLine(command, campaign.seed, tally.runs) } : {}),
  };
  for (const row of before) tally.add(row);
  const summary = tally.summary(workspace.marks, LAWS);
  for (const result of kept) if (isWorthTelling(result, isGate)) platform.print(`${keptInWords(result)}\n`);
  const shrinkSeconds = Math.max(0, Math.min(shrinkSecondsOf(command), secondsLeft(platform, limited)));
  const found = (await findings(platform, workspace, summary.failures, shrinkSeconds)).map(({ finding, caseFile }) => ({
    finding,
    caseFile: caseFile + sourceFlags(workspace.source),
  }));
  const interrupted = platform.interrupted();
  const badInput = isBadInput(driven.crash) ? driven.crash.message : undefined;
  const crash = badInput === undefined ? driven.crash?.message : undefined;
  const isBlobWritten =
    blob?.end({
      kind: 'end',
      seconds: circumstances.seconds,
      interrupted,
      crash: crash ?? null,
      ...(badInput === undefined ? {} : { badInput }),
      found: found.map(({ finding }) => finding),
      beside: before,
      kept,
      unfinished: driven.unfinished,
    }) ?? true;
  // A report of nothing would only hide the message.
  if (driven.crash !== undefined && badInput !== undefined && summary.runs === 0) throw driven.crash;
  const conclusion = conclude({
    summary,
    exitCode: exitCodeOf(summary),
    kept,
    isGate,
    ...(unchangedSince === undefined ? {} : { unchangedSince }),
    interrupted,
    crash,
    badInput,
    unfinished: driven.unfinished,
  });
  const { exitCode } = conclusion;
  const report: CampaignReport = { summary, found, circumstances, exitCode, conclusion, kept };
  const told = await tell(platform, command, report);
  if (driven.crash !== undefined) throw driven.crash;
  return isBlobWritten || exitCode !== EXIT.held ? told : EXIT.badUsage;
}

/** "run 0: passed  smoke, 5 records, seed tiny-0123456789abcdef". */
function firstInWords({ run: number, scenario, seed, verdict, records, signatures }: Judged): string {
  const word = verdict === 'fail' ? `failed  ${signatures.join(', ')}: ` : `${VERDICTS[verdict]}  `;
  return `run ${number}: ${word}${scenario}, ${plural(records, 'record')}, seed ${seed}`;
}
const VERDICTS = { pass: 'passed', refused: 'refused', inconclusive: 'inconclusive' } as const;

/** The command of the same campaign. `done`: so many runs fitted into the time, if that was limited. */
function againLine({ workspace, scenarios, extent, lastFailed }: RunCommand, seed: string, done: number): string {
  const { runs, seconds, failuresMax } = extent;
  const asked = seconds === undefined ? runs : done;
  const words = [
    'npx millrace run',
    ...scenarios.map(quoted),
    // Nothing but what stands beside the campaign's own runs was to be done.
    ...(asked === 0 ? [] : [`--runs ${asked}`]),
    `--seed ${quoted(seed)}`,
    ...(failuresMax === undefined ? [] : [`--max-failures ${failuresMax}`]),
    ...(lastFailed ? ['--last-failed'] : []),
  ];
  return words.join(' ') + sourceFlags(workspace.source);
}

function shrinkSecondsOf({ shrinkSeconds, extent: { seconds = Infinity } }: RunCommand): number {
  return shrinkSeconds ?? Math.min(SHRINK_SECONDS, seconds / SHRINK_SHARE);
}

/** What passes is no news to a gate, and what no longer applies is its business only. */
function isWorthTelling({ answer }: KeptResult, isGate: boolean): boolean {
  return answer.kind !== 'passes' || !isGate;
}

/** A process pays off only if it has enough to do; results do not depend on how many there are. */
function workersFor(extent: Extent, processors: number): number {
  const most = extent.seconds === undefined ? Math.floor(runsOf(extent) / RUNS_PER_WORKER_MIN) : processors;
  const workers = Math.min(processors, most);
  return workers >= 2 ? workers : 0;
}

function progressOf(platform: Platform, extent: Extent): (results: readonly RunRow[]) => void {
  const started = platform.seconds();
  let runs = 0;
  let failures = 0;
  return (results) => {
    runs += results.length;
    failures += results.filter(isFailure).length;
    const seconds = platform.seconds() - started;
    const of = extent.seconds === undefined ? ` of ${count(runsOf(extent))}` : '';
    const rate = seconds > 0.5 ? `, ${count(Math.round(runs / seconds))}/s` : '';
    platform.progress(`${count(runs)}${of} runs${rate}, ${plural(failures, 'failure')}`);
  };
}

// ---- findings

/** Shrinks as many at once as there are processors, each within its share of the time. */
async function findings(
  platform: Platform,
  workspace: Workspace,
  failures: readonly FailureGroup[],
  seconds: number,
): Promise<readonly Found[]> {
  // A run over a whole input is shown as it is: each try to shrink it would take as long as itself.
  const groups = failures.filter(({ first }) => first.scenario !== WHOLE).slice(0, FINDINGS_MAX);
  const lanes = Math.max(1, Math.min(groups.length, platform.processors));
  const shrinkMs = (1000 * seconds) / Math.ceil(groups.length / lanes);
  const written = new Set<string>();
  const found = new Map<number, Found>();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < groups.length && !platform.interrupted()) {
      const at = next++;
      const group = groups[at];
      if (group === undefined) return;
      const finding = await foundOf(platform, workspace, group, shrinkMs, Math.floor(platform.processors / lanes));
      if (finding === undefined) continue;
      written.add(group.signature);
      found.set(at, { finding, caseFile: writeCase(platform, workspace, finding.kase) });
      writeSlipped(platform, workspace, finding, failures, written);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  platform.progress(undefined);
  return groups.flatMap((_, at) => found.get(at) ?? []);
}

/** Undefined: it is not to be had again. */
async function foundOf(
  platform: Platform,
  workspace: Workspace,
  { first, signature }: FailureGroup,
  shrinkMs: number,
  processors: number,
): Promise<Finding | undefined> {
  const { scenario: id, seed, run: number } = first;
  const scenario = workspace.scenarios.named(id);
  platform.progress(`shrinking ${signature}, run ${count(number)}`);
  if (first.outside === true) return findingFromOutside(scenario, first);
  const failure = { scenario: id, seed, run: number, signature, shrinkMs, processors };
  const finding = await platform.investigate(workspace, failure);
  if (finding === 'no-time') return findingUnshrunk(scenario, first);
  if (finding === undefined) {
    platform.warn(`${signature}: run ${count(number)} does not fail again: it is not deterministic`);
  }
  return finding;
}

/** A further case for what shrinking slipped to, unless the campaign has met it anyway. */
function writeSlipped(
  platform: Platform,
  workspace: Workspace,
  { slipped }: Finding,
  failures: readonly FailureGroup[],
  written: Set<string>,
): void {
  const fresh = slipped.filter(
    ({ signature }) => !written.has(signature) && !failures.some((failure) => failure.signature === signature),
  );
  for (const kase of fresh.slice(0, SLIPPED_MAX)) {
    written.add(kase.signature);
    platform.warn(`shrinking also met ${kase.signature}: ${writeCase(platform, workspace, kase)}`);
  }
}
