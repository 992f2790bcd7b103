/** For tests of checks, which keep their cases where they run and print what they have done. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';

/** The tests of this file run in a folder of their own, in silence. */
export function inOwnFolder(): void {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'millrace-check-'));
  beforeAll(() => {
    process.chdir(folder);
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterAll(() => {
    vi.restoreAllMocks();
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });
}
