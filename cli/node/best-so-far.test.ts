import { closeSync, fstatSync, writeSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fakeScenario } from '../../properties/plan/testing/scenario.ts';
import { expand } from '../../properties/plan/generate.ts';
import { findingOfEnded } from '../../properties/campaign/outside.ts';
import type { Finding } from '../../properties/campaign/investigate.ts';
import { BestSoFar, bestWriter } from './best-so-far.ts';

const violation = { law: 'sinks', anomaly: 'lost', place: 'out', message: 'gone', evidence: [], atUs: 1 };
function found(run: number): Finding {
  return findingOfEnded(expand(fakeScenario, String(run)), violation, { seed: String(run), run });
}
function opened(): { readonly best: BestSoFar; readonly file: number } {
  const best = new BestSoFar();
  const { descriptor } = best;
  if (descriptor === 'ignore') throw new Error('there is no file');
  return { best, file: descriptor };
}

it('the last one that was written is read, also when the file is closed', () => {
  const { best, file } = opened();
  expect(best.read()).toBeUndefined();
  const write = bestWriter(file);
  write(found(1));
  write(found(2));
  expect(best.read()).toEqual(found(2));
  write(found(3));
  best.close();
  best.close();
  expect(best.read()).toEqual(found(3));
});

it('one that is torn is left out', () => {
  const { best, file } = opened();
  bestWriter(file)(found(1));
  writeSync(file, Buffer.from([200, 0, 0, 0, 1, 2, 3]), 0, 7, fstatSync(file).size);
  expect(best.read()).toEqual(found(1));
  best.close();
});

it('a worker that cannot write goes on', () => {
  const { file } = opened();
  closeSync(file);
  const write = bestWriter(file);
  write(found(1));
  write(found(2));
});
