/**
 * The pipeline on our kernel and actors: a universe with one process, an actor a stage, a mailbox between two of them;
 * one step takes one record. The order is drawn: each step costs a random virtual time, half of the wake-ups are reordered.
 */
import type { Executor, Actor } from '../../core/waiting.ts';
import type { Scratch } from '../../sim/kernel/scratch.ts';
import { Universe } from '../../sim/universe.ts';
import { calmWorld, type WorldConfig } from '../../sim/world-config.ts';
import { inputOf, Output, type PipelineLoad, stage } from './work.ts';

const WORLD: WorldConfig = { ...calmWorld, stepJitterUs: 20, reorderPer1000: 500 };
const FOREVER_US = Number.MAX_SAFE_INTEGER;

export function millracePipeline(load: PipelineLoad, seed: number, scratch: Scratch): string {
  const output = new Output();
  const universe = new Universe({
    choices: { seed: String(seed) },
    world: WORLD,
    incidents: [],
    listeners: [],
    scratch,
  });
  universe.launch('host', 'pipeline', ({ executor }) => {
    const first = build(executor, load, output);
    for (let index = 0; index < load.records; index++) first.take(inputOf(seed, index));
  });
  universe.run(FOREVER_US);
  universe.close();
  return output.total(load.records);
}

function build(executor: Executor, { stages }: PipelineLoad, output: Output): Stage {
  let next: Stage | undefined;
  for (let at = stages - 1; at > 0; at--) next = new Stage(executor, at, next, output);
  return new Stage(executor, 0, next, output);
}

class Stage {
  readonly #at: number;
  readonly #next: Stage | undefined;
  readonly #output: Output;
  readonly #actor: Actor;
  readonly #mailbox: number[] = [];
  #head = 0;

  constructor(executor: Executor, at: number, next: Stage | undefined, output: Output) {
    this.#at = at;
    this.#next = next;
    this.#output = output;
    this.#actor = executor.actor(`stage-${at}`, () => this.#step());
  }

  take(value: number): void {
    this.#mailbox.push(value);
    this.#actor.wake();
  }

  #step(): 'more' | 'idle' {
    const value = stage(this.#at, this.#mailbox[this.#head++] ?? 0);
    if (this.#next === undefined) this.#output.add(value);
    else this.#next.take(value);
    return this.#head < this.#mailbox.length ? 'more' : 'idle';
  }
}
