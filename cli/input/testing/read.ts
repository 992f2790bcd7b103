/** Reads text or bytes as an input of one file, or of several. */
import { eventsOf, type InputEvent } from '../../../scenarios/input-events.ts';
import type { InputOptions } from '../options.ts';
import { InputReader, type ReadInput } from '../reader.ts';
import type { Zone } from '../time.ts';

export interface ReadOptions extends Partial<InputOptions> {
  readonly zoneOf?: Zone;
  /** Bytes of a piece; default: all in one. */
  readonly pieces?: number;
}

export const INPUT_OPTIONS: InputOptions = {
  file: 'in',
  format: undefined,
  key: 'k',
  time: 't',
  timeUnit: 'ms',
  zone: undefined,
  windowMs: 3_600_000,
  offsetMs: 0,
  latenessMs: 0,
  onBadLine: 'stop',
};

export function read(content: string | Uint8Array, options: ReadOptions = {}): ReadInput {
  return readFiles(new Map([['in', content]]), options);
}

export function readFiles(files: ReadonlyMap<string, string | Uint8Array>, options: ReadOptions = {}): ReadInput {
  const { zoneOf, pieces, ...rest } = options;
  const reader = new InputReader({ ...INPUT_OPTIONS, ...rest }, zoneOf);
  for (const [name, content] of files) {
    reader.beginFile(name);
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const size = pieces ?? Math.max(1, bytes.length);
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.slice(at, at + size));
    reader.endFile();
  }
  return reader.finish();
}

/** The events as "key@time". */
export function eventsIn(input: ReadInput): readonly string[] {
  return eventsOf(input.columns).map(({ key, time }: InputEvent) => `${key}@${time}`);
}

/** What is wrong with it, a line each. */
export function problemsIn(content: string | Uint8Array, options: ReadOptions = {}): readonly string[] {
  try {
    read(content, options);
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n').map((line) => line.trim());
  }
  return [];
}
