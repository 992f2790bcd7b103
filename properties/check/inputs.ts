/**
 * The input of a job under test: made from a seed, spread over partitions, and made smaller when a run has failed.
 *
 *     seed -> lists of records, topic by topic -> spread over partitions -> plan
 *       |                                                                    |
 *       +---- made again, with contexts to shrink by <---- which are left ---+
 */
import type { JobSpec, SourceSpec, WatermarkSpec } from '../../core/job/spec.ts';
import { ignoreRejection, isThenable } from '../../core/user-code.ts';
import { sameValue } from '../model/equal.ts';
import type { Plan, Topics } from '../plan/plan.ts';
import type { Candidates } from '../plan/scenario.ts';
import type { Taker } from '../shrink/walk.ts';
import { type Draw, drawn, inFrontOf, isArbitrary, shrinkDrawn, shrinkValue } from './arbitraries.ts';
import { CheckError } from './errors.ts';
import type { AnyCheckOptions, TopicInput } from './options.ts';
import { requireTopicOptions } from './require-options.ts';
import { requireSpread, spread } from './spread.ts';
import { type Entry, isTopicInput, kept, type Maker, makerOf, type ReadTopic, seedFor } from './topic.ts';

/** The entries of every topic, list by list. */
type Lists = ReadonlyMap<string, readonly Entry[]>;
type Placed = ReadonlyMap<string, readonly (readonly Entry[])[]>;

/** Makes all lists at once. */
interface ListsMaker {
  make(seed: string, count: number): Lists;
  admits(left: Lists): boolean;
  shrink(seed: string, count: number, left: Lists, taker: Taker<Lists>): void;
  ordered(topic: string): boolean;
}

/** A run is quick with a third of the records that a campaign's plan wishes for, and no less happens in it. */
const SHARE = 1 / 3;

/** Smaller inputs that are looked at, refused ones too. */
const OFFERS_MAX = 2_000;

export class Inputs {
  readonly topics: readonly ReadTopic[];
  readonly #maker: ListsMaker;
  readonly #options: ReadonlyMap<string, Omit<TopicInput, 'records'>>;
  readonly #valid: AnyCheckOptions['valid'];
  #isValidAsked = false;
  /** While a failing input is made smaller: the inputs that it has been, the newest last. */
  #bases: readonly Placed[] = [];
  /** What was made of a few seeds, since each is asked for more than once. */
  readonly #made: { readonly id: string; readonly placed: Placed }[] = [];

  /** @throws CheckError if the options do not fit the job. */
  constructor(job: JobSpec, { input, valid }: AnyCheckOptions, read: (path: string) => string | undefined) {
    this.topics = topicsRead(job);
    this.#valid = valid;
    if (isArbitrary(input)) {
      this.#maker = wholeMaker(this.topics, input);
      this.#options = new Map();
      return;
    }
    const given = new Map(Object.entries(input));
    const known = this.topics.map(({ topic }) => topic);
    for (const topic of given.keys()) {
      if (!known.includes(topic))
        throw new CheckError('usage', `input.${topic}: the job reads no such topic; it reads ${known.join(', ')}`);
    }
    const makers = new Map<string, Maker>();
    const options = new Map<string, Omit<TopicInput, 'records'>>();
    for (const topic of this.topics) {
      const records = given.get(topic.topic);
      if (records === undefined)
        throw new CheckError('usage', `input.${topic.topic} is missing; the job reads this topic`);
      const of: TopicInput = isTopicInput(records) ? records : { records };
      requireTopicOptions(`input.${topic.topic}`, of);
      requireSpread(topic, of);
      makers.set(topic.topic, makerOf(topic, of.records, read));
      options.set(topic.topic, of);
    }
    this.#maker = makersOf(makers);
    this.#options = options;
  }

  /** `count` is a wish, of records in all topics together. */
  generate(seed: string, count: number): Topics {
    return valuesOf(this.#placed(seed, count));
  }

  /** Whether the records of an explicit plan, left of what this seed stands for, are an input that could have been made. */
  admits(seed: string, count: number): (plan: Plan) => boolean {
    this.#bases = [this.#placed(seed, count)];
    return (plan) => {
      const left = this.#left(plan);
      if (left === undefined) return false;
      return this.#isInput(left) ?? (this.#bases.some((base) => isWhole(base, left)) || this.#maker.admits(left));
    };
  }

  /** Smaller records for the best plan of an oracle that asks `admits`; the plan's other parts stay. */
  shrink(seed: string, count: number, oracle: Candidates): void {
    const left = this.#left(oracle.best.plan);
    if (left === undefined) return;
    let offers = 0;
    this.#maker.shrink(seed, count, left, {
      accepts: (lists) => ++offers <= OFFERS_MAX && this.#isInput(lists) !== false && this.#fails(oracle, lists, seed),
      get ended() {
        return oracle.exhausted || offers > OFFERS_MAX;
      },
    });
  }

  #fails(oracle: Candidates, lists: Lists, seed: string): boolean {
    const placed = this.#spread(lists, seed);
    // What the arbitrary's own shrinker offers is admitted: the plan is one of its values.
    this.#bases = [...this.#bases, placed];
    const fails = oracle.fails({ ...oracle.best.plan, workload: { kind: 'explicit', topics: valuesOf(placed) } });
    if (!fails) this.#bases = this.#bases.slice(0, -1);
    return fails;
  }

  #left(plan: Plan): Lists | undefined {
    for (const base of this.#bases.toReversed()) {
      const left = leftIn(base, plan);
      if (left !== undefined) return left;
    }
    return undefined;
  }

  /** What the author says of it; undefined: nothing. */
  #isInput(lists: Lists): boolean | undefined {
    const input = Object.fromEntries([...lists].map(([topic, list]) => [topic, list.map(({ value }) => value)]));
    try {
      return this.#valid?.(input);
    } catch {
      // It is asked of inputs that nobody has drawn; what it throws must not take the place of the failure that they are for.
      return false;
    }
  }

  /** `valid` is asked only once a run has failed. That it answers by a promise, which would look like true, is known before. */
  #requireSynchronous(lists: Lists): void {
    if (this.#isValidAsked) return;
    this.#isValidAsked = true;
    const answer: unknown = this.#isInput(lists);
    if (!isThenable(answer)) return;
    ignoreRejection(answer);
    throw new CheckError('usage', 'valid returned a promise; it is asked synchronously: return true or false itself');
  }

  #placed(seed: string, count: number): Placed {
    const id = `${count}/${seed}`;
    const known = this.#made.find((made) => made.id === id);
    if (known !== undefined) return known.placed;
    const wished = Math.ceil((count * SHARE) / Math.max(1, this.topics.length));
    const lists = this.#maker.make(seed, wished);
    this.#requireSynchronous(lists);
    const placed = this.#spread(lists, seed);
    this.#made.push({ id, placed });
    if (this.#made.length > 4) this.#made.shift();
    return placed;
  }

  #spread(lists: Lists, seed: string): Placed {
    return new Map(
      this.topics.map((of) => {
        const { topic } = of;
        const options = this.#options.get(topic) ?? {};
        return [topic, spread(of, options, lists.get(topic) ?? [], seed, this.#maker.ordered(topic))];
      }),
    );
  }
}

/** Each source's topic, once; of two sources that read it, the stricter watermarks. */
export function topicsRead(job: JobSpec): readonly ReadTopic[] {
  const topics = new Map<string, ReadTopic>();
  for (const { operator } of job.nodes) {
    if (operator.kind !== 'source') continue;
    const read = readTopic(operator.source, operator.watermarks);
    const other = topics.get(read.topic);
    const delays = [read.delayMs, other?.delayMs].filter((delay) => delay !== undefined);
    topics.set(read.topic, { ...read, delayMs: delays.length === 0 ? undefined : Math.min(...delays) });
  }
  return [...topics.values()];
}

function readTopic({ connector, input, type }: SourceSpec, { timestamp, generator }: WatermarkSpec): ReadTopic {
  return {
    topic: input,
    type: connector === 'file' ? undefined : type,
    timestamp,
    delayMs: 'delayMs' in generator ? generator.delayMs : undefined,
  };
}

function valuesOf(placed: Placed): Topics {
  return Object.fromEntries(
    [...placed].map(([topic, partitions]) => [
      topic,
      partitions.map((entries): readonly unknown[] => entries.map(({ value }) => value)),
    ]),
  );
}

/** Nothing of it has been left out: it is as it was made. */
function isWhole(base: Placed, left: Lists): boolean {
  return [...base].every(
    ([topic, partitions]) => partitions.reduce((sum, { length }) => sum + length, 0) === left.get(topic)?.length,
  );
}

/** The entries that a plan has kept, in the order of their lists; undefined: it has a record that none of them is. */
function leftIn(base: Placed, { workload }: Plan): Lists | undefined {
  if (workload.kind !== 'explicit') return undefined;
  const lists = new Map<string, readonly Entry[]>();
  for (const [topic, partitions] of base) {
    const left: Entry[] = [];
    for (const [partition, entries] of partitions.entries()) {
      let at = 0;
      for (const value of workload.topics[topic]?.[partition] ?? []) {
        while (at < entries.length && !sameValue(entries[at]?.value, value)) at++;
        const entry = entries[at++];
        if (entry === undefined) return undefined;
        left.push(entry);
      }
    }
    lists.set(
      topic,
      left.sort((a, b) => a.index - b.index),
    );
  }
  return lists;
}

// ---- topic by topic

function makersOf(makers: ReadonlyMap<string, Maker>): ListsMaker {
  return {
    ordered: (topic) => makers.get(topic)?.ordered ?? true,
    make: (seed, count) => new Map([...makers].map(([topic, maker]) => [topic, maker.make(seed, count)])),
    admits: (left) => [...makers].every(([topic, maker]) => maker.admits(left.get(topic) ?? [])),
    shrink(seed, count, left, taker) {
      let best = left;
      for (const [topic, maker] of makers) {
        const ofThis = inFrontOf(taker, (entries: readonly Entry[]) => {
          const smaller = new Map(best).set(topic, entries);
          if (!taker.accepts(smaller)) return false;
          best = smaller;
          return true;
        });
        maker.shrink(seed, count, left.get(topic) ?? [], ofThis);
      }
    },
  };
}

// ---- one arbitrary for all topics

function wholeMaker(topics: readonly ReadTopic[], arbitrary: Parameters<typeof drawn>[0]): ListsMaker {
  const drawOf = (seed: string): Draw => ({
    seed: seedFor(seed, 'input'),
    unbiased: seedFor(seed, 'input', 1) % 4 !== 0,
  });
  const listsOf = (made: unknown): Lists =>
    new Map(
      topics.map((of) => {
        const values: unknown = typeof made === 'object' && made !== null ? Reflect.get(made, of.topic) : undefined;
        if (!Array.isArray(values))
          throw new CheckError('usage', `input: the arbitrary makes no array ${of.topic}, a topic that the job reads`);
        const place = `input.${of.topic}`;
        return [of.topic, values.map((raw: unknown, index) => ({ index, raw, value: kept(of, raw, place) }))];
      }),
    );
  const rawOf = (lists: Lists): unknown =>
    Object.fromEntries([...lists].map(([topic, entries]) => [topic, entries.map(({ raw }) => raw)]));
  return {
    ordered: () => false,
    make: (seed) => listsOf(drawn(arbitrary, drawOf(seed), 'input')),
    admits: (left) => arbitrary.canShrinkWithoutContext(rawOf(left)),
    shrink(seed, _count, left, taker) {
      if (!arbitrary.canShrinkWithoutContext(rawOf(left))) {
        const ofWhole = inFrontOf(taker, (made) => taker.accepts(listsOf(made)));
        shrinkDrawn(arbitrary, drawOf(seed), ofWhole);
        return;
      }
      // As many records as there are: which of them can be left out is known by now.
      const ofSameSize = inFrontOf(taker, (made) => {
        const lists = listsOf(made);
        const indexed = new Map<string, readonly Entry[]>();
        for (const [topic, entries] of lists) {
          const kept = left.get(topic) ?? [];
          if (entries.length !== kept.length) return false;
          indexed.set(
            topic,
            entries.map((entry, at) => ({ ...entry, index: kept[at]?.index ?? at })),
          );
        }
        return taker.accepts(indexed);
      });
      shrinkValue(arbitrary, rawOf(left), ofSameSize);
    },
  };
}
