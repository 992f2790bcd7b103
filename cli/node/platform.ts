/** The machine, as the commands see it. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Platform } from '../platform.ts';
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
import { guardedRuns } from './guard.ts';
import { readInput } from './input.ts';
import { findConfig } from './load-config.ts';
import { investigateElsewhere, openPool, replayElsewhere, runWholeElsewhere } from './pool.ts';
import { onInterrupt } from './signals.ts';
import { openTerminal } from './terminal.ts';
import { openHere } from './worker.ts';

/** `entry`: the file that started this process, which workers are forked from. */
export function nodePlatform(entry: string): Platform {
  const terminal = openTerminal(process.stdout, process.stderr, () => performance.now());
  const checkout = checkoutOf(fileURLToPath(import.meta.url));
  /** What an interrupt ends. */
  const open = new Set<{ close(): void }>();
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
    open: openHere,
    openPool(campaign, workspace, workers) {
      const pool = openPool(campaign, workspace, workers, { entry, warn: (text) => terminal.warn(text) });
      open.add(pool);
      return pool;
    },
    async investigate({ source }, failure) {
      const work = investigateElsewhere(entry, source, failure);
      open.add(work);
      return work.finding.finally(() => open.delete(work));
    },
    guarded: (workspace, body) => guardedRuns(workspace, body),
    openReplayer({ source }, environment = {}) {
      const replayer = replayElsewhere(entry, source, environment);
      open.add(replayer);
      return replayer;
    },
    readInput: (options) =>
      readInput(options, (bytes) =>
        terminal.progress(`reading ${options.file}: ${Math.floor(bytes / 1e6)} MB`),
      ).finally(() => terminal.progress(undefined)),
    async runWhole(source, seed, seconds) {
      const work = runWholeElsewhere(entry, source, seed, seconds * 1000);
      open.add(work);
      return work.run.finally(() => open.delete(work));
    },
  };
}

function commitHere(): string | undefined {
  return git(process.cwd(), 'rev-parse', 'HEAD')?.trim();
}
