import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { torture } from './torture.ts';

it.runIf(process.platform === 'linux')(
  'campaigns that are killed lose nothing, leave no half file and no process (short form: one of each victim)',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-torture-'));
    try {
      const said: string[] = [];
      const { lines, isClean } = await torture(directory, 3, 'short', (line) => said.push(line));
      expect([isClean, isClean ? '' : [...said, ...lines].join('\n')]).toEqual([true, '']);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
  180_000,
);
