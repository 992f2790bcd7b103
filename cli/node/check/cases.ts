/**
 * Where checks keep the cases of their failures: `millrace-cases/` of the project, a file for each check and signature, so
 * that a new one takes the place of the last. The name holds a hash of the test file, too: two workers of a test runner
 * that check the same job never write the same file.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Case, caseDocument } from '../../../properties/case/case.ts';
import { parseCase } from '../../../properties/case/parse.ts';
import { InvalidInput } from '../../../properties/plan/invalid-input.ts';
import { hashText } from '../../../sim/kernel/digest.ts';
import { readText } from '../files.ts';

const FOLDER = 'millrace-cases';

/** The folder of the nearest package.json above the working directory, else the working directory. */
function projectFolder(): string {
  for (let at = process.cwd(); ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (at === dirname(at)) return process.cwd();
  }
}

export interface StoredCase {
  /** Relative to the working directory. */
  readonly file: string;
  readonly kase: Case;
}

function prefixOf(check: string, testFile: string | undefined): string {
  const hash = (
    hashText(`${check}\n${testFile === undefined ? '' : relative(projectFolder(), testFile)}`, 0x6d696c6c) >>> 0
  )
    .toString(16)
    .padStart(8, '0');
  return `${check.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 60)}-${hash}-`;
}

/** Those of the check, oldest name first. What cannot be read any more is left out: it stays for people to look at. */
export function storedCases(check: string, testFile: string | undefined): readonly StoredCase[] {
  const folder = join(projectFolder(), FOLDER);
  if (!existsSync(folder)) return [];
  const prefix = prefixOf(check, testFile);
  const names = readdirSync(folder).filter((name) => name.startsWith(prefix) && name.endsWith('.json'));
  return names.sort().flatMap((name) => {
    const stored = readCase(join(folder, name));
    return stored === undefined || 'problem' in stored || stored.kase.scenario !== check ? [] : [stored];
  });
}

/** Undefined: there is no such file. */
export function readCase(path: string): StoredCase | { readonly problem: string } | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  const file = relative(process.cwd(), path) || path;
  try {
    return { file, kase: parseCase(text, file) };
  } catch (error) {
    if (error instanceof InvalidInput) return { problem: error.message };
    throw error;
  }
}

/**
 * Whole or not at all, and on the disk before it is named. `command`: what runs the check again. Returns its path, relative to
 * the working directory.
 */
export function storeCase(kase: Case, testFile: string | undefined, command: string): string {
  const folder = join(projectFolder(), FOLDER);
  const signature = (hashText(kase.signature, 0x5bd1e995) >>> 0).toString(16).padStart(8, '0');
  const path = join(folder, `${prefixOf(kase.scenario, testFile)}${signature}.json`);
  const temporary = `${path}.${process.pid}.tmp`;
  mkdirSync(folder, { recursive: true });
  try {
    const handle = openSync(temporary, 'w');
    try {
      writeSync(handle, caseDocument({ ...kase, origin: { ...kase.origin, check: command } }));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return relative(process.cwd(), path);
}
