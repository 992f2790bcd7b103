/**
 * The command line: options in, one command out. What a command does is in `commands/`, and loaded when it is asked for:
 * nobody waits for the engine to be told a version.
 */
import { Command, CommanderError, Option } from 'commander';
import { type ReportFile, REPORTERS } from '../reports/reporters.ts';
import { BLOB_DIRECTORY, DEFAULT_RUNS, DOCTOR_RUNS } from './defaults.ts';
import { initCommand } from './commands/init.ts';
import { BadUsage, EXIT, type ExitCode } from './exit-codes.ts';
import { addInspect, addRecoveryCost, addSavepoint, keepOption } from './checkpoint-commands.ts';
import { duration, whole } from './options.ts';
import type { Platform } from './platform.ts';
import { COMMIT_SEED, type Ended, seedOf } from './seed.ts';
import { shardOf } from './shard.ts';
import { addConfig, addFrom, type ConfigFlags, configOf, type FromFlags, startOf } from './source-flags.ts';
import { reportAsked } from './report-asked.ts';
import type { Workspace } from './workspace.ts';

const RUNS_MAX = 100_000_000;
const WORKERS_MAX = 256;

/** Runs the command that `args` say and tells the exit code. Throws `BadUsage`, `InvalidInput`, `HarnessCrash`. */
export async function execute(
  args: readonly string[],
  version: string,
  platform: Platform,
  additions: readonly Addition[] = [],
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.held;
  const ended: Ended = (code) => {
    exitCode = code;
  };
  const program = programOf(version, platform, ended);
  for (const add of additions) add(program, platform, ended);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.held : EXIT.badUsage;
  }
  return exitCode;
}

/** Adds a command that the package does not have. */
export type Addition = (program: Command, platform: Platform, ended: Ended) => void;

function programOf(version: string, platform: Platform, ended: Ended): Command {
  const program = new Command('millrace')
    .description(
      'Proves that a stateful stream computation is exactly-once, or shows the smallest run in which it is not.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => platform.print(text.trimEnd()),
      writeErr: (text) => platform.warn(text.trimEnd()),
    })
    .addHelpText('after', EXIT_CODES);
  addRun(program, platform, ended);
  addReplay(program, platform, ended);
  addInspect(program, platform, ended);
  addSavepoint(program, platform, ended);
  addOthers(program, platform, ended);
  addCorpus(program, platform, ended);
  addDoctor(program, platform, ended);
  addRecoveryCost(program, platform, ended);
  return program;
}

const EXIT_CODES = `
Exit status: 0 every law held, 1 a law broke, 2 bad usage or input, 3 inconclusive or vacuous, 5 not deterministic,
70 the harness itself crashed, 130 interrupted (results so far are kept).`;

export const runsOption = ['--runs <n>', 'how many universes to run', whole('--runs', 1, RUNS_MAX)] as const;
const workersOption = [
  '--workers <n>',
  'processes to run them in; 0: this one. Results do not depend on it',
  whole('--workers', 0, WORKERS_MAX),
] as const;

// ---- run

interface ReportFlags {
  readonly report?: readonly string[];
}
/** Of each of them all checkpoints are copied. */
const KEEP_RUNS_MAX = 100;
interface RunFlags extends FromFlags, CampaignFlags {
  readonly keepCheckpoints?: string;
  readonly lastFailed?: boolean;
}
/** What `run` and `gate` have in common. */
interface CampaignFlags extends ReportFlags {
  readonly runs?: number;
  readonly timeLimit?: number;
  readonly shrinkTime?: number;
  readonly seed?: string;
  readonly workers?: number;
  readonly shard?: string;
  readonly reporter?: readonly ReporterName[];
  readonly blobDir?: string;
  readonly failFast?: boolean;
  readonly maxFailures?: number;
}
const REPORTER_NAMES = ['blob', 'github'] as const;
type ReporterName = (typeof REPORTER_NAMES)[number];
function addRun(program: Command, platform: Platform, ended: Ended): void {
  addCampaign(addFrom(program.command('run')))
    .description('run scenarios under faults and check every law; all of them by default')
    .argument('[scenario...]', 'ids, as `millrace list` shows them')
    .option(
      '--seed <text>',
      `the same seed is the same campaign; ${COMMIT_SEED}: the one of the commit; default: a fresh one`,
    )
    .option(...keepOption)
    .option('--last-failed', 'only what earlier campaigns have kept, all of it; everything if nothing is kept')
    .action(async (scenarios: readonly string[], options: RunFlags) => {
      const since = platform.seconds();
      const { seed, shard, keepCheckpoints } = options;
      if (keepCheckpoints !== undefined && (options.runs ?? DEFAULT_RUNS) > KEEP_RUNS_MAX) {
        throw new BadUsage(`--keep-checkpoints copies those of every run: say --runs with at most ${KEEP_RUNS_MAX}`);
      }
      if (shard !== undefined && seed === undefined) {
        throw new BadUsage(
          `--shard ${shard}: say which seed, the same on all machines: --seed ${COMMIT_SEED}, or a text`,
        );
      }
      const source = await startOf(platform, options);
      const [{ runCommand }, workspace] = await Promise.all([import('./commands/index.ts'), platform.open(source)]);
      await requireStart(workspace, keepCheckpoints);
      ended(
        await runCommand(platform, {
          workspace,
          scenarios,
          ...campaignOptions(platform, workspace, options, since),
          seed: seedOf(platform, seed ?? platform.freshSeed()),
          isSeedFresh: seed === undefined,
          lastFailed: options.lastFailed ?? false,
          keepCheckpoints,
        }),
      );
    });
}

/** See there. Only a start from a checkpoint has anything to ask. */
async function requireStart(workspace: Workspace, keeps: string | undefined): Promise<void> {
  if (workspace.source.from === undefined) return;
  const from = await import('./commands/index.ts');
  from.requireStart(workspace, keeps);
}

/** Options of a campaign. */
function addCampaign(command: Command): Command {
  return addReports(command)
    .option(...runsOption)
    .option('--time-limit <duration>', 'for everything, shrinking included: 30s, 5m', duration('--time-limit'))
    .option(
      '--shrink-time <duration>',
      'of it, for making what was found small (default: 1m, or a fifth of the time limit)',
      duration('--shrink-time'),
    )
    .option(...workersOption)
    .option('--shard <i/n>', 'do the i-th of n shares of the runs; ci: as the variables of the service say')
    .option('--max-failures <n>', 'end when so many runs have failed', whole('--max-failures', 1, RUNS_MAX))
    .option('--fail-fast', 'end with the first run that fails')
    .addOption(
      new Option(
        '--reporter <names...>',
        'blob: write what was done into a file for `millrace merge`; github: annotations and a summary of the step',
      ).choices(REPORTER_NAMES),
    )
    .option('--blob-dir <directory>', `where the blob goes (default: ${BLOB_DIRECTORY})`);
}

function campaignOptions(platform: Platform, workspace: Workspace, options: CampaignFlags, since: number) {
  const { reporter = [], blobDir, shrinkTime, timeLimit, shard } = options;
  if (blobDir !== undefined && !reporter.includes('blob')) throw new BadUsage('--blob-dir belongs to --reporter blob');
  const seconds = timeLimit === undefined ? undefined : timeLimit / 1000;
  return {
    extent: {
      runs: options.runs ?? (seconds === undefined ? DEFAULT_RUNS : RUNS_MAX),
      seconds,
      since,
      shard: shard === undefined ? undefined : shardOf(shard, (name) => platform.variable(name)),
      failuresMax: options.failFast === true ? 1 : options.maxFailures,
    },
    workers: options.workers,
    reports: reportsOf(workspace, options),
    blobDirectory: reporter.includes('blob') ? (blobDir ?? BLOB_DIRECTORY) : undefined,
    isGitHub: reporter.includes('github'),
    shrinkSeconds: shrinkTime === undefined ? undefined : shrinkTime / 1000,
  };
}

/** A flag for each reporter of the table; those of a configuration are known later. */
function addReports(command: Command): Command {
  for (const { flag, describes } of REPORTERS) command.option(`--${flag} <file>`, describes);
  return command.option(
    '--report <flag=file>',
    'a report by a reporter of the configuration; may be given more than once',
    (asked: string, before: readonly string[] | undefined) => [...(before ?? []), asked],
  );
}

function reportsOf(workspace: Workspace, options: ReportFlags): readonly ReportFile[] {
  const files = new Map<string, unknown>(Object.entries(options));
  const ours = REPORTERS.flatMap((reporter) => {
    const file = files.get(reporter.flag);
    return typeof file === 'string' ? [{ reporter, file }] : [];
  });
  return [...ours, ...(options.report ?? []).map((asked) => reportAsked(workspace, asked))];
}

// ---- replay

interface ReplayOptions extends FromFlags {
  readonly seed?: string;
  readonly checkMinimal?: boolean;
  readonly trace?: boolean;
  readonly checkpoints?: boolean;
  readonly keepCheckpoints?: string;
  readonly json?: string;
}

function addReplay(program: Command, platform: Platform, ended: Ended): void {
  addFrom(program.command('replay'))
    .description('run a case file again, or the run that a seed of a scenario stands for')
    .argument('<case or scenario>', 'a case file (*.json), or the id of a scenario together with --seed')
    .option('--seed <text>', "the run's own seed, as reports name it")
    .option('--check-minimal', 'take away each element of the case once: does it still fail?')
    .option('--trace', 'print every step of the run')
    .option('--checkpoints', 'print the metrics of each checkpoint, and what is in it')
    .option(...keepOption)
    .option('--json <file>', 'checkpoints and what is in them, as JSON')
    .action(async (what: string, options: ReplayOptions) => {
      const workspace = await platform.open(await startOf(platform, options));
      await requireStart(workspace, options.keepCheckpoints);
      const { replayCommand } = await import('./commands/index.ts');
      ended(
        await replayCommand(platform, {
          workspace,
          what,
          seed: options.seed,
          checkMinimal: options.checkMinimal ?? false,
          trace: options.trace ?? false,
          checkpoints: options.checkpoints ?? false,
          keepCheckpoints: options.keepCheckpoints,
          json: options.json,
        }),
      );
    });
}

// ---- list, gate

interface GateOptions extends ConfigFlags, CampaignFlags {
  readonly changed?: string;
}

function addOthers(program: Command, platform: Platform, ended: Ended): void {
  addConfig(program.command('list'))
    .description('the scenarios')
    .option('--all', 'laws, marks, knobs and reporters as well')
    .action(async (options: ConfigFlags & { readonly all?: boolean }) => {
      const workspace = await platform.open(configOf(platform, options));
      const { listCommand } = await import('./commands/index.ts');
      ended(listCommand(platform, workspace, options.all ?? false));
    });
  program
    .command('init')
    .description('write a configuration, a small job and a test of it, to begin with')
    .action(() => ended(initCommand(platform)));
  addConfig(addCampaign(program.command('gate')))
    .description('for continuous integration: kept cases, a campaign, and states that must be reached')
    .option(
      '--seed <text>',
      'of the campaign (default: derived from the commit, so that every commit explores other plans)',
    )
    .option(
      '--changed <commit>',
      'the campaign only if something but prose (*.md, *.txt, *.rst, *.adoc, LICENSE ...) differs from where this branch left the commit, ' +
        'what is not committed or tracked included; kept cases are replayed in any case. It never leaves out single ' +
        'scenarios: which code a job depends on is not guessed',
    )
    .action(async (options: GateOptions) => {
      const since = platform.seconds();
      const { seed = COMMIT_SEED, changed, shard } = options;
      if (changed !== undefined && shard !== undefined) {
        throw new BadUsage('--changed and --shard: leave one out; what a share has not to do, `merge` would miss');
      }
      const workspace = await platform.open(configOf(platform, options));
      const { gateCommand } = await import('./commands/index.ts');
      ended(
        await gateCommand(platform, {
          workspace,
          scenarios: [],
          ...campaignOptions(platform, workspace, options, since),
          seed: seedOf(platform, seed),
          lastFailed: false,
          changedSince: changed,
        }),
      );
    });
  addConfig(addReports(program.command('merge')))
    .description('put together what several machines did of one campaign (--reporter blob)')
    .argument('<directory>', 'with their files, at any depth')
    .option('--gate', 'judge as `gate` does: states must be reached, kept cases must still apply')
    .addOption(new Option('--reporter <names...>', 'annotations and a summary of the step').choices(['github']))
    .action(async (directory: string, options: MergeFlags) => {
      const workspace = await platform.open(configOf(platform, options));
      const { mergeCommand } = await import('./commands/index.ts');
      const isGitHub = options.reporter?.includes('github') ?? false;
      const reports = reportsOf(workspace, options);
      ended(await mergeCommand(platform, { workspace, directory, isGate: options.gate ?? false, reports, isGitHub }));
    });
}

function addCorpus(program: Command, platform: Platform, ended: Ended): void {
  const corpus = program.command('corpus').description('the kept cases that `gate` replays');
  const open = (options: ConfigFlags): Promise<Workspace> => platform.open(configOf(platform, options));
  const commands = () => import('./commands/index.ts');
  addConfig(corpus.command('list'))
    .description('what is kept')
    .action(async (options: ConfigFlags) => {
      const { corpusList } = await commands();
      ended(await corpusList(platform, await open(options)));
    });
  addConfig(corpus.command('add'))
    .description('keep cases that a campaign has found')
    .argument('<case...>', 'files, as a campaign writes them')
    .action(async (files: readonly string[], options: ConfigFlags) => {
      const { corpusAdd } = await commands();
      ended(await corpusAdd(platform, await open(options), files));
    });
  addConfig(corpus.command('check'))
    .description('replay all of it')
    .action(async (options: ConfigFlags) => {
      const { corpusCheck } = await commands();
      ended(await corpusCheck(platform, await open(options)));
    });
  addConfig(corpus.command('prune'))
    .description('take away what campaigns have left and passes now; the corpus is not touched')
    .action(async (options: ConfigFlags) => {
      const { corpusPrune } = await commands();
      ended(await corpusPrune(platform, await open(options)));
    });
}

interface DoctorFlags extends ConfigFlags {
  readonly runs?: number;
  readonly seed?: string;
}

function addDoctor(program: Command, platform: Platform, ended: Ended): void {
  addConfig(program.command('doctor'))
    .description('run seeds in two processes of other time zone, language and order, and compare')
    .argument('[scenario...]', 'ids, as `millrace list` shows them')
    .option('--runs <n>', `of each scenario (default: ${DOCTOR_RUNS})`, whole('--runs', 1, RUNS_MAX))
    .option('--seed <text>', 'what the runs are made of; default: a fresh one')
    .action(async (scenarios: readonly string[], options: DoctorFlags) => {
      const workspace = await platform.open(configOf(platform, options));
      const { runs = DOCTOR_RUNS, seed } = options;
      const { doctorCommand } = await import('./commands/index.ts');
      ended(
        await doctorCommand(platform, {
          workspace,
          scenarios,
          runs,
          seed: seedOf(platform, seed ?? platform.freshSeed()),
        }),
      );
    });
}

interface MergeFlags extends ConfigFlags, ReportFlags {
  readonly gate?: boolean;
  readonly reporter?: readonly string[];
}
