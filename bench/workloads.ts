/**
 * The fixed files that are measured, bench/workloads/*.json: what is run, and the digest that it must have. Another digest
 * means that other work is measured than when it was recorded: figures before and after cannot be compared.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { canonicalDocument, parseCanonical } from '../properties/plan/canonical.ts';
import type { Plan } from '../properties/plan/plan.ts';
import { parsePlan } from '../properties/plan/schema.ts';
import { run } from '../properties/run/run.ts';
import { Scratch } from '../sim/kernel/scratch.ts';
import { LimitKernel } from './kernels/limit-kernel.ts';
import { limitPipeline } from './pipelines/limit.ts';
import { benchScenario } from './universes/scenario.ts';

/** From here and from dist/bench.mjs, which stands as deep. */
const DIRECTORY = new URL('../bench/workloads/', import.meta.url);

const count = z.int().min(1);
const shared = { about: z.string(), digest: z.string() };
const shape = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('kernel'),
    ...shared,
    load: z.strictObject({ queue: count, events: count, latencyUs: count }),
  }),
  z.strictObject({ kind: z.literal('pipeline'), ...shared, load: z.strictObject({ stages: count, records: count }) }),
  z.strictObject({ kind: z.literal('universe'), ...shared, plan: z.unknown() }),
  z.strictObject({ kind: z.literal('shrink'), ...shared, zoo: z.string(), plan: z.unknown() }),
]);
type File = z.infer<typeof shape>;

function read(name: string): File {
  return shape.parse(parseCanonical(readFileSync(new URL(`${name}.json`, DIRECTORY), 'utf8')));
}

function workload<K extends File['kind']>(name: string, kind: K): Extract<File, { readonly kind: K }> {
  const file = read(name);
  if (!isKind(file, kind)) throw new Error(`workload ${name} is of kind ${file.kind}, expected ${kind}`);
  return file;
}

function isKind<K extends File['kind']>(file: File, kind: K): file is Extract<File, { readonly kind: K }> {
  return file.kind === kind;
}

function planIn(plan: unknown): Plan {
  return parsePlan(plan, (id) => (id === benchScenario.id ? benchScenario : undefined));
}

export const kernelLoad = (name: string) => workload(name, 'kernel').load;
export const pipelineLoad = (name: string) => workload(name, 'pipeline').load;
export const universePlan = (name: string): Plan => planIn(workload(name, 'universe').plan);
export const shrinkWork = (name: string): { readonly zoo: string; readonly plan: Plan } => {
  const { zoo, plan } = workload(name, 'shrink');
  return { zoo, plan: planIn(plan) };
};

/** Universe number n of a family: the plan with records and choices from a seed of its own. */
export function member(plan: Plan, n: number): Plan {
  const seed = `bench/${n}`;
  const size = plan.workload.kind === 'generated' ? plan.workload.count : 0;
  return { ...plan, workload: { kind: 'generated', seed, count: size }, choices: { seed } };
}

export function workloadNames(): readonly string[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/** The digest that the work has now. */
function digestNow(file: File): string {
  switch (file.kind) {
    case 'kernel':
      return new LimitKernel(file.load).run(1);
    case 'pipeline':
      return limitPipeline(file.load, 1);
    case 'universe':
    case 'shrink': {
      const plan = planIn(file.plan);
      const { verdict, digest } = run(benchScenario, plan, { scratch: new Scratch() });
      return verdict === 'pass' ? digest : `${verdict} ${digest}`;
    }
  }
}

export interface Checked {
  readonly name: string;
  readonly recorded: string;
  readonly found: string;
}

export function checkWorkloads(): readonly Checked[] {
  return workloadNames().map((name) => {
    const file = read(name);
    return { name, recorded: file.digest, found: digestNow(file) };
  });
}

/** Writes the digests of now into the files: after a change that is meant to change runs. */
export function recordWorkloads(): void {
  for (const name of workloadNames()) {
    const file = read(name);
    writeFileSync(new URL(`${name}.json`, DIRECTORY), canonicalDocument({ ...file, digest: digestNow(file) }));
  }
}
