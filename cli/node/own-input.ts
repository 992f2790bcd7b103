/** An input of the user's own, in this process: reads it, and runs all of it at once. Loaded where there is one. */
import { runWhole, type WholeRun } from '../input/whole.ts';
import type { InputSource } from '../scenarios.ts';
import { workspaceOf } from '../workspace.ts';
import { withArenas } from './blocks.ts';

/** Does the run over a whole input in this process: a step of it takes as long as the input is large, so nobody watches. */
export function runWholeHere(source: InputSource, seed: string): WholeRun {
  const workspace = workspaceOf(source);
  const { whole } = workspace.scenarios;
  if (whole === undefined) throw new Error('there is no input to run as a whole');
  return runWhole(whole, source.input.columns, source.options, seed, withArenas(workspace, undefined, undefined));
}

export { readInput } from './input.ts';
