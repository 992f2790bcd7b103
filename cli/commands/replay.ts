/** `millrace replay`: a case again, or the run that a seed stands for. */
import type { CheckpointStats } from '../../core/facts.ts';
import type { RunRow } from '../../properties/campaign/campaign.ts';
import type { Finding } from '../../properties/campaign/investigate.ts';
import { type Case, caseDocument, caseFileName, parseCase } from '../../properties/case/case.ts';
import { replay, type Replay } from '../../properties/case/replay.ts';
import { signatureOf } from '../../properties/outcome.ts';
import { expand } from '../../properties/plan/generate.ts';
import { run } from '../../properties/run/run.ts';
import type { Failing } from '../../properties/shrink/oracle.ts';
import { superfluous } from '../../properties/shrink/shrink.ts';
import { checkpointsReport } from '../../reports/checkpoints.ts';
import { falsifiedReport } from '../../reports/falsified.ts';
import { count, incidentInWords } from '../../reports/words.ts';
import { BadUsage, EXIT, type ExitCode } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';
import { sourceFlags } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { caseDirectoryOf } from './run.ts';
import { shownRun, WHOLE } from './whole.ts';

export interface ReplayCommand {
  readonly workspace: Workspace;
  /** A case file, or the id of a scenario. */
  readonly what: string;
  readonly seed: string | undefined;
  readonly checkMinimal: boolean;
  readonly trace: boolean;
  /** The metrics of each checkpoint. */
  readonly checkpoints: boolean;
}

const SHRINK_MS = 60_000;

export async function replayCommand(platform: Platform, command: ReplayCommand): Promise<ExitCode> {
  const { scenarios } = command.workspace;
  const isFile = command.what.endsWith('.json');
  if (!isFile && command.seed === undefined) {
    scenarios.named(command.what);
    throw new BadUsage(`replay ${command.what}: expected --seed S as well, or a case file (*.json)`);
  }
  return command.seed === undefined || isFile
    ? replayCase(platform, command)
    : replaySeed(platform, command, command.seed);
}

// ---- a case

function replayCase(platform: Platform, command: ReplayCommand): ExitCode {
  const { workspace } = command;
  const { scenarios, options } = workspace;
  const text = platform.readText(command.what);
  if (text === undefined) throw new BadUsage(`there is no file ${command.what}`);
  const kase = parseCase(text, command.what);
  let trace: readonly string[] = [];
  let checkpoints: readonly CheckpointStats[] = [];
  const answer = replay(
    kase,
    (id) => scenarios.find(id),
    (scenario, plan) => {
      const outcome = run(scenario, plan, { ...options, trace: true });
      trace = outcome.trace ?? [];
      checkpoints = outcome.checkpoints;
      return outcome;
    },
  );
  if (command.trace) for (const line of trace) platform.print(line);
  if (command.checkpoints) platform.print(`${checkpointsReport(checkpoints)}\n`);
  platform.print(answerInWords(answer, kase, command.what + sourceFlags(workspace.source), trace));
  if (command.checkMinimal && answer.kind === 'reproduced') checkMinimal(platform, workspace, answer.failing);
  return exitCodeOf(answer);
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

export function answerInWords(answer: Replay, kase: Case, file: string, trace: readonly string[]): string {
  switch (answer.kind) {
    case 'reproduced': {
      const finding: Finding = { kase, violation: answer.failing.violation, trace, slipped: [], notes: [] };
      const how = answer.sameDigest
        ? 'the same run, bit for bit'
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

function checkMinimal(platform: Platform, { scenarios, options }: Workspace, failing: Failing): void {
  const scenario = scenarios.named(failing.plan.scenario);
  const rest = superfluous(failing, (plan) => run(scenario, plan, options));
  platform.print(
    rest.length === 0
      ? '\nminimal: without any one of its elements the plan does not fail in this way'
      : `\nNOT minimal: it still fails without ${rest.map(({ part, position }) => `${part}[${position}]`).join(', or without ')}`,
  );
}

// ---- a seed

function exitCodeOfRow({ verdict }: RunRow): ExitCode {
  if (verdict === 'fail') return EXIT.lawBroke;
  return verdict === 'inconclusive' ? EXIT.inconclusive : EXIT.held;
}

async function replaySeed(
  platform: Platform,
  { what, trace, checkpoints, workspace }: ReplayCommand,
  seed: string,
): Promise<ExitCode> {
  const { source, scenarios } = workspace;
  if (what === WHOLE && source.kind === 'input' && !trace && !checkpoints) {
    const row = await shownRun(platform, source, seed);
    platform.print(`${row.verdict.toUpperCase()}  ${what}, seed ${seed}`);
    return exitCodeOfRow(row);
  }
  const scenario = scenarios.named(what);
  const plan = expand(scenario, seed);
  const outcome = run(scenario, plan, { ...workspace.options, trace });
  for (const line of outcome.trace ?? []) platform.print(line);
  if (checkpoints) platform.print(`${checkpointsReport(outcome.checkpoints)}\n`);
  const { counters, digest, verdict, reason } = outcome;
  platform.print(
    [
      `${verdict.toUpperCase()}  ${what}, seed ${seed}${reason === undefined ? '' : `: ${reason}`}`,
      `  config       ${Object.entries(plan.config)
        .map(([knob, value]) => `${knob} ${value}`)
        .join(', ')}`,
      ...plan.incidents.map((incident) => `  incident     ${incidentInWords(incident)}`),
      `  run          ${count(counters.sourceRecords)} records, ${count(counters.events)} events, ${count(Math.round(counters.virtualUs / 1000))} ms of virtual time`,
      `  checkpoints  ${counters.checkpointsCompleted} completed, ${counters.checkpointsAborted} aborted; ${counters.attempts} attempts, ${counters.restores} restores`,
      `  digest       ${digest}`,
    ].join('\n'),
  );
  const violation = verdict === 'fail' ? outcome.violations[0] : undefined;
  if (violation === undefined) return verdict === 'inconclusive' ? EXIT.inconclusive : EXIT.held;
  const failure = { scenario: what, seed, run: 0, signature: signatureOf(violation), shrinkMs: SHRINK_MS };
  const finding = await platform.investigate(workspace, failure);
  if (finding === 'no-time') {
    platform.warn('there was no time to run it again');
    return EXIT.lawBroke;
  }
  if (finding === undefined) {
    platform.warn('it does not fail when it is run again');
    return violation.law === 'job' ? EXIT.lawBroke : EXIT.notDeterministic;
  }
  const path = `${caseDirectoryOf(platform, workspace)}/${caseFileName(finding.kase)}`;
  platform.writeText(path, caseDocument(finding.kase));
  platform.print(`\n${falsifiedReport(finding, path + sourceFlags(source))}`);
  return EXIT.lawBroke;
}
