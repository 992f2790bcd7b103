/**
 * The records of one topic: how they are made from a seed, and which of them, left out or changed, are still an input that
 * its author would have made. What an arbitrary makes is kept as it is made (`raw`), beside what is written to the topic.
 */
import type fc from 'fast-check';
import { avalanche, hashText } from '../../sim/kernel/digest.ts';
import { messageOf } from '../../core/errors.ts';
import type { TypeInfo } from '../../core/job/types.ts';
import { describe } from '../../core/values/refusal.ts';
import { fromBytes, serializerOf, toBytes } from '../../core/values/serializers.ts';
import { sampled } from '../plan/sample.ts';
import type { Taker } from '../shrink/walk.ts';
import { type Draw, drawn, inFrontOf, isArbitrary, shrinkDrawn, shrinkValue } from './arbitraries.ts';
import { asked, CheckError } from './errors.ts';
import type { Records, TopicInput } from './options.ts';

/** A record of a list that was made. `index`: its place there, which it keeps when others are left out. */
export interface Entry {
  readonly index: number;
  readonly raw: unknown;
  /** What the topic's type keeps of it. */
  readonly value: unknown;
}

/** What the job says of a topic that it reads. */
export interface ReadTopic {
  readonly topic: string;
  /** Undefined: files of lines. */
  readonly type: TypeInfo | undefined;
  /** Event time; throws or is no number if the author's function is wrong. */
  readonly timestamp: (value: unknown) => unknown;
  /** How late a record may come and still be on time; undefined: the watermark does not move. */
  readonly delayMs: number | undefined;
}

/** Makes the records of a topic. */
export interface Maker {
  make(seed: string, count: number): readonly Entry[];
  /** Whether what is left of what was made is an input, too. */
  admits(left: readonly Entry[]): boolean;
  /** Offers smaller inputs than `left`, which was made from this seed; each that is accepted is where it goes on from. */
  shrink(seed: string, count: number, left: readonly Entry[], taker: Taker<readonly Entry[]>): void;
  /** The list as given has an order of its own. */
  readonly ordered: boolean;
}

/** Two words of 32 bits of a seed, a topic and a place. */
export function seedFor(seed: string, purpose: string, index = 0): number {
  return avalanche(hashText(`${seed}/${purpose}`, 0x3c6ef372) ^ Math.imul(index + 1, 0x9e3779b1)) >>> 0;
}

/** Of four draws, one prefers small and extreme values. */
function drawFor(seed: string, purpose: string, index?: number): Draw {
  const word = seedFor(seed, purpose, index);
  return { seed: word, unbiased: avalanche(word) % 4 !== 0 };
}

/** `records` is whole: it is used as it is unless there are more of them. */
const SAMPLED_ABOVE = 1_000;
const SAMPLE = 300;

/** @param read the text of a file; undefined: there is none. */
export function makerOf(of: ReadTopic, records: Records, read: (path: string) => string | undefined): Maker {
  const place = `input.${of.topic}`;
  if (typeof records === 'string') return fixed(of, linesOf(records, read(records), place));
  if (Array.isArray(records))
    return fixed(
      of,
      records.map((value, index) => [value, `${place}[${index}]`] as const),
    );
  if (typeof records === 'function') return computed(of, (seed) => records(seed));
  if (!isArbitrary(records)) {
    throw new CheckError(
      'usage',
      `${place}: expected a fast-check arbitrary, an array, the path of an ndjson file or a function of a seed`,
    );
  }
  return makesLists(of, records) ? listMaker(of, records) : recordMaker(of, records);
}

/** What the type of the topic keeps of a value. */
export function kept(of: ReadTopic, value: unknown, place: string): unknown {
  if (of.type === undefined) return String(value);
  try {
    return fromBytes(of.type, toBytes(of.type, value));
  } catch (error) {
    const message = `${place}: ${messageOf(error).replace(/^\w+: /, '')}; topic ${of.topic} cannot hold it: make records of its type`;
    throw new CheckError('usage', message, { cause: error });
  }
}

function entriesOf(of: ReadTopic, values: readonly unknown[], place: string): readonly Entry[] {
  return values.map((raw, index) => ({ index, raw, value: kept(of, raw, `${place}[${index}]`) }));
}

// ---- arrays, files, functions

function fixed(of: ReadTopic, records: readonly (readonly [value: unknown, place: string])[]): Maker {
  const entries = records.map(([raw, place], index) => ({ index, raw, value: kept(of, raw, place) }));
  return {
    ordered: true,
    make: (seed) => (entries.length > SAMPLED_ABOVE ? sampled(entries, `${seed}/${of.topic}`, SAMPLE) : entries),
    admits: () => true,
    shrink: () => undefined,
  };
}

function linesOf(path: string, text: string | undefined, place: string): readonly (readonly [unknown, string])[] {
  if (text === undefined) throw new CheckError('usage', `${place}: there is no file ${path}`);
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const at = `${path}:${index + 1}`;
    try {
      return [[JSON.parse(line) as unknown, at] as const];
    } catch {
      throw new CheckError('usage', `${place}: ${at} is not valid JSON; write one value a line`);
    }
  });
}

function computed(of: ReadTopic, records: (seed: number) => readonly unknown[]): Maker {
  return {
    ordered: true,
    make: (seed) => {
      const what = `input.${of.topic}: the function of a seed`;
      const values: unknown = asked(what, () => records(seedFor(seed, of.topic)));
      if (!Array.isArray(values))
        throw new CheckError('usage', `${what} returned ${describe(values)}; return an array of records`);
      return entriesOf(of, values, `input.${of.topic}`);
    },
    admits: () => true,
    shrink: () => undefined,
  };
}

// ---- arbitraries

const SAMPLES = 12;

/** Whether the values of an arbitrary are arrays of records, and not records that are arrays. */
function makesLists(of: ReadTopic, arbitrary: fc.Arbitrary<unknown>): boolean {
  const values = Array.from({ length: SAMPLES }, (_, index) =>
    drawn(arbitrary, { seed: index, unbiased: true }, `input.${of.topic}`),
  );
  if (!values.every(Array.isArray)) return false;
  const { type } = of;
  const holdsArrays = type !== undefined && (type.kind === 'list' || type.kind === 'tuple');
  return !holdsArrays || !values.every((value) => serializerOf(type).validate(value) === undefined);
}

/** Each record is drawn by itself, so that it stays what it is whatever happens to the others. */
function recordMaker(of: ReadTopic, arbitrary: fc.Arbitrary<unknown>): Maker {
  const place = `input.${of.topic}`;
  const drawOf = (seed: string, index: number): Draw => drawFor(seed, of.topic, index);
  return {
    ordered: false,
    make: (seed, count) =>
      Array.from({ length: count }, (_, index) => {
        const raw = drawn(arbitrary, drawOf(seed, index), place);
        return { index, raw, value: kept(of, raw, place) };
      }),
    admits: () => true,
    shrink(seed, _count, left, taker) {
      let best = left;
      for (const [at, { index }] of left.entries()) {
        const ofThis = inFrontOf(taker, (raw) => {
          const smaller = best.with(at, { index, raw, value: kept(of, raw, place) });
          if (!taker.accepts(smaller)) return false;
          best = smaller;
          return true;
        });
        shrinkDrawn(arbitrary, drawOf(seed, index), ofThis);
      }
    },
  };
}

/** The list is one value of the arbitrary. */
function listMaker(of: ReadTopic, arbitrary: fc.Arbitrary<unknown>): Maker {
  const place = `input.${of.topic}`;
  const make = (seed: string): readonly Entry[] => {
    const values = drawn(arbitrary, drawFor(seed, of.topic), place);
    return entriesOf(of, Array.isArray(values) ? values : [], place);
  };
  const admits = (left: readonly Entry[]): boolean => arbitrary.canShrinkWithoutContext(left.map(({ raw }) => raw));
  return {
    ordered: false,
    make,
    admits,
    shrink(seed, _count, left, taker) {
      const offered = (indexes: readonly number[] | undefined) =>
        inFrontOf(taker, (values) => {
          if (!Array.isArray(values) || (indexes !== undefined && values.length !== indexes.length)) return false;
          const entries = entriesOf(of, values, place);
          return taker.accepts(
            indexes === undefined ? entries : entries.map((entry, at) => ({ ...entry, index: indexes[at] ?? at })),
          );
        });
      if (admits(left)) {
        const indexes = left.map(({ index }) => index);
        shrinkValue(
          arbitrary,
          left.map(({ raw }) => raw),
          offered(indexes),
        );
      } else {
        // Only its own shrinker knows what else it makes: from the whole list on, records and values together.
        shrinkDrawn(arbitrary, drawFor(seed, of.topic), offered(undefined));
      }
    },
  };
}

export function isTopicInput(records: unknown): records is TopicInput {
  return typeof records === 'object' && records !== null && !Array.isArray(records) && 'records' in records;
}
