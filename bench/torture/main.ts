/**
 * `npx tsx bench/torture/main.ts [--campaigns 200] [--seed text]`: kills campaigns that find something, at random moments,
 * and counts what is lost. Exit code 1 unless nothing was. Linux only. A short form is a step of `.ci/run`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { torture } from './torture.ts';

const { values } = parseArgs({
  options: { campaigns: { type: 'string', default: '200' }, seed: { type: 'string', default: 'torture' } },
});
const directory = mkdtempSync(join(tmpdir(), 'millrace-torture-'));
try {
  const { lines, isClean } = await torture(directory, Number(values.campaigns), values.seed, console.error);
  console.log(lines.join('\n'));
  process.exitCode = isClean ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
