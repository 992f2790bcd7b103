/**
 * Compares variants as BENCH.md describes: each in its own warmed process, one at a time for a slice of 15 ms, in an
 * order that rotates, all of them on the same range of seeds in a round, a fresh one in every round. What counts are
 * the ratios within a round: what slows the machine slows the whole round.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Reply, Request } from './variant.ts';

export interface Pace {
  readonly rounds: number;
  /** Before the first round, a variant has so many turns and so much time, so that it is compiled. */
  readonly warmTurns: number;
  readonly warmMs: number;
}
export const FULL: Pace = { rounds: 160, warmTurns: 100, warmMs: 1_000 };
export const QUICK: Pace = { rounds: 16, warmTurns: 15, warmMs: 250 };

const SLICE_MS = 15;
/** Seeds of a round; more than any variant gets through in a slice. */
const SEEDS_A_ROUND = 10_000;
const VERIFIED_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

export interface Comparison {
  /** Variants that must have the same output. */
  readonly same: readonly string[];
  /** Variants of other work, timed in the same rounds. */
  readonly beside?: readonly string[];
}

/** By variant: nanoseconds per unit, round by round. Throws if outputs differ. */
export async function compare(
  { same, beside = [] }: Comparison,
  pace: Pace,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const names = [...same, ...beside];
  const children = new Map<string, Child>();
  const times = new Map(names.map((name) => [name, new Array<number>()]));
  try {
    for (const name of names) children.set(name, await Child.start(name));
    const of = (name: string): Child => children.get(name)!;
    await verify(same, of);
    for (const name of names) await of(name).slice(0, pace.warmMs, pace.warmTurns);
    for (let round = 1; round <= pace.rounds; round++) {
      for (let turn = 0; turn < names.length; turn++) {
        const name = names[(round + turn) % names.length]!;
        times.get(name)!.push(await of(name).slice(round * SEEDS_A_ROUND, SLICE_MS));
      }
    }
  } finally {
    for (const child of children.values()) child.end();
  }
  return times;
}

async function verify(names: readonly string[], of: (name: string) => Child): Promise<void> {
  const [first, ...others] = names;
  if (first === undefined) return;
  const expected = await of(first).outputs(VERIFIED_SEEDS);
  for (const name of others) {
    const outputs = await of(name).outputs(VERIFIED_SEEDS);
    const at = outputs.findIndex((output, index) => output !== expected[index]);
    if (at >= 0)
      throw new Error(
        `seed ${VERIFIED_SEEDS[at]}: ${name} does other work than ${first}\n${outputs[at]}\n${expected[at]}`,
      );
  }
}

/** This program again, as a child process in another role. */
export function forkSelf(role: string, args: readonly string[], nodeFlags: readonly string[] = []): ChildProcess {
  return fork(process.argv[1]!, [role, ...args], {
    execArgv: ['--enable-source-maps', ...nodeFlags],
    serialization: 'advanced',
  });
}

class Child {
  readonly #name: string;
  readonly #process: ChildProcess;

  private constructor(name: string) {
    this.#name = name;
    this.#process = forkSelf('variant', [name]);
  }

  static async start(name: string): Promise<Child> {
    const child = new Child(name);
    await child.#answer('ready');
    return child;
  }

  async outputs(seeds: readonly number[]): Promise<readonly string[]> {
    this.#send({ kind: 'verify', seeds });
    return (await this.#answer('verified')).outputs;
  }

  async slice(seed: number, ms: number, turns = 1): Promise<number> {
    this.#send({ kind: 'slice', seed, ms, turns });
    return (await this.#answer('sliced')).nsPerUnit;
  }

  end(): void {
    this.#process.disconnect();
  }

  #send(request: Request): void {
    this.#process.send(request);
  }

  async #answer<K extends Reply['kind']>(kind: K): Promise<Extract<Reply, { readonly kind: K }>> {
    const reply = await answerOf<Reply>(this.#process, this.#name);
    if (!isKind(reply, kind)) throw new Error(`${this.#name} answered ${reply.kind}, expected ${kind}`);
    return reply;
  }
}

function isKind<K extends Reply['kind']>(reply: Reply, kind: K): reply is Extract<Reply, { readonly kind: K }> {
  return reply.kind === kind;
}

/** The next message of a child; an error if it ends first. */
export async function answerOf<T>(child: ChildProcess, name: string): Promise<T> {
  const abort = new AbortController();
  const ended = once(child, 'exit', { signal: abort.signal }).then(([code]: unknown[]): never => {
    throw new Error(`the process of ${name} ended without an answer (exit ${String(code)})`);
  });
  try {
    const [message] = (await Promise.race([once(child, 'message', { signal: abort.signal }), ended])) as [T];
    return message;
  } finally {
    abort.abort();
    ended.catch(() => undefined);
  }
}

/** The result of a task in a process of its own. */
export async function taskResult<T>(
  task: string,
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): Promise<T> {
  const child = forkSelf('task', [task, ...args], nodeFlags);
  const exit = once(child, 'exit');
  const result = await answerOf<T>(child, task);
  await exit;
  return result;
}
