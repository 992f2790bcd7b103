/**
 * How the records of a topic are spread over partitions and time. It depends on the seed and on each record's own index
 * only, so that the others keep their places when one is left out.
 */
import { showValue } from '../../core/values/show.ts';
import { canonical } from '../model/equal.ts';
import { hashText } from '../../sim/kernel/digest.ts';
import { asked, CheckError } from './errors.ts';
import type { TopicInput } from './options.ts';
import { type Entry, type ReadTopic, seedFor } from './topic.ts';

const PARTITIONS_MAX = 64;
/** Of ten runs, how many have so many partitions: 2, 5, 3 of them 1, 2, 3. */
const PARTITIONS = [1, 1, 2, 2, 2, 2, 2, 3, 3, 3] as const;

/** @throws CheckError if an option is out of range. */
export function requireSpread({ topic }: ReadTopic, { partitions, disorder }: Omit<TopicInput, 'records'>): void {
  const place = `input.${topic}`;
  if (
    partitions !== undefined &&
    !(Number.isSafeInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX)
  )
    throw new CheckError(
      'usage',
      `${place}.partitions is ${partitions}; give a whole number in [1, ${PARTITIONS_MAX}]`,
    );
  if (disorder !== undefined && !(Number.isSafeInteger(disorder) && disorder >= 0))
    throw new CheckError(
      'usage',
      `${place}.disorder is ${disorder}; give whole milliseconds of event time, at least 0`,
    );
}

/** @param ordered the entries have an order that means something, which is kept unless the options ask for another. */
export function spread(
  of: ReadTopic,
  { partitions, keyedBy, disorder }: Omit<TopicInput, 'records'>,
  entries: readonly Entry[],
  seed: string,
  ordered: boolean,
): readonly (readonly Entry[])[] {
  const { topic } = of;
  const count = partitions ?? PARTITIONS[seedFor(seed, `${topic}/partitions`) % PARTITIONS.length] ?? 2;
  const spread = Array.from({ length: count }, (): Entry[] => []);
  for (const entry of inTime(of, entries, seed, disorder ?? (ordered ? undefined : of.delayMs))) {
    const word =
      keyedBy === undefined
        ? seedFor(seed, `${topic}/partition`, entry.index)
        : hashText(keyText(of, keyedBy, entry.value), 0x1b873593) >>> 0;
    spread[word % count]?.push(entry);
  }
  return spread;
}

function keyText({ topic }: ReadTopic, keyedBy: (record: unknown) => unknown, value: unknown): string {
  const what = `input.${topic}.keyedBy`;
  const key = asked(what, () => keyedBy(value));
  if (key === undefined)
    throw new CheckError('usage', `${what} returned undefined for the record ${showValue(value)}; return its key`);
  return canonical(key);
}

/**
 * In order of event time, but each record up to `disorder` milliseconds later: of two records in the wrong order the second
 * is then at most so much older. Undefined, or if a record has no time: as they are.
 */
function inTime(
  { topic, timestamp }: ReadTopic,
  entries: readonly Entry[],
  seed: string,
  disorder: number | undefined,
): readonly Entry[] {
  if (disorder === undefined) return entries;
  // Some runs are in order: a job may fail just then.
  const most = seedFor(seed, `${topic}/order`) % 3 === 0 ? 0 : disorder;
  const timed = entries.map((entry) => {
    const late = most === 0 ? 0 : seedFor(seed, `${topic}/late`, entry.index) % (most + 1);
    return { entry, at: timeOf(timestamp, entry.value) + late };
  });
  if (timed.some(({ at }) => Number.isNaN(at))) return entries;
  return timed.sort((a, b) => a.at - b.at || a.entry.index - b.entry.index).map(({ entry }) => entry);
}

/** What the author's function does wrong is reported by the runs. */
function timeOf(timestamp: ReadTopic['timestamp'], value: unknown): number {
  try {
    const time = timestamp(value);
    return typeof time === 'number' ? time : NaN;
  } catch {
    return NaN;
  }
}
