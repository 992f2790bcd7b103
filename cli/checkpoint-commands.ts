/** Commands about checkpoints: those that lie in directories, and what they cost. */
import type { Command } from 'commander';
import { KILLS, RECORDS } from './defaults.ts';
import { intervals, whole } from './options.ts';
import type { Platform } from './platform.ts';
import { type Ended, seedOf } from './seed.ts';
import {
  addConfig,
  addInput,
  type ConfigFlags,
  configOf,
  type InputFlags,
  parallelismOption,
  sourceOf,
} from './source-flags.ts';

export const keepOption = [
  '--keep-checkpoints <directory>',
  'copy every checkpoint and savepoint there, for `inspect` and `run --from`',
] as const;

// ---- inspect

interface InspectFlags extends ConfigFlags {
  readonly state?: string;
  readonly key?: string;
  readonly json?: boolean;
}

export function addInspect(program: Command, platform: Platform, ended: Ended): void {
  addConfig(program.command('inspect'))
    .description('what a checkpoint or savepoint holds: operators, states, offsets, in-flight data, transactions')
    .argument('<directory>', 'as --keep-checkpoints and `savepoint` write it')
    .option('--state <uid/name>', 'the values of one state')
    .option('--key <key>', 'of that state: of one key, as text or as JSON')
    .option('--json', 'as JSON')
    .action(async (path: string, options: InspectFlags) => {
      const { state, key, json = false } = options;
      const workspace = await platform.open(configOf(platform, options));
      const { inspectCommand } = await import('./commands/index.ts');
      ended(await inspectCommand(platform, { workspace, path, state, key, json }));
    });
}

// ---- savepoint

interface SavepointFlags extends InputFlags {
  readonly at: string;
  readonly out: string;
  readonly seed?: string;
  readonly parallelism?: number;
}

export function addSavepoint(program: Command, platform: Platform, ended: Ended): void {
  addInput(program.command('savepoint'))
    .description('take a savepoint of the job of a scenario, and write it into a directory')
    .argument('<scenario>', 'id, as `millrace list` shows it')
    .requiredOption(
      '--at <trigger>',
      'a time (300ms), the n-th fact (checkpointCompleted:2) or port call (jobmanager@120)',
    )
    .requiredOption('--out <directory>', 'where it goes')
    .option(
      '--seed <text>',
      'of the run, for its input and configuration: nothing else happens in it; default: a fresh one',
    )
    .option(...parallelismOption)
    .action(async (scenario: string, options: SavepointFlags) => {
      const { at, out, seed, parallelism } = options;
      const workspace = await platform.open(await sourceOf(platform, options));
      const { savepointCommand } = await import('./commands/index.ts');
      ended(
        savepointCommand(platform, {
          workspace,
          scenario,
          at,
          out,
          seed: seedOf(platform, seed ?? platform.freshSeed()),
          parallelism,
        }),
      );
    });
}

// ---- recovery-cost

interface RecoveryCostFlags extends InputFlags {
  readonly intervals?: readonly number[];
  readonly records?: number;
  readonly kills?: number;
  readonly seed?: string;
  readonly json?: string;
}

export function addRecoveryCost(program: Command, platform: Platform, ended: Ended): void {
  addInput(program.command('recovery-cost'))
    .description('what checkpoints cost and what they save after a failure, by checkpoint interval, in virtual time')
    .argument('<scenario>', 'id, as `millrace list` shows it; its sources have to be bounded')
    .option('--intervals <list>', 'as in 20ms,100ms,1s (default: shares of the run, from 1/32 to 1/2)', intervals)
    .option('--records <n>', `of its input, all there from the start (default: ${RECORDS})`, whole('--records', 1, 1e6))
    .option('--kills <n>', `moments of a failure that are tried (default: ${KILLS})`, whole('--kills', 1, 1_000))
    .option('--seed <text>', 'of the input and of everything that is drawn; default: the same one always')
    .option('--json <file>', 'the figures as JSON')
    .action(async (scenario: string, options: RecoveryCostFlags) => {
      const { intervals: intervalsMs, records = RECORDS, kills = KILLS, seed = 'recovery-cost', json } = options;
      const workspace = await platform.open(await sourceOf(platform, options));
      const { recoveryCostCommand } = await import('./commands/index.ts');
      ended(
        recoveryCostCommand(platform, {
          ...{ workspace, scenario, records, kills, seed: seedOf(platform, seed) },
          ...(intervalsMs === undefined ? {} : { intervalsMs }),
          ...(json === undefined ? {} : { json }),
        }),
      );
    });
}
