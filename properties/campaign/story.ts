import type { RunResult } from '../run/run.ts';

/** What explains a violation, beside itself. */
export interface Story {
  /** The run, line by line. */
  readonly trace: readonly string[];
  /** Kinds of facts that the violated law listens to. */
  readonly heard: readonly string[];
}

/** What a run that was traced tells of a violation of this law. */
export function storyOf({ trace = [], heard = {} }: RunResult, law: string): Story {
  return { trace, heard: heard[law] ?? [] };
}
