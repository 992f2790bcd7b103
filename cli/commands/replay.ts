/** `millrace replay`: a case again, or the run that a seed stands for. */
import type { JobSpec } from '../../core/job/spec.ts';
import type { RunRow } from '../../properties/campaign/campaign.ts';
import type { Kept, KeptAnswer } from '../../properties/campaign/kept.ts';
import { violationOfOverrun } from '../../properties/campaign/outside.ts';
import type { Sighting } from '../../properties/campaign/sighting.ts';
import { JOB_LAW } from '../../properties/laws/job.ts';
import type { Finding } from '../../properties/campaign/investigate.ts';
import { located, storyOf } from '../../properties/campaign/story.ts';
import type { Case } from '../../properties/case/case.ts';
import { replay, type Replay } from '../../properties/case/replay.ts';
import { NO_DIGEST, signatureOf, type Violation } from '../../properties/outcome.ts';
import { expand } from '../../properties/plan/generate.ts';
import { inputTopics } from '../../properties/plan/job-topics.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import type { Scenario } from '../../properties/plan/scenario.ts';
import { growingIn } from '../../properties/run/growth.ts';
import type { RunOptions, RunResult } from '../../properties/run/run.ts';
import type { Failing } from '../../properties/shrink/oracle.ts';
import { checkpointsReport } from '../../reports/checkpoints.ts';
import { statesReport } from '../../reports/states.ts';
import { divergenceLines, falsifiedReport } from '../../reports/falsified.ts';
import { COLUMNS, listed } from '../../reports/layout.ts';
import { count, printable, quoted } from '../../reports/words.ts';
import { incidentInWords } from '../../reports/plan-words.ts';
import { BadUsage, EXIT, type ExitCode } from '../exit-codes.ts';
import { CheckpointWatch } from '../kept-checkpoints.ts';
import type { GuardedRun, Platform } from '../platform.ts';
import { sourceFlags } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { writeCase } from './cases.ts';
import { refuseUnwritable, refuseUnwritableIn } from './telling.ts';
import { shownRun, WHOLE } from './whole.ts';

export interface ReplayCommand {
  readonly workspace: Workspace;
  /** A case file, or the id of a scenario. */
  readonly what: string;
  readonly seed: string | undefined;
  readonly checkMinimal: boolean;
  readonly trace: boolean;
  /** The metrics of each checkpoint, and what is in it. */
  readonly checkpoints: boolean;
  /** Where copies of all checkpoints and savepoints go. */
  readonly keepCheckpoints: string | undefined;
  /** A file for the same as JSON. */
  readonly json: string | undefined;
}

const SHRINK_MS = 60_000;

export async function replayCommand(platform: Platform, command: ReplayCommand): Promise<ExitCode> {
  const { scenarios } = command.workspace;
  const isFile = command.what.endsWith('.json');
  if (!isFile && command.seed === undefined) {
    scenarios.named(command.what);
    throw new BadUsage(`replay ${command.what}: expected --seed S as well, or a case file (*.json)`);
  }
  refuseUnwritable(platform, '--json', command.json);
  refuseUnwritableIn(platform, '--keep-checkpoints', command.keepCheckpoints);
  try {
    return command.seed === undefined || isFile
      ? await replayCase(platform, command)
      : await replaySeed(platform, command, command.seed);
  } catch (error) {
    // A signal breaks off whatever is under way.
    if (platform.interrupted()) return EXIT.interrupted;
    throw error;
  }
}

// ---- a case

async function replayCase(platform: Platform, command: ReplayCommand): Promise<ExitCode> {
  const { workspace } = command;
  const { scenarios } = workspace;
  const text = platform.readText(command.what);
  if (text === undefined) throw new BadUsage(`there is no file ${command.what}`);
  const { parseCase } = await import('../../properties/case/parse.ts');
  const kase = parseCase(text, command.what);
  const isKnown = scenarios.find(kase.scenario) !== undefined;
  const { check } = kase.origin;
  if (!isKnown && check !== undefined)
    throw new BadUsage(`${command.what} is the case of a check, which replays it: ${checkLine(command.what, check)}`);
  const answer = await guardedReplay(platform, workspace, command, (runPlan, watch) => {
    let last: RunResult | undefined;
    const replayed = replay(
      kase,
      (id) => scenarios.find(id),
      (scenario, plan) => (last = runPlan(scenario, plan, { trace: true, ...watch(plan) })),
    );
    return { answer: replayed, last };
  });
  if (answer === 'endless') return EXIT.lawBroke;
  const { answer: first, last } = answer;
  const file = quoted(command.what) + sourceFlags(workspace.source);
  const job = first.kind === 'reproduced' ? scenarios.find(kase.scenario)?.build(kase.plan).job : undefined;
  platform.print(answerInWords(first, kase, file, last, job));
  if (!isKnown) platform.print(whereElse(command.what));
  if (command.checkMinimal && first.kind === 'reproduced') await checkMinimal(platform, workspace, first.failing);
  if (first.kind === 'no-longer-applies') return EXIT.inconclusive;
  const again = await inFreshProcess(platform, workspace, { kind: 'case', kase });
  if (platform.interrupted()) return EXIT.interrupted;
  const code = exitCodeOf(first);
  return again === undefined || agrees(platform, last?.digest ?? '', again) || isOfJob(first)
    ? code
    : EXIT.notDeterministic;
}

/** What a check prints itself, see `cli/node/check`. */
function checkLine(file: string, command: string): string {
  return printable(`MILLRACE_CASE=${quoted(file)} ${command}`);
}

/** The scenario is not known here, and the case does not say where it is. */
function whereElse(file: string): string {
  return [
    `  if it is of a configuration elsewhere: add --config <file>`,
    `  if a check has made it: run the script or test of that check, ${checkLine(file, '<command>')}`,
  ].join('\n');
}

/** The job's own other way each time is the job's mistake, which the report names. */
function isOfJob(answer: Replay): boolean {
  return (answer.kind === 'reproduced' || answer.kind === 'different') && answer.failing.violation.law === JOB_LAW;
}

/** Runs in this process; prints trace and checkpoints if they are asked for, and who took no end. */
async function guardedReplay<T extends { readonly last: RunResult | undefined }>(
  platform: Platform,
  workspace: Workspace,
  { what, trace, checkpoints, keepCheckpoints, json }: ReplayCommand,
  body: (run: GuardedRun, watch: (plan: Plan) => RunOptions) => T,
): Promise<T | 'endless'> {
  const isWatched = checkpoints || keepCheckpoints !== undefined || json !== undefined;
  const watch = new CheckpointWatch(platform, workspace, keepCheckpoints);
  const options = (plan: Plan): RunOptions =>
    isWatched
      ? {
          completed: (checkpoint) => {
            watch.hear(checkpoint, plan);
          },
        }
      : {};
  const guarded = platform.guarded(workspace, (run) => body(run, options));
  if (guarded.kind === 'endless') {
    const violation = violationOfOverrun(what, guarded.overrun);
    platform.print(`ENDLESS  ${signatureOf(violation)}\n${divergenceLines(violation).join('\n')}`);
    return 'endless';
  }
  const { last } = guarded.value;
  if (trace) for (const line of last?.trace ?? []) platform.print(line);
  if (last !== undefined) tellCheckpoints(platform, last, watch, { checkpoints, json });
  // A signal that came in the meantime is heard now.
  return Promise.resolve(guarded.value);
}

function tellCheckpoints(
  platform: Platform,
  { checkpoints: stats }: RunResult,
  { figures, kept }: CheckpointWatch,
  { checkpoints, json }: Pick<ReplayCommand, 'checkpoints' | 'json'>,
): void {
  const growing = growingIn(figures);
  if (checkpoints) platform.print(`${checkpointsReport(stats)}\n\n${statesReport(figures, growing)}\n`);
  for (const path of kept) platform.print(`kept  ${path}`);
  if (json === undefined) return;
  platform.writeText(
    json,
    `${JSON.stringify({ format: 1, checkpoints: stats, contents: figures, growing }, undefined, 2)}\n`,
  );
}

/** The same once more where nothing has been run before: what a process has left behind shows. Undefined: interrupted. */
async function inFreshProcess(platform: Platform, workspace: Workspace, kept: Kept): Promise<KeptAnswer | undefined> {
  const replayer = platform.openReplayer(workspace);
  try {
    return await replayer.ask(kept);
  } catch (error) {
    if (platform.interrupted()) return undefined;
    throw error;
  } finally {
    replayer.close();
  }
}

function agrees(platform: Platform, digest: string, again: KeptAnswer): boolean {
  if (again.digest === digest) return true;
  platform.print(
    `\nNOT DETERMINISTIC  in a fresh process the same plan is another run (digest ${digest}, there ${again.digest === '' ? `none: ${again.detail}` : again.digest})`,
  );
  return false;
}

function exitCodeOf({ kind }: Replay): ExitCode {
  switch (kind) {
    case 'reproduced':
    case 'different':
      return EXIT.lawBroke;
    case 'passes':
      return EXIT.held;
    case 'no-longer-applies':
      return EXIT.inconclusive;
  }
}

/** `job`: that of the case's plan, for the lines of what failed. */
export function answerInWords(
  answer: Replay,
  kase: Case,
  file: string,
  last: RunResult | undefined,
  job: JobSpec | undefined,
): string {
  switch (answer.kind) {
    case 'reproduced': {
      const violation = job === undefined ? answer.failing.violation : located(answer.failing.violation, job);
      const story = last === undefined ? { trace: [], heard: [] } : storyOf(last, violation.law);
      const finding: Finding = { kase, violation, ...story, slipped: [], notes: [] };
      const how = answer.sameDigest
        ? 'the same run, bit for bit'
        : kase.digest === NO_DIGEST
          ? 'the same failure; the case was made without a run to its end that this one could be compared with'
          : `the same failure in another run: the code has changed since the case was made (digest ${kase.digest}, now ${answer.failing.outcome.digest})`;
      return `REPRODUCED  ${how}\n\n${falsifiedReport(finding, file)}`;
    }
    case 'different': {
      const { violation } = answer.failing;
      return `A DIFFERENT FAILURE  ${signatureOf(violation)}, the case was ${kase.signature}\n  ${violation.message}`;
    }
    case 'passes':
      return `PASSES NOW  ${kase.signature} does not occur any more, and all its incidents fired`;
    case 'no-longer-applies':
      return `NO LONGER APPLIES  ${answer.why}`;
  }
}

async function checkMinimal(platform: Platform, workspace: Workspace, failing: Failing): Promise<void> {
  const { superfluous } = await import('../shrinking.ts');
  const scenario = workspace.scenarios.named(failing.plan.scenario);
  const guarded = platform.guarded(workspace, (runPlan) => superfluous(failing, (plan) => runPlan(scenario, plan)));
  if (guarded.kind === 'endless') {
    platform.print('\nminimal: not known, without one of its elements the run takes no end');
    return;
  }
  const rest = guarded.value;
  platform.print(
    rest.length === 0
      ? '\nminimal: without any one of its elements the plan does not fail in this way'
      : `\nNOT minimal: it still fails without ${rest.map(({ part, position }) => `${part}[${position}]`).join(', or without ')}`,
  );
}

// ---- a seed

const TEXT_AT = 15;

function configLines({ config }: Plan, columns: number): readonly string[] {
  const items = Object.entries(config).map(([knob, value]) => `${knob} ${value}`);
  return listed(items.length === 0 ? ['calm'] : items, columns - TEXT_AT).map(
    (line, index) => `  ${(index === 0 ? 'config' : '').padEnd(TEXT_AT - 2)}${line}`,
  );
}

/** What a run has broken, as it is. */
function unshrunk(violations: readonly Violation[]): string {
  return violations.flatMap((violation) => ['', signatureOf(violation), ...divergenceLines(violation)]).join('\n');
}

/** A plan may have no record by chance, so it is no failure; nothing has been shown by it, either. */
function unread(scenario: Scenario, plan: Plan): string {
  const topics = inputTopics(scenario.build(plan).job).join(', ');
  return `  vacuous      no record came in topic ${topics}: this run shows nothing; take another seed, or let its input make some`;
}

function exitCodeOfRow({ verdict }: RunRow): ExitCode {
  if (verdict === 'fail') return EXIT.lawBroke;
  return verdict === 'inconclusive' ? EXIT.inconclusive : EXIT.held;
}

async function replaySeed(platform: Platform, asked: ReplayCommand, seed: string): Promise<ExitCode> {
  const { what, trace, checkpoints, workspace, keepCheckpoints, json } = asked;
  const { source, scenarios } = workspace;
  const isPlain = !trace && !checkpoints && keepCheckpoints === undefined && json === undefined;
  if (what === WHOLE && source.kind === 'input' && isPlain) {
    const row = await shownRun(platform, source, seed);
    platform.print(`${row.verdict.toUpperCase()}  ${what}, seed ${seed}`);
    return exitCodeOfRow(row);
  }
  const scenario = scenarios.named(what);
  const plan = expand(scenario, seed);
  const command = { ...asked, checkMinimal: false };
  const done = await guardedReplay(platform, workspace, command, (runPlan, watch) => ({
    last: runPlan(scenario, plan, { trace, ...watch(plan) }),
  }));
  if (done === 'endless') return EXIT.lawBroke;
  const outcome = done.last;
  const { counters, digest, verdict, reason } = outcome;
  platform.print(
    [
      `${verdict.toUpperCase()}  ${what}, seed ${seed}${reason === undefined ? '' : `: ${reason}`}`,
      ...configLines(plan, platform.columns ?? COLUMNS),
      ...plan.incidents.map((incident) => `  incident     ${incidentInWords(incident)}`),
      `  run          ${count(counters.sourceRecords)} records, ${count(counters.events)} events, ${count(Math.round(counters.virtualUs / 1000))} ms of virtual time`,
      ...(verdict === 'pass' && counters.sourceRecords === 0 ? [unread(scenario, plan)] : []),
      `  checkpoints  ${counters.checkpointsCompleted} completed, ${counters.checkpointsAborted} aborted; ${counters.attempts} attempts, ${counters.restores} restores`,
      `  digest       ${digest}`,
    ].join('\n'),
  );
  const violation = verdict === 'fail' ? outcome.violations[0] : undefined;
  const sighting: Sighting = { run: 0, scenario: what, seed, signatures: outcome.violations.map(signatureOf) };
  const again = await inFreshProcess(platform, workspace, { kind: 'sighting', sighting });
  if (again === undefined) return EXIT.interrupted;
  const isSame = agrees(platform, digest, again) || violation?.law === JOB_LAW;
  if (!isSame) return EXIT.notDeterministic;
  if (violation === undefined) return verdict === 'inconclusive' ? EXIT.inconclusive : EXIT.held;
  const { processors } = platform;
  const signature = signatureOf(violation);
  const failure = { scenario: what, seed, run: 0, signature, shrinkMs: SHRINK_MS, processors };
  const finding = await platform.investigate(workspace, failure);
  if (finding === 'no-time') {
    if (platform.interrupted()) return EXIT.interrupted;
    platform.print(unshrunk(outcome.violations));
    platform.warn('it is not made smaller: there was no time to run it again');
    return EXIT.lawBroke;
  }
  if (finding === undefined) {
    platform.warn('it does not fail when it is run again');
    return violation.law === JOB_LAW ? EXIT.lawBroke : EXIT.notDeterministic;
  }
  const file = writeCase(platform, workspace, finding.kase);
  platform.print(`\n${falsifiedReport(finding, file + sourceFlags(source))}`);
  return platform.interrupted() ? EXIT.interrupted : EXIT.lawBroke;
}
