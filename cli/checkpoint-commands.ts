/** Commands about checkpoints and savepoints that lie in directories. */
import type { Command } from 'commander';
import { inspectCommand } from './commands/inspect.ts';
import { savepointCommand } from './commands/savepoint.ts';
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
      ended(inspectCommand(platform, { workspace, path, state, key, json }));
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
