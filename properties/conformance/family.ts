/**
 * What a family of vectors is, and how an implementation of ours is compared with it.
 *
 *     vectors/<name>.json      what Apache Flink did, case by case
 *     families/<name>.ts       subjects: our implementations of the rule, each made to answer in Flink's format
 *     differences.ts           the rows of "Ours versus Flink": what may differ, and where SEMANTICS says so
 *
 * All subjects have to agree with each other on every case, so that each answer is found twice where the rule has two
 * implementations (the engine's, and that of the model or of a law). An answer that differs from Flink's is excused only by
 * a row whose rule the case's *input* touches; what we answer there is kept in `ours/`, and the cases are counted.
 */
import type { z } from 'zod';
import type { RowId } from './differences.ts';

/** One output: [step, ...]. Or, in a family without steps, an item of `expected`. */
export type Output = unknown;

/** A case as the file has it. The families narrow it with their schema. */
export interface VectorCase {
  readonly name: string;
  readonly config: unknown;
  readonly input: readonly unknown[];
  readonly expected: readonly Output[];
}

export interface Subject<C extends VectorCase> {
  /** "engine", "model", "reference". */
  readonly name: string;
  answer(one: C): readonly Output[];
}

/** A rule of ours that the input of a case touches: from that step on our answer may be another one. */
export interface Excuse<C extends VectorCase> {
  readonly row: RowId;
  /** The first step at which it does, from 0; -1 if it does not. */
  from(one: C): number;
}

export interface Family<C extends VectorCase> {
  /** Name of the file in `vectors/`, without its extension. */
  readonly name: string;
  readonly schema: z.ZodType<C>;
  readonly subjects: readonly Subject<C>[];
  readonly excuses: readonly Excuse<C>[];
  /** Takes out what Flink leaves open, in its answer and in ours alike. */
  readonly canonical: (outputs: readonly Output[], one: C) => readonly Output[];
  /** What is compared is no list of [step, ...]: a difference is one from the beginning. */
  readonly stepless?: true;
  /** Cases that ask for something that we do not have at all, with the reason. */
  readonly leftOut?: (one: C) => string | undefined;
}

export interface Compared {
  readonly name: string;
  /** Our answers, by subject, in canonical form. */
  readonly answers: ReadonlyMap<string, string>;
  readonly flink: string;
  /** The row that the input touched last, up to the first step at which we differ. */
  readonly touched: RowId | undefined;
  readonly leftOut: string | undefined;
}

/** A family whose case type is hidden: all that the test needs. */
export interface AnyFamily {
  readonly name: string;
  compare(file: unknown): readonly Compared[];
}

export function defineFamily<C extends VectorCase>(family: Family<C>): AnyFamily {
  const { name, schema } = family;
  return { name, compare: (file) => casesOf(file, name).map((item) => comparedCase(family, schema.parse(item))) };
}

function comparedCase<C extends VectorCase>(family: Family<C>, one: C): Compared {
  const leftOut = family.leftOut?.(one);
  const flink = family.canonical(one.expected, one);
  const answers = new Map<string, string>();
  let touched: RowId | undefined;
  for (const subject of leftOut === undefined ? family.subjects : []) {
    const answer = family.canonical(subject.answer(one), one);
    if (answers.size === 0) {
      const first = family.stepless === true ? 0 : firstDifference(answer, flink);
      touched = touchedLast(family.excuses, one, first);
    }
    answers.set(subject.name, JSON.stringify(answer));
  }
  return { name: one.name, answers, flink: JSON.stringify(flink), touched, leftOut };
}

/** The excuse touched last; of two that are touched at once, the one that comes first in the list. */
function touchedLast<C extends VectorCase>(excuses: readonly Excuse<C>[], one: C, upTo: number): RowId | undefined {
  let last = -1;
  let touched: RowId | undefined;
  for (const excuse of excuses) {
    const from = excuse.from(one);
    if (from <= last || from > upTo) continue;
    last = from;
    touched = excuse.row;
  }
  return touched;
}

/** The step of the first output that is another one. */
function firstDifference(ours: readonly Output[], flink: readonly Output[]): number {
  const length = Math.max(ours.length, flink.length);
  for (let index = 0; index < length; index += 1) {
    if (JSON.stringify(ours[index]) === JSON.stringify(flink[index])) continue;
    const steps = [ours[index], flink[index]].filter((output) => output !== undefined).map(stepOf);
    return Math.min(...steps);
  }
  return Infinity;
}

function casesOf(file: unknown, name: string): readonly unknown[] {
  if (typeof file === 'object' && file !== null && 'family' in file && 'cases' in file && Array.isArray(file.cases)) {
    if (file.family === name) return file.cases;
  }
  throw new Error(`vectors of the family ${name} expected`);
}

export const stepOf = (output: Output): number => (Array.isArray(output) ? Number(output[0]) : 0);

/** The outputs of one step, for families that compare step by step. */
export function byStep(outputs: readonly Output[], steps: number): readonly (readonly Output[])[] {
  const grouped = Array.from({ length: steps }, (): Output[] => []);
  for (const output of outputs) grouped[stepOf(output)]?.push(output);
  return grouped;
}

/**
 * Timers of one time and different keys come in any order in Flink (that of its heap), and so does what follows from them.
 * What a key brings has one order. If no time falls within the step, that is one order of the times, too.
 */
export function anyOrderOfKeys(keyAt: number, timeAt: (output: readonly unknown[]) => unknown) {
  return (outputs: readonly Output[], { input }: VectorCase): readonly Output[] =>
    byStep(outputs, input.length).flatMap((step, index) => {
      const lists = step.map((output) => (Array.isArray(output) ? (output as readonly unknown[]) : [output]));
      const times = lists.map(timeAt).filter((time) => typeof time === 'number');
      const falls = times.some((time, at) => at > 0 && time < (times[at - 1] ?? time));
      const sorted = [...lists].sort((a, b) => compareTexts(String(a[keyAt]), String(b[keyAt])));
      return falls || times.length < 2 ? sorted : [...sorted, [index, 'times', ...times]];
    });
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
