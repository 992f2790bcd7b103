/** Files of the user, of cases and of the checkout that this code belongs to. */
import {
  accessSync,
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { BadUsage } from '../exit-codes.ts';

export function readText(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new BadUsage(`${path} cannot be read: ${reasonOf(error)}`);
  }
}

export function readBytes(path: string): Uint8Array | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new BadUsage(`${path} cannot be read: ${reasonOf(error)}`);
  }
}

/** Folder of the directory of cases, for runs that were met and are no case yet. */
export const FINDINGS = 'findings';

const TEMPORARY = /\.\d+\.tmp$/;

/**
 * Whole or not at all, and on the disk before it returns: a reader never sees half a file, whenever this process or the
 * machine ends. Makes the directory.
 */
export function writeText(path: string, text: string): void {
  writeWhole(path, text);
}
export function writeBytes(path: string, bytes: Uint8Array): void {
  writeWhole(path, bytes);
}

function writeWhole(path: string, text: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    makeDirectory(dirname(path));
    // A pipe, /dev/stdout: nothing that a file could take the place of.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) return writeFileSync(path, text);
    const file = openSync(temporary, 'w');
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw new BadUsage(`${path} cannot be written: ${reasonOf(error)}`);
  }
}

/** With those above it. Not by `recursive`: where a directory can hold none (/proc), that takes no end. */
export function makeDirectory(path: string): void {
  if (isDirectory(path)) return;
  if (existsSync(path)) throw new Error(`ENOTDIR: ${path} is no directory`);
  if (dirname(path) !== path) makeDirectory(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process has made it in the meantime.
    if (!isDirectory(path)) throw error;
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where nothing can be written there is nothing to take away.
  }
}

/** The name of a new file survives a crash of the machine only if its directory is on the disk, too. */
export function syncDirectory(directory: string): void {
  let handle: number | undefined;
  try {
    handle = openSync(directory, 'r');
    fsyncSync(handle);
  } catch {
    // Some platforms have no handles of directories.
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Why a file could not be written at this path, as far as can be seen without writing it; undefined: nothing is in the way. */
export function obstacleTo(path: string): string | undefined {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) return 'it is a directory';
    accessSync(there === undefined ? nearestDirectory(dirname(path)) : path, constants.W_OK);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** What is there of the path of a directory. Throws if that is no directory. */
function nearestDirectory(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    const stats = statSync(at, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) return at;
    if (stats !== undefined) throw new Error(`${at} is no directory`);
    if (at === dirname(at)) return at;
  }
}

/** A write takes milliseconds: what is older was left by a process that was ended in the middle of one. */
const STALE_MS = 60_000;

/** Takes away what writers of cases that were killed have left in a directory. */
export function removeStale(directory: string, nowMs = Date.now()): void {
  if (!isDirectory(directory)) return;
  for (const name of readdirSync(directory).filter((one) => TEMPORARY.test(one))) {
    const path = join(directory, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && nowMs - stats.mtimeMs > STALE_MS) removeQuietly(path);
  }
}

export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw new BadUsage(`${path} cannot be removed: ${reasonOf(error)}`);
  }
}

/** Files of findings in a directory of cases, sorted. */
export function listFindings(directory: string): readonly string[] {
  return listNamed(join(directory, FINDINGS), '.jsonl');
}

export function listJson(directory: string): readonly string[] {
  return listNamed(directory, '.json');
}

export const BLOB_END = '.blob.jsonl';

export function listBlobs(directory: string): readonly string[] {
  if (!isDirectory(directory)) throw new BadUsage(`there is no directory ${directory}`);
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith(BLOB_END))
    .sort()
    .map((name) => join(directory, name));
}

export function openLines(path: string): { write(lines: string): void; close(): void } {
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw new BadUsage(`${path} cannot be written: ${reasonOf(error)}`);
    }
  };
  const file = attempt(() => {
    makeDirectory(dirname(path));
    return openSync(path, 'w');
  });
  return {
    write: (lines) => attempt(() => writeFileSync(file, lines)),
    close: () =>
      attempt(() => {
        fsyncSync(file);
        closeSync(file);
        syncDirectory(dirname(path));
      }),
  };
}

const CHUNK_BYTES = 1 << 20;

/** In pieces: the file of a long campaign is larger than a text may be. */
export function* readLines(path: string): Generator<string, void, void> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const decoder = new StringDecoder('utf8');
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw new BadUsage(`${path} cannot be read: ${reasonOf(error)}`);
  }
  try {
    let rest = '';
    for (let length = 1; length > 0;) {
      length = readSync(file, chunk, 0, CHUNK_BYTES, null);
      const lines = (rest + decoder.write(chunk.subarray(0, length))).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(file);
  }
}

export function appendText(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch (error) {
    throw new BadUsage(`${path} cannot be written: ${reasonOf(error)}`);
  }
}

function listNamed(directory: string, end: string): readonly string[] {
  if (!isDirectory(directory)) return [];
  const names = readdirSync(directory).filter((name) => name.endsWith(end));
  return names.sort().map((name) => join(directory, name));
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The nearest directory above `file` that holds the sources of millrace. */
export function checkoutOf(file: string): string | undefined {
  for (let at = dirname(file); ; at = dirname(at)) {
    const isOurs = existsSync(join(at, 'core/ports.ts')) && existsSync(join(at, 'cli/node/main.ts'));
    if (isOurs) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** Where the command writes what it finds: a directory of the user's, in the checkout too. */
export const CASE_DIRECTORY = 'millrace-cases';

/** What `gate` replays: in a checkout that the command runs in, its kept cases; elsewhere those of the user. Relative, for people. */
export function corpusDirectoryFor(checkout: string | undefined, workingDirectory: string): string {
  if (checkout === undefined) return CASE_DIRECTORY;
  const path = relative(workingDirectory, join(checkout, 'scenarios/cases'));
  return path.startsWith('..') ? CASE_DIRECTORY : path;
}

/** What the platform says, without the kind of error in front. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
