/** Files of an input: plain or gzip, one or a directory of them, read in pieces. Zones by the platform's own tables. */
import { createReadStream, type ReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { InvalidInput } from '../../properties/plan/invalid-input.ts';
import { BadUsage } from '../exit-codes.ts';
import type { InputOptions } from '../input/options.ts';
import { InputReader, type ReadInput } from '../input/reader.ts';
import { minutesOf, type Zone } from '../input/time.ts';

/** Throws `BadUsage` for what the options name wrongly, `InvalidInput` for what the files hold. */
export async function readInput(options: InputOptions, onProgress: (bytes: number) => void): Promise<ReadInput> {
  const zone = options.zone === undefined ? undefined : zoneNamed(options.zone);
  const reader = new InputReader(options, zone);
  let bytes = 0;
  for (const path of filesOf(options.file)) {
    reader.beginFile(path);
    try {
      for await (const chunk of contentOf(path)) {
        reader.push(chunk);
        bytes += chunk.length;
        onProgress(bytes);
      }
    } catch (error) {
      throw readable(path, error);
    }
    reader.endFile();
  }
  return reader.finish();
}

/** The file, or the files of the directory in order of their names; hidden ones and directories in it are left out. */
function filesOf(path: string): readonly string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new BadUsage(`--input ${path}: there is no such file`);
  if (!stats.isDirectory()) return [path];
  const names = readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort((a, b) => (a < b ? -1 : 1));
  if (names.length === 0) throw new BadUsage(`--input ${path}: there is no file in this directory`);
  return names.map((name) => join(path, name));
}

const GZIP = [0x1f, 0x8b] as const;
const CHUNK_BYTES = 256 * 1024;

async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const first = await firstBytes(file);
  if (first === undefined) return;
  // What has been looked at is put back.
  file.unshift(first);
  const isGzip = GZIP.every((byte, i) => first[i] === byte);
  const content: AsyncIterable<Uint8Array> = isGzip ? file.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : file;
  yield* content;
}

/** Undefined: the file is empty. */
function firstBytes(file: ReadStream): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    file.once('error', reject);
    file.once('end', () => resolve(undefined));
    file.once('readable', () => {
      const chunk: unknown = file.read();
      if (Buffer.isBuffer(chunk)) resolve(chunk);
    });
  });
}

function readable(path: string, error: unknown): Error {
  if (error instanceof InvalidInput || error instanceof BadUsage) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new InvalidInput(`${path} cannot be read, nothing was run`, [`after what could be read: ${message}`]);
}

// ---- zones

const MINUTE_MS = 60_000;
/** Clocks are set at whole quarters of an hour. */
const STEP_MS = 15 * MINUTE_MS;

/** `Europe/Berlin`, `UTC`, `+02:00`. Throws `BadUsage`. */
export function zoneNamed(name: string): Zone {
  const fixed = minutesOf(name);
  if (fixed !== undefined) return () => fixed;
  const format = formatOf(name);
  const known = new Map<number, number>();
  return (epochMs) => {
    const step = Math.floor(epochMs / STEP_MS);
    const before = known.get(step);
    if (before !== undefined) return before;
    const minutes = offsetAt(format, step * STEP_MS);
    known.set(step, minutes);
    return minutes;
  };
}

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new BadUsage(`--zone ${name}: there is no such zone; expected an IANA name as Europe/Berlin, UTC, or +02:00`);
  }
}

function offsetAt(format: Intl.DateTimeFormat, epochMs: number): number {
  const parts = new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const year = parts.get('era')?.startsWith('B') === true ? 1 - number('year') : number('year');
  const local = new Date(0);
  local.setUTCFullYear(year, number('month') - 1, number('day'));
  local.setUTCHours(number('hour'), number('minute'), number('second'));
  return Math.round((local.getTime() - epochMs) / MINUTE_MS);
}
