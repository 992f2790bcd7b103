/** A machine in memory, for tests of the commands. */
import { InputReader } from '../input/reader.ts';
import { FIRST_RUN, runBlock } from '../../properties/campaign/campaign.ts';
import { askAgain } from '../../properties/campaign/kept.ts';
import { run } from '../../properties/run/run.ts';
import { withArenas } from '../node/blocks.ts';
import { investigateHere } from '../shrinking.ts';
import { openHere } from '../node/open.ts';
import { runWholeHere } from '../node/own-input.ts';
import { zoneNamed } from '../node/input.ts';
import { BadUsage } from '../exit-codes.ts';
import type { Platform } from '../platform.ts';

export interface FakePlatform extends Platform {
  readonly out: string[];
  readonly err: string[];
  readonly files: Map<string, string>;
  readonly binaries: Map<string, Uint8Array>;
}

export function fakePlatform(changes: Partial<Platform> = {}): FakePlatform {
  const out: string[] = [];
  const err: string[] = [];
  const files = new Map<string, string>();
  const binaries = new Map<string, Uint8Array>();
  let ticks = 0;
  const named = (start: string, end: string): readonly string[] =>
    [...files.keys()].filter((path) => path.startsWith(start) && path.endsWith(end)).sort();
  return {
    out,
    err,
    files,
    binaries,
    readBytes: (path) => binaries.get(path),
    writeBytes: (path, bytes) => void binaries.set(path, bytes),
    print: (text) => void out.push(text),
    warn: (text) => void err.push(text),
    progress: () => undefined,
    columns: undefined,
    seconds: () => (ticks += 0.001),
    freshSeed: () => 'fresh',
    changedSince: () => undefined,
    commit: () => '0123456789abcdef0123456789abcdef01234567',
    readText: (path) => files.get(path),
    writeText: (path, text) => void files.set(path, text),
    obstacleTo: () => undefined,
    remove: (path) => void files.delete(path),
    removeStale: () => undefined,
    listJson: (directory) => named(`${directory}/`, '.json'),
    listFindings: (directory) => named(`${directory}/findings/`, '.jsonl'),
    listBlobs: (directory) => named(`${directory}/`, '.blob.jsonl'),
    openLines: (path) => {
      files.set(path, '');
      return {
        write: (lines) => void files.set(path, (files.get(path) ?? '') + lines),
        close: () => undefined,
      };
    },
    readLines: (path) => (files.get(path) ?? '').split('\n'),
    appendText: (path, text) => void files.set(path, (files.get(path) ?? '') + text),
    variable: () => undefined,
    caseDirectory: 'found',
    corpusDirectory: 'cases',
    checkout: '/checkout',
    processors: 1,
    interrupted: () => false,
    after: () => () => undefined,
    findConfig: () => undefined,
    open: openHere,
    openPool: (campaign, workspace, _workers, first) => {
      const run = withArenas(workspace, undefined, undefined);
      return {
        lanes: 1,
        run: (block) =>
          Promise.resolve(
            runBlock(campaign, block, (id) => workspace.scenarios.named(id), run, {
              judged: (judged) => judged.run === FIRST_RUN && first(judged),
            }),
          ),
        written: () => [],
        close: () => undefined,
      };
    },
    investigate: (workspace, failure) =>
      Promise.resolve(investigateHere(workspace, failure, withArenas(workspace, undefined, undefined))),
    guarded: ({ options }, body) => ({
      kind: 'done',
      value: body((scenario, plan, detail) => run(scenario, plan, { ...options, ...detail })),
    }),
    openReplayer: (workspace) => ({
      ask: (kept) =>
        Promise.resolve(
          askAgain(kept, (id) => workspace.scenarios.find(id), withArenas(workspace, undefined, undefined)),
        ),
      close: () => undefined,
    }),
    readInput: (options) => {
      const text = files.get(options.file);
      if (text === undefined) throw new BadUsage(`--input ${options.file}: there is no such file`);
      const reader = new InputReader(options, options.zone === undefined ? undefined : zoneNamed(options.zone));
      reader.beginFile(options.file);
      reader.push(new TextEncoder().encode(text));
      reader.endFile();
      return Promise.resolve(reader.finish());
    },
    runWhole: (source, seed) => Promise.resolve(runWholeHere(source, seed)),
    ...changes,
  };
}
