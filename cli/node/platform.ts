/** The machine, as the commands see it. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Platform } from '../platform.ts';
import type * as Running from './running.ts';
import {
  appendText,
  CASE_DIRECTORY,
  checkoutOf,
  corpusDirectoryFor,
  listBlobs,
  listFindings,
  listJson,
  obstacleTo,
  openLines,
  readBytes,
  readLines,
  readText,
  removeFile,
  removeStale,
  writeBytes,
  writeText,
} from './files.ts';
import { changedSince, git } from './git.ts';
import { findConfig } from './find-config.ts';
import { onInterrupt } from './signals.ts';
import { openTerminal } from './terminal.ts';

/** `entry`: the file that started this process, which workers are forked from. `firstDone`: see `PoolOptions`. */
export function nodePlatform(entry: string, firstDone: () => void): Platform {
  const terminal = openTerminal(process.stdout, process.stderr, () => performance.now());
  const checkout = checkoutOf(fileURLToPath(import.meta.url));
  /** What an interrupt ends. */
  const open = new Set<{ close(): void }>();
  let running: typeof Running | undefined;
  /** What runs plans takes a workspace, and the one that makes them has loaded it. */
  const loaded = (): typeof Running => {
    if (running === undefined) throw new Error('something is to be run, and no workspace was opened');
    return running;
  };
  return {
    ...terminal,
    get columns() {
      return terminal.columns;
    },
    seconds: () => performance.now() / 1000,
    freshSeed: () => randomBytes(8).toString('hex'),
    commit: commitHere,
    changedSince: (commit) => changedSince(commit, process.cwd()),
    readText,
    writeText,
    readBytes,
    writeBytes,
    obstacleTo,
    remove: removeFile,
    removeStale,
    listJson,
    listFindings,
    listBlobs,
    openLines,
    readLines,
    appendText,
    variable: (name) => process.env[name] || undefined,
    caseDirectory: CASE_DIRECTORY,
    corpusDirectory: corpusDirectoryFor(checkout, process.cwd()),
    checkout,
    processors: availableParallelism(),
    interrupted: onInterrupt(() => {
      terminal.warn('interrupted: results so far are kept; once more ends at once');
      for (const work of open) work.close();
    }),
    after(seconds, call) {
      const timer = setTimeout(call, Math.min(seconds * 1000, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
    findConfig: () => findConfig(process.cwd()),
    async open(source) {
      running = await import('./running.ts');
      return running.openHere(source);
    },
    openPool(campaign, workspace, workers, first) {
      const warn = (text: string): void => terminal.warn(text);
      const pool = loaded().openPool(campaign, workspace, workers, { entry, first, firstDone, warn });
      open.add(pool);
      return pool;
    },
    async investigate({ source }, failure) {
      const work = loaded().investigateElsewhere(entry, source, failure);
      open.add(work);
      return work.finding.finally(() => open.delete(work));
    },
    guarded: (workspace, body) => loaded().guardedRuns(workspace, body),
    openReplayer({ source }, environment = {}) {
      const replayer = loaded().replayElsewhere(entry, source, environment);
      open.add(replayer);
      return replayer;
    },
    async readInput(options) {
      const { readInput } = await import('./own-input.ts');
      return readInput(options, (bytes) =>
        terminal.progress(`reading ${options.file}: ${Math.floor(bytes / 1e6)} MB`),
      ).finally(() => terminal.progress(undefined));
    },
    async runWhole(source, seed, seconds) {
      const work = loaded().runWholeElsewhere(entry, source, seed, seconds * 1000);
      open.add(work);
      return work.run.finally(() => open.delete(work));
    },
  };
}

function commitHere(): string | undefined {
  return git(process.cwd(), 'rev-parse', 'HEAD')?.trim();
}
