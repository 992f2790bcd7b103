/** Commands that need the sources of millrace. The package has neither these nor the sources. */
import type { Command } from 'commander';
import { ZOO_RUNS, ZOO_SEEDS, zooCommand } from './commands/zoo.ts';
import { parseSeeds } from './options.ts';
import type { Zoo } from './platform.ts';
import { type Addition, runsOption } from './program.ts';

interface ZooOptions {
  readonly only?: string;
  readonly runs?: number;
  readonly seeds?: readonly string[];
}

/** `zooOf`: the zoo of a checkout. */
export function addZoo(zooOf: (checkout: string) => Zoo): Addition {
  return (program: Command, platform, ended) => {
    program
      .command('zoo')
      .description('plant known bugs in the engine, one by one, and show that they are found')
      .option('--only <id>', 'one entry')
      .option(...runsOption)
      .option('--seeds <a,b>', 'base seeds', (text: string) => parseSeeds(text, '--seeds'))
      .action(async (options: ZooOptions) => {
        const { only, runs = ZOO_RUNS, seeds = ZOO_SEEDS } = options;
        ended(await zooCommand(platform, zooOf, { only, runs, seeds }));
      });
  };
}
