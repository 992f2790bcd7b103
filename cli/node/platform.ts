/** The machine, as the commands see it. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Platform } from '../platform.ts';
import { caseDirectoryFor, checkoutOf, listJson, readText, writeText } from './files.ts';
import { openPool } from './pool.ts';
import { onInterrupt } from './signals.ts';
import { openTerminal } from './terminal.ts';
import { zooOf } from './zoo.ts';

/** `entry`: the file that started this process, which workers are forked from. */
export function nodePlatform(entry: string): Platform {
  const terminal = openTerminal(process.stdout, process.stderr, () => performance.now());
  const checkout = checkoutOf(fileURLToPath(import.meta.url));
  return {
    ...terminal,
    seconds: () => performance.now() / 1000,
    freshSeed: () => randomBytes(8).toString('hex'),
    readText,
    writeText,
    listJson,
    caseDirectory: caseDirectoryFor(checkout, process.cwd()),
    checkout,
    processors: availableParallelism(),
    interrupted: onInterrupt(() => terminal.warn('interrupted: results so far are kept; once more ends at once')),
    openPool: (campaign, source, workers) => openPool(entry, campaign, source, workers),
    zoo: {
      hunt(edit, quarry) {
        if (checkout === undefined) throw new Error('the zoo needs the sources of millrace');
        return zooOf(checkout).hunt(edit, quarry);
      },
    },
  };
}
