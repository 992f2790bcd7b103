import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { expand } from '../../properties/plan/generate.ts';
import type { Source } from '../scenarios.ts';
import { observedElsewhere } from './fresh-process.ts';
import { openHere } from './open.ts';

const root = join(fileURLToPath(import.meta.url), '../../..');
const folder = mkdtempSync(join(tmpdir(), 'millrace-fresh-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Adds up how many records this process has seen: 1 for the first one anywhere. */
const CONFIG = `
import { defineConfig, defineScenario } from '${root}/testing.ts';
import { defineJob, int64, logSink, logSource, noWatermarks, record } from '${root}/index.ts';
const n = record({ n: int64 });
let seen = 0;
const job = defineJob('counts', (env) => {
  env
    .fromSource(logSource({ topic: 'in', type: n, bounded: true }), { uid: 'in', watermarks: noWatermarks({ timestamp: () => 0 }) })
    .map(() => ({ n: ++seen }), n, { uid: 'count' })
    .sinkTo(logSink({ topic: 'out', type: n }))
    .uid('out');
});
console.log('what the job prints is not the answer');
export default defineConfig({ scenarios: [defineScenario(job, { input: { in: [{ n: 7 }] } })] });
`;

it(
  'a fresh process begins without what this one remembers, and a broken one gives no answer',
  { timeout: 60_000 },
  async () => {
    const file = join(folder, 'millrace.config.mjs');
    writeFileSync(file, CONFIG);
    const source: Source = { kind: 'config', file, found: false };
    const { scenarios } = await openHere(source);
    const [scenario] = scenarios.all;
    if (scenario === undefined) throw new Error('no scenario');
    const question = { source, scenario: scenario.id, plan: expand(scenario, 'one') };
    const answers = [1, 2].map(() =>
      observedElsewhere(join(root, 'cli/node/main.ts'), question, { flags: ['--import', 'tsx'], timeoutMs: 60_000 }),
    );
    expect(answers[0]?.committed['out']).toContainEqual({ n: 1 });
    expect(answers[1]).toEqual(answers[0]);
    expect(observedElsewhere(join(folder, 'gone.mjs'), question)).toBeUndefined();
  },
);
