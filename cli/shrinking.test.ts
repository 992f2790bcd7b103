import { expect, it } from 'vitest';
import { NO_DIGEST } from '../properties/outcome.ts';
import type { RunPlan } from '../properties/campaign/campaign.ts';
import type { Finding } from '../properties/campaign/investigate.ts';
import { run } from '../properties/run/run.ts';
import { RECORDS, shrinkingWorkspace } from './node/testing/shrinking-worker.ts';
import { investigateHere, writeOutHere } from './shrinking.ts';

const workspace = shrinkingWorkspace();
const failure = { scenario: 'forgets', seed: 's', run: 3, signature: 'output/missing/out', shrinkMs: 0 };
const RUN_MS = 100;

/** A clock on which each run takes as long. */
function clocked(): { readonly now: () => number; readonly run: RunPlan } {
  let ms = 5_000;
  return {
    now: () => ms,
    run: (scenario, plan, detail) => {
      ms += RUN_MS;
      return run(scenario, plan, detail);
    },
  };
}

it.each([0, 550, 800, 1_100])('shrinking, the closing run with it, is over after %i ms', (shrinkMs) => {
  const clock = clocked();
  const begun = clock.now();
  const finding = investigateHere(workspace, { ...failure, shrinkMs }, clock.run, { now: clock.now });
  expect(finding?.trace.length).toBeGreaterThan(0);
  // Without four runs there is nothing that could be told.
  expect(clock.now() - begun).toBeLessThanOrEqual(Math.max(shrinkMs, 4 * RUN_MS));
});

it('without want of time the smallest is what was told last, and can be written out elsewhere', () => {
  const told: Finding[] = [];
  const options = { improved: (one: Finding) => told.push(one) };
  const finding = investigateHere(workspace, { ...failure, shrinkMs: Infinity }, run, options);
  const best = told.at(-1);
  expect(finding?.kase.shrunk).toMatchObject({ to: { records: 1, incidents: 0, config: 0 }, minimal: true });
  expect(best?.kase.plan).toEqual(finding?.kase.plan);
  expect(best?.kase).toMatchObject({ digest: NO_DIGEST, origin: { seed: 's', run: 3 }, shrunk: { minimal: false } });
  expect(told[0]?.kase.shrunk).toMatchObject({ from: { records: RECORDS }, to: { records: RECORDS }, runs: 0 });
  const written = writeOutHere(workspace, failure, run, best);
  expect(written?.kase).toEqual({
    ...finding?.kase,
    shrunk: { ...finding?.kase.shrunk, runs: best?.kase.shrunk.runs, minimal: false },
  });
  expect(written?.trace).toEqual(finding?.trace);
});

it('where nothing was found before the failure is written out as it was met', () => {
  const written = writeOutHere(workspace, failure, run, undefined);
  expect(written?.kase.shrunk).toMatchObject({ to: { records: RECORDS }, runs: 0, minimal: false });
});
