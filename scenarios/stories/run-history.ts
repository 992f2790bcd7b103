/**
 * What a story has shown: the facts of its run in order, and what can be expected of them. Every expectation that fails
 * shows the facts of the kinds that it named, so that a reader sees what happened instead.
 */
import { expect } from 'vitest';
import { type AbortReason, FACT_KINDS, type FactKind, type Facts, type Probe } from '../../core/facts.ts';
import type { RunResult } from '../../properties/run/run.ts';
import type { Topics } from '../../properties/plan/plan.ts';
import { COUNTS, type Counted, type Numbered, type Sources } from './jobs.ts';

/** Fields that a fact must have; a dotted path reaches inside ('channel.sender'). `task: 'count[1]'` is that task in any attempt. */
export type Where = Readonly<Record<string, string | number | boolean | undefined>>;
export type Step = readonly [kind: FactKind, where?: Where | undefined];

interface Stated {
  readonly kind: FactKind;
  readonly fact: object;
}

const SHOWN_MAX = 60;

/** Records all facts; nothing is copied. */
export class FactRecorder {
  readonly stated: Stated[] = [];
  readonly probe: Probe;

  constructor() {
    let probe: Probe = {};
    for (const kind of FACT_KINDS)
      probe = {
        ...probe,
        [kind]: (fact: object) => {
          this.stated.push({ kind, fact });
        },
      };
    this.probe = probe;
  }
}

export class RunHistory {
  readonly result: RunResult;
  readonly #facts: readonly Stated[];
  readonly #input: readonly Numbered[];

  constructor(result: RunResult, stated: readonly Stated[], input: Topics<Sources>) {
    this.result = result;
    this.#facts = stated;
    const { numbers, extras = [] } = input;
    this.#input = [numbers.flat(), extras.flat()].flat();
  }

  /** The facts of a kind that have these fields, in order. */
  all<K extends FactKind>(kind: K, where: Where = {}): readonly Facts[K][] {
    const found = this.#facts.filter((stated) => stated.kind === kind && matches(stated.fact, where));
    return found.map(({ fact }) => fact as Facts[K]);
  }

  /** Each step after the one before, with any other facts between them. */
  inOrder(...steps: readonly Step[]): this {
    let at = -1;
    for (const [index, [kind, where]] of steps.entries()) {
      const next = this.#facts.findIndex(
        (stated, i) => i > at && stated.kind === kind && matches(stated.fact, where ?? {}),
      );
      if (next === -1) {
        const before = steps[index - 1];
        const after = before === undefined ? '' : ` after ${textOf(before)}`;
        expect.fail(
          `expected ${textOf([kind, where])}${after}; there was\n${this.#shown(steps.map(([named]) => named))}`,
        );
      }
      at = next;
    }
    return this;
  }

  /** Where in the story it comes first; -1: never. */
  indexOf(kind: FactKind, where: Where = {}): number {
    return this.#facts.findIndex((stated) => stated.kind === kind && matches(stated.fact, where));
  }

  once(kind: FactKind, where: Where = {}): this {
    const count = this.all(kind, where).length;
    if (count !== 1) expect.fail(`expected ${textOf([kind, where])} once, not ${count} times\n${this.#shown([kind])}`);
    return this;
  }

  never(kind: FactKind, where: Where = {}): this {
    if (this.all(kind, where).length > 0)
      expect.fail(`expected no ${textOf([kind, where])}; there was\n${this.#shown([kind])}`);
    return this;
  }

  /** No such fact is stated between the two steps. */
  noneBetween(first: Step, last: Step, kind: FactKind, where: Where = {}): this {
    this.inOrder(first, last);
    const from = this.#facts.findIndex((stated) => stated.kind === first[0] && matches(stated.fact, first[1] ?? {}));
    const to = this.#facts.findIndex(
      (stated, i) => i > from && stated.kind === last[0] && matches(stated.fact, last[1] ?? {}),
    );
    const between = this.#facts.slice(from, to).filter((stated) => stated.kind === kind && matches(stated.fact, where));
    expect(between, `${textOf([kind, where])} between ${textOf(first)} and ${textOf(last)}`).toEqual([]);
    return this;
  }

  /** No law is broken, the job ended well, and every record counts once: none lost, none doubled. */
  exactlyOnce(of: readonly Numbered[] = this.#input): this {
    this.passes();
    expect(this.#committedIds()).toEqual(of.map(({ id }) => id).sort(byNumber));
    const counts = (key: string): number[] =>
      this.#committed()
        .filter((record) => record.key === key)
        .map(({ n }) => n)
        .sort(byNumber);
    for (const key of new Set(of.map((record) => record.key))) {
      const size = of.filter((record) => record.key === key).length;
      expect(counts(key), `counts of ${key}`).toEqual(Array.from({ length: size }, (_, index) => index + 1));
    }
    return this;
  }

  /** The sources had read a part of their input only, and that part counts exactly once. */
  exactlyOnceOfWhatWasRead(): this {
    const read = new Map(this.all('sourceRecord').map(({ value }) => [(value as Numbered).id, value as Numbered]));
    expect(read.size, 'records read').toBeLessThan(this.#input.length);
    expect(read.size, 'records read').toBeGreaterThan(0);
    return this.exactlyOnce([...read.values()]);
  }

  /** No record is lost, and at least one is counted twice. */
  atLeastOnceWithDuplicates(): this {
    this.passes();
    const ids = this.#committedIds();
    expect([...new Set(ids)]).toEqual(this.#input.map(({ id }) => id).sort(byNumber));
    expect(ids.length, 'records committed').toBeGreaterThan(this.#input.length);
    return this;
  }

  passes(): this {
    expect(
      this.result.violations.map(({ law, anomaly, place, message }) => `${law}/${anomaly}/${place}: ${message}`),
    ).toEqual([]);
    expect(this.result.verdict).toBe('pass');
    return this;
  }

  /**
   * The records of a channel between its two cuts, by position: the receiver had taken those below `from` at its
   * snapshot, the sender had sent those below `to` before its barrier.
   */
  between(sender: string, receiver: string, checkpoint: number): { readonly from: number; readonly to: number } {
    const cut = (kind: 'recordProcessed' | 'sent', task: string): number => {
      const at = this.#facts.findIndex(
        (stated) => stated.kind === 'snapshotTaken' && matches(stated.fact, { task, checkpoint }),
      );
      expect(at, `snapshot ${checkpoint} of ${task}`).toBeGreaterThan(-1);
      const ends = { 'channel.sender': subtaskOf(sender), 'channel.receiver': subtaskOf(receiver) };
      return this.#facts
        .slice(0, at)
        .filter((stated) => stated.kind === kind && matches(stated.fact, { task, ...ends })).length;
    };
    return { from: cut('recordProcessed', receiver), to: cut('sent', sender) };
  }

  /** The records that the channel state of a checkpoint holds; of one channel or side, or of all. */
  inFlight(checkpoint: number, where: Where = {}): number {
    return this.all('channelStatePersisted', { checkpoint, ...where }).reduce((sum, { records }) => sum + records, 0);
  }

  /** The first checkpoint that was aborted for this reason. */
  aborted(reason: AbortReason): number {
    const [first] = this.all('checkpointAborted', { reason });
    if (first === undefined)
      expect.fail(`no checkpoint was aborted as ${reason}\n${this.#shown(['checkpointAborted'])}`);
    return first.checkpoint;
  }

  #committed(): readonly Counted[] {
    return (this.result.observed.committed[COUNTS] ?? []) as readonly Counted[];
  }

  #committedIds(): readonly number[] {
    return this.#committed()
      .map(({ id }) => id)
      .sort(byNumber);
  }

  #shown(kinds: readonly FactKind[]): string {
    const lines = this.#facts
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ kind, fact }) => `  ${kind} ${shown(fact)}`);
    return lines.length === 0 ? '  none of them at all' : lines.slice(-SHOWN_MAX).join('\n');
  }
}

function subtaskOf(task: string): number {
  return Number(/\[(\d+)\]$/.exec(task)?.[1]);
}

function byNumber(a: number, b: number): number {
  return a - b;
}

function matches(fact: object, where: Where): boolean {
  return Object.entries(where).every(([path, wanted]) => {
    const found = at(fact, path);
    if (path === 'task' && typeof wanted === 'string') return taskText(found) === wanted;
    return found === wanted;
  });
}

function at(fact: object, path: string): unknown {
  let value: unknown = fact;
  for (const field of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = new Map<string, unknown>(Object.entries(value)).get(field);
  }
  return value;
}

function taskText(task: unknown): string {
  if (typeof task !== 'object' || task === null) return '';
  return `${String(at(task, 'vertex'))}[${String(at(task, 'subtask'))}]`;
}

function textOf([kind, where]: Step): string {
  return `${kind} ${JSON.stringify(where ?? {})}`;
}

function shown(fact: object): string {
  return Object.entries(fact)
    .map(([name, value]) =>
      name === 'task' ? `${taskText(value)}@${String(at(fact, 'task.attempt'))}` : `${name}=${JSON.stringify(value)}`,
    )
    .join(' ');
}
