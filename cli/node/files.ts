/** Files of the user, of cases and of the checkout that this code belongs to. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { BadUsage } from '../exit-codes.ts';

export function readText(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new BadUsage(`${path} cannot be read: ${messageOf(error)}`);
  }
}

/** Whole or not at all: a reader never sees half a file, whenever this process is killed. */
export function writeText(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new BadUsage(`${path} cannot be written: ${messageOf(error)}`);
  }
}

export function listJson(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => join(directory, name));
}

/** The nearest directory above `file` that holds the sources of millrace. */
export function checkoutOf(file: string): string | undefined {
  for (let at = dirname(file); ; at = dirname(at)) {
    const isOurs = existsSync(join(at, 'core/ports.ts')) && existsSync(join(at, 'cli/node/main.ts'));
    if (isOurs) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** In a checkout that the command runs in, its kept cases; elsewhere a directory of the user's. Relative, for people. */
export function caseDirectoryFor(checkout: string | undefined, workingDirectory: string): string {
  if (checkout === undefined) return 'millrace-cases';
  const path = relative(workingDirectory, join(checkout, 'scenarios/cases'));
  return path.startsWith('..') ? 'millrace-cases' : path;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
