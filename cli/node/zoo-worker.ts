/**
 * Hunts a planted bug: for each base seed, the default campaign until its first failing run. Bundled together with the
 * edited engine, run as a process of its own.
 */
import type { RunRow } from '../../properties/campaign/campaign.ts';
import { investigate } from '../../properties/campaign/investigate.ts';
import { signatureOf } from '../../properties/outcome.ts';
import { run } from '../../properties/run/run.ts';
import type { PlanSize } from '../../properties/shrink/parts.ts';
import type { Catch, Quarry } from '../platform.ts';
import { firstFailure } from '../first-failure.ts';
import { scenariosOf } from '../scenarios.ts';

export type FromZooWorker =
  | { readonly kind: 'caught'; readonly catches: readonly Catch[] }
  | { readonly kind: 'crashed'; readonly message: string };

const scenarios = scenariosOf({ kind: 'built-in' });

function hunt({ seeds, runs, laws }: Quarry): readonly Catch[] {
  let shrunkOnce = false;
  return seeds.map((seed) => {
    const found = firstFailure(scenarios, seed, runs);
    if (found === undefined) return { seed, runs: undefined, signatures: [], laws: [], size: undefined };
    const right = found.violations.find(({ law }) => laws.includes(law));
    const size = right === undefined || shrunkOnce ? undefined : sizes(found, signatureOf(right));
    shrunkOnce ||= size !== undefined;
    const signatures = found.violations.map(signatureOf);
    return { seed, runs: found.run + 1, signatures, laws: found.violations.map((violation) => violation.law), size };
  });
}

function sizes(found: RunRow, signature: string): Catch['size'] {
  const finding = investigate(scenarios.named(found.scenario), found, signature, run);
  if (finding === undefined) return undefined;
  const { from, to } = finding.kase.shrunk;
  return { before: total(from), after: total(to) };
}

function total({ records, incidents, config, choices }: PlanSize): number {
  return records + incidents + config + (choices ?? 0);
}

process.on('message', (quarry: Quarry) => {
  let answer: FromZooWorker;
  try {
    answer = { kind: 'caught', catches: hunt(quarry) };
  } catch (error) {
    answer = { kind: 'crashed', message: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(answer, () => process.disconnect());
});
