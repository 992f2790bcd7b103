/**
 * The real input: 1,707 earthquakes in order of arrival (see `scenarios/data/README.md`), read once per process. Only
 * the fields that the job looks at are kept.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Arbitrary } from 'fast-check';
import { float64, int64, nullable, record, string, type TypeOf } from '../../../core/api/index.ts';
import type { FastCheck } from '../../../properties/plan/scenario.ts';

export const HOUR_MS = 3_600_000;
const FILE = 'scenarios/data/earthquakes.ndjson';

/** `time` is the event time, epoch ms; `mag` is null where it was not measured. */
export const quake = record({ id: string, net: string, time: int64, mag: nullable(float64) });
export type Quake = TypeOf<typeof quake>;

/** Read at the first call. */
export const quakes: () => readonly Quake[] = once(() => parseQuakes(readFileSync(dataFile(), 'utf8')));

/** The reporting networks of the file, sorted. */
export const networks: () => readonly string[] = once(() =>
  [...new Set(quakes().map((q) => q.net))].sort((a, b) => (a < b ? -1 : 1)),
);

function once<T>(make: () => T): () => T {
  const kept: T[] = [];
  return () => {
    const [first] = kept;
    if (first !== undefined) return first;
    const made = make();
    kept.push(made);
    return made;
  };
}

/** Beside the sources, wherever this code has been bundled to; else below the working directory. */
function dataFile(): string {
  for (const start of [dirname(fileURLToPath(import.meta.url)), process.cwd()]) {
    for (let at = start; ; at = dirname(at)) {
      const file = join(at, FILE);
      if (existsSync(file)) return file;
      if (at === dirname(at)) break;
    }
  }
  throw new Error(`the earthquakes need the file ${FILE}, which is in the repository and in the package of millrace`);
}

function parseQuakes(text: string): readonly Quake[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line, i) => {
      const value: unknown = JSON.parse(line);
      if (!isQuake(value)) throw new TypeError(`${FILE}, line ${i + 1}: not an earthquake`);
      const { id, net, time, mag } = value;
      return { id, net, time, mag };
    });
}

function isQuake(value: unknown): value is Quake {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<keyof Quake, unknown>>;
  return (
    typeof fields.id === 'string' &&
    typeof fields.net === 'string' &&
    Number.isSafeInteger(fields.time) &&
    (fields.mag === null || typeof fields.mag === 'number')
  );
}

/** Any earthquake, within a few days and a few networks. */
export const quakeArbitrary = (fc: FastCheck): Arbitrary<Quake> =>
  fc.record(
    {
      id: fc.nat(9_999).map((n) => `q${n}`),
      net: fc.constantFrom('ak', 'us', 'nc', 'ci'),
      time: fc.nat(96 * HOUR_MS),
      mag: fc.option(fc.integer({ min: -10, max: 90 }).map((tenths) => tenths / 10)),
    },
    { noNullPrototype: true },
  );
