/**
 * A file that has no name any more: the parent makes it and hands it over when it starts a worker, which writes to it. What is
 * written is in the system's memory at once, whatever becomes of the process.
 */
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class NamelessFile {
  /** For reading. Undefined: there can be no such file, or it is closed. */
  handle: number | undefined = opened();

  /** For `stdio`. */
  get descriptor(): number | 'ignore' {
    return this.handle ?? 'ignore';
  }

  close(): void {
    if (this.handle !== undefined) closeSync(this.handle);
    this.handle = undefined;
  }
}

function opened(): number | undefined {
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
