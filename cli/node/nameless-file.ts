/**
 * A file that has no name any more: the parent makes it and hands it over when it starts a worker, which writes to it. What is
 * written is in the system's memory at once, whatever becomes of the process.
 */
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Its descriptor. Undefined: there can be no such file. */
export function openNameless(): number | undefined {
  try {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-'));
    try {
      return openSync(join(directory, 'file'), 'w+');
    } finally {
      // The handle is enough; so nothing is left, however this process ends.
      rmSync(directory, { recursive: true, force: true });
    }
  } catch {
    return undefined;
  }
}
