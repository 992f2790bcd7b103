/**
 * A run in a process that has done nothing else yet: what a module of the job remembers from earlier runs is not there. Asked
 * only before the engine is accused of what a user's job does.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { Observed } from '../../properties/outcome.ts';
import type { Plan } from '../../properties/plan/plan.ts';
import { run } from '../../properties/run/run.ts';
import type { Source } from '../scenarios.ts';
import type { Workspace } from '../workspace.ts';
import { FRESH_ARGUMENT } from './protocol.ts';
import { DEFAULT_BOUNDS, Watchdog } from './watchdog.ts';

/** Descriptor of the answer: what user code prints goes elsewhere. */
const ANSWER = 3;
const TIMEOUT_MS = 8_000;
const ANSWER_MAX = 256 * 1024 * 1024;

interface Question {
  readonly source: Source;
  readonly scenario: string;
  readonly plan: Plan;
  /** Who asks: when that is gone nobody waits for the answer. */
  readonly parent?: number;
}

interface FreshOptions {
  /** Of node. Default: as this process was started. */
  readonly flags?: readonly string[];
  /** Default: less than what a watchdog waits for a turn. */
  readonly timeoutMs?: number;
}

/**
 * What the plan, run without laws, commits there; undefined: no answer, for whatever reason. `entry`: what this process was
 * started from.
 */
export function observedElsewhere(
  entry: string,
  question: Question,
  { flags = process.execArgv, timeoutMs = TIMEOUT_MS }: FreshOptions = {},
): Observed | undefined {
  const { output, status } = spawnSync(process.execPath, [...flags, entry, FRESH_ARGUMENT], {
    input: serialize({ ...question, parent: process.pid }),
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: ANSWER_MAX,
  });
  const answer: unknown = output?.[ANSWER];
  if (status !== 0 || !(answer instanceof Uint8Array) || answer.length === 0) return undefined;
  return deserialize(answer) as Observed;
}

/** Answers the question on standard input. `open`: what a source stands for. */
export async function serveFreshRun(open: (source: Source) => Promise<Workspace>): Promise<void> {
  const { source, scenario, plan, parent = 0 } = deserialize(readFileSync(0)) as Question;
  new Watchdog({
    bounds: { turnCpuMs: Infinity, pollMs: DEFAULT_BOUNDS.pollMs },
    worker: { descriptor: ANSWER, parent },
  });
  const { scenarios, options } = await open(source);
  const { observed } = run(scenarios.named(scenario), plan, { ...options, laws: false });
  writeFileSync(ANSWER, serialize(observed));
}
