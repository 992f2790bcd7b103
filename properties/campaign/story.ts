import type { RunResult } from '../run/run.ts';
import type { Finding } from './investigate.ts';

/** What a run that was traced tells of a violation of this law. */
export function storyOf({ trace = [], heard = {} }: RunResult, law: string): Pick<Finding, 'trace' | 'heard'> {
  return { trace, heard: heard[law] ?? [] };
}
