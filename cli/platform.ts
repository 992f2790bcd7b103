/** What the commands need from the machine. `cli/node` has the one implementation; tests bring a small one. */
import type { Block, Campaign, Judged, RunRow } from '../properties/campaign/campaign.ts';
import type { Finding } from '../properties/campaign/investigate.ts';
import type { Kept, KeptAnswer } from '../properties/campaign/kept.ts';
import type { Overrun } from '../properties/campaign/outside.ts';
import type { Plan } from '../properties/plan/plan.ts';
import type { Scenario } from '../properties/plan/scenario.ts';
import type { RunOptions, RunResult } from '../properties/run/run.ts';
import type { Sighting } from '../properties/campaign/sighting.ts';
import type { InputOptions } from './input/options.ts';
import type { ReadInput } from './input/reader.ts';
import type { WholeRun } from './input/whole.ts';
import type { InputSource, Source } from './scenarios.ts';
import type { Workspace } from './workspace.ts';

export interface Platform {
  /** A line, or several, on standard output; on a terminal what is wider than that is broken. */
  print(text: string): void;
  /** How wide the terminal is; undefined: it is none. */
  readonly columns: number | undefined;
  /** A line on standard error: what a person should notice and a script may ignore. */
  warn(text: string): void;
  /** How far a long command is: live on a terminal, now and then in a pipe. Undefined: done, take it away. */
  progress(text: string | undefined): void;
  /** Seconds on a clock that only runs forward. */
  seconds(): number;
  /** Hex digits that no earlier call returned. */
  freshSeed(): string;
  /** Hex digits of the commit that is checked out where the command runs; undefined: no git, or no commit. */
  commit(): string | undefined;
  /**
   * Files that differ from where this branch has left a commit, as the paths of the repository: committed, not committed, and
   * untracked. Undefined: no git, or no such commit.
   */
  changedSince(commit: string): readonly string[] | undefined;
  /** Undefined: there is no such file. Throws `BadUsage` if it cannot be read. */
  readText(path: string): string | undefined;
  /** Whole or not at all; makes the directory. */
  writeText(path: string, text: string): void;
  /** As they are. Undefined: there is no such file. Throws `BadUsage` if it cannot be read. */
  readBytes(path: string): Uint8Array | undefined;
  /** Whole or not at all; makes the directory. Throws `BadUsage`. */
  writeBytes(path: string, bytes: Uint8Array): void;
  /** Why a file could not be written there, as far as can be known without writing it. */
  obstacleTo(path: string): string | undefined;
  /** Takes a file away. */
  remove(path: string): void;
  /** Takes away what writers that were killed have left half done in a directory. */
  removeStale(directory: string): void;
  /** Paths of the *.json files in a directory, sorted; none if there is no directory. */
  listJson(directory: string): readonly string[];
  /** Paths of the files of findings in a directory of cases, sorted. */
  listFindings(directory: string): readonly string[];
  /** Paths of the *.blob.jsonl files below a directory, at any depth, sorted. Throws `BadUsage` if there is no such directory. */
  listBlobs(directory: string): readonly string[];
  /** A file that is written line by line, anew; the directory is made. Throws `BadUsage`, and so do `write` and `close`. */
  openLines(path: string): Lines;
  /** Its lines, one by one. Throws `BadUsage` if it cannot be read. */
  readLines(path: string): Iterable<string>;
  /** At the end of a file. Throws `BadUsage`. */
  appendText(path: string, text: string): void;
  /** Of the environment; undefined: not set, or empty. */
  variable(name: string): string | undefined;
  /** Where failing cases are written: ./millrace-cases. */
  readonly caseDirectory: string;
  /** What `gate` replays: scenarios/cases in a checkout of millrace, the directory of cases elsewhere. */
  readonly corpusDirectory: string;
  /** The checkout of millrace that this command belongs to; undefined if it was installed as a package. */
  readonly checkout: string | undefined;
  readonly processors: number;
  /** The configuration of the working directory, if it has one. */
  findConfig(): string | undefined;
  /** Rejects with `BadUsage` or `InvalidInput` if the configuration of the source cannot be loaded. */
  open(source: Source): Promise<Workspace>;
  /** The user asked to stop. */
  interrupted(): boolean;
  /**
   * Runs blocks of a campaign: in this process if `workers` is 0, else in so many others. `first` hears what its first run came
   * to before it is done again, if it is among them.
   */
  openPool(campaign: Campaign, workspace: Workspace, workers: number, first: (judged: Judged) => void): Pool;
  /** Calls it once, after so many seconds; what is returned calls that off. */
  after(seconds: number, call: () => void): () => void;
  /**
   * Shrinks a failing run, in another process, so that a signal is heard. When the time is up, or the user stops, it comes to
   * the smallest that was found until then. Undefined: it does not fail again; `no-time`: it was not even run again.
   */
  investigate(workspace: Workspace, failure: Failure): Promise<Finding | 'no-time' | undefined>;
  /** Does runs in this process, and ends one that takes no end. */
  guarded<T>(workspace: Workspace, body: (run: GuardedRun) => T): GuardedRuns<T>;
  /** Runs again what was kept, in another process, which it may end. `environment`: variables that are other there. */
  openReplayer(workspace: Workspace, environment?: Readonly<Record<string, string>>): Replayer;
  /**
   * Reads the events of an input. Rejects with `BadUsage` if there is no such file, directory or zone, with `InvalidInput` if
   * they cannot be read.
   */
  readInput(options: InputOptions): Promise<ReadInput>;
  /** Does the run over a whole input, in another process, if that takes no more than so many seconds. Rejects when the user stops. */
  runWhole(source: InputSource, seed: string, seconds: number): Promise<WholeRun | 'no-time'>;
}

/** A failing run and the signature that has to be kept. */
export interface Failure {
  readonly scenario: string;
  readonly seed: string;
  readonly run: number;
  readonly signature: string;
  /** Shrinking improves until so much time is over. */
  readonly shrinkMs: number;
  /** So many processors are free for it; default: one. */
  readonly processors?: number;
  /** See `WAYS`: which of them one process goes. */
  readonly way?: number;
}

export interface Pool {
  /** How many blocks run at once. */
  readonly lanes: number;
  /** Rejects with `HarnessCrash`, or when the pool is closed. */
  run(block: Block): Promise<readonly RunRow[]>;
  /** Failing runs that were written down: also of blocks that did not come to their end. */
  written(): readonly Sighting[];
  /** Where runs keep this process busy, so that no timer is heard: what is under way then rejects with `OutOfTime`. */
  cutAfter?(seconds: number): void;
  close(): void;
}

/** The time limit has ended a run that was under way. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** As `run`, with a workspace's parts, laws and marks. */
export type GuardedRun = (scenario: Scenario, plan: Plan, detail?: RunOptions) => RunResult;
export type GuardedRuns<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** A run took no end, and was ended. */
  | { readonly kind: 'endless'; readonly overrun: Overrun };

export interface Lines {
  /** With their line feeds. */
  write(lines: string): void;
  /** All of it is on the disk then. */
  close(): void;
}

export interface Replayer {
  /** Rejects when it is closed, or with `HarnessCrash`. */
  ask(kept: Kept): Promise<KeptAnswer>;
  close(): void;
}

/** Starts the zoo's worker from a bundle in which a file has been edited; see `cli/node/zoo.ts`. */
export interface Zoo {
  /** Undefined, or why this entry cannot be tried. */
  hunt(entry: ZooEdit, quarry: Quarry): Promise<readonly Catch[]>;
}
/** One snippet of one file, replaced. */
export interface ZooEdit {
  readonly id: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}
/** What to look for: the first failing run of each seed's default campaign, at most so many runs. */
export interface Quarry {
  readonly seeds: readonly string[];
  readonly runs: number;
  /** Shrink what the first seed finds, if one of these laws is among its violations. */
  readonly laws: readonly string[];
}
/** What one base seed found. */
export interface Catch {
  readonly seed: string;
  /** Runs until the first failure, that one included; undefined: none. */
  readonly runs: number | undefined;
  /** Signatures of that run's violations. */
  readonly signatures: readonly string[];
  readonly laws: readonly string[];
  /** Size of the plan, records and incidents and knobs and choices together, and of the shrunken one. */
  readonly size: { readonly before: number; readonly after: number } | undefined;
}
